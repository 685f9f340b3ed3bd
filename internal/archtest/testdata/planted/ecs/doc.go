// Package ecs has lawful neighbours of every breach, and must not be found.
package ecs
