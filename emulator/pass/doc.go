// Package pass makes what is only given to those who were let in, and knows it
// again: temporary credentials and passwords of the registry, where a gate asks
// for signatures.
//
// Floor 6, inside of emulator; api makes passes, and gate asks for them. Nothing
// of them is stored: whoever has the key can tell. It never prints a key, and
// never asks the time.
package pass
