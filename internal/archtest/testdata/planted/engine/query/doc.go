// Package query imports what no pure room may.
package query
