// Package tui is lawful.
package tui
