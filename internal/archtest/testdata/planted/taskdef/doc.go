// Package taskdef uses the SDK for more than its structs.
package taskdef
