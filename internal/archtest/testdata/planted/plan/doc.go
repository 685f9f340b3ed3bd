// Package plan does not compile.
package plan
