// Package logs is lawful.
package logs
