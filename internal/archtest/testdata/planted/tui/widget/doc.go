// Package widget knows a noun of ECS.
package widget
