// Package golden compares what a test got with a file that a person has read
// and agreed to.
//
// Floor 0: a helper of tests; no package but a test may import it.
//
//	golden.Assert(t, "rollout_100_200.txt", got) // testdata/rollout_100_200.txt
//
// To write the files anew, run the tests of that package with -update, or any
// number of packages with GANTRY_UPDATE=1 (a package whose tests do not use
// golden files refuses the flag). Then read the diff, and commit only what you
// can explain.
//
// The package will never normalise what it is given: a test that prints a time
// or a temporary path has to take it out itself.
package golden
