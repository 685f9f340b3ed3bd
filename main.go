// Command gantry is a terminal UI and CLI for the Amazon ECS workflow, with an
// emulator of ECS built in.
package main

import (
	"os"

	"gantry/cmd"
)

// version is set by the release build (-X main.version=…).
var version = "dev"

func main() {
	os.Exit(cmd.Main(cmd.Process{
		Args:    os.Args[1:],
		Env:     os.LookupEnv,
		In:      os.Stdin,
		Out:     os.Stdout,
		Err:     os.Stderr,
		Version: version,
	}))
}
