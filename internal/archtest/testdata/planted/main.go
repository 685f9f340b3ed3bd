// Planted is the command.
package main

import (
	"os"

	"planted/cmd"
	"planted/ecs"
)

func main() {
	cmd.Main()
	if ecs.ErrNone != nil {
		os.Exit(1)
	}
}
