// Package rollout changes package variables.
package rollout
