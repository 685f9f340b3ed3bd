// Package archtest holds the import law of the house and checks it: which room
// may import which, what the rooms that decide may not touch, and the few
// customs that every package keeps.
//
// Floor 0: a test of the whole tree; no package may import it.
//
//	go test ./internal/archtest
//
// The law itself is the table in law.go. What is not listed there is forbidden:
// a new package needs a line, and ARCHITECTURE.md needs the same line. A
// violation names the package, what it does and the reason why it may not.
//
// Imports are checked directly and not transitively, because fmt itself reaches
// os. Rooms that decide ("pure") are also checked by type for the clock, global
// randomness, the order of maps, goroutines and package variables that change.
//
// The package will never know of single files or keep a list of exceptions: a
// line that needs one stands in the wrong room.
package archtest
