// Package placement does what no pure room may.
package placement
