// Package cmd may import nearly everything.
package cmd
