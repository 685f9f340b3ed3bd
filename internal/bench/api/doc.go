// Package main measures gantry's emulator, and others beside it (see package
// bench); make bench-api runs it.
//
// No floor: it hands flags to package bench.
//
// It will never be part of gantry, nor measure anything itself.
package main
