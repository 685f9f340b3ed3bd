// Package attic is a room that nobody listed.
package attic
