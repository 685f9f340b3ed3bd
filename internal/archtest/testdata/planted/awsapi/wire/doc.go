// Package wire is lawful.
package wire
