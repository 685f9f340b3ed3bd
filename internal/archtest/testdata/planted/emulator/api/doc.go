// Package api has lawful tests inside, lawful ones outside, and a file for one platform.
package api
