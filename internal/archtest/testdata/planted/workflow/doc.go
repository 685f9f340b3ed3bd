// Package workflow is quiet and imports what only a shell may.
package workflow
