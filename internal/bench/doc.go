// Package bench measures endpoints of Amazon ECS against each other: gantry's
// emulator, which it starts itself on a saved world, another emulator, or any
// that answers at a URL.
//
// No floor: it is a program of the house's own (make bench-api), and nothing of
// gantry imports it. It talks to what it measures over HTTP alone, as any client
// does, and shares no line with either side: its requests are signed before the
// clock starts, and of the answers it reads the status and the length.
//
//	err := bench.Run(ctx, bench.Options{Gantry: "./gantry", Against: "moto_server", Out: os.Stdout, Talk: os.Stderr})
//
// The package will never judge: it prints what it measured. All endpoints are
// measured in one run and by turns, so that other work on the machine hits them
// alike; the ratios are what can be compared from run to run.
package bench
