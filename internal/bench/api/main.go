package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"gantry/internal/bench"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench-api:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, arguments []string) error {
	o := bench.Full()
	quick := bench.Quick()
	flags := flag.NewFlagSet("bench-api", flag.ExitOnError)
	fast := flags.Bool("quick", false, "a small world and short loads, to see that all works")
	flags.StringVar(&o.Gantry, "gantry", "./gantry", "the binary whose emulator is measured; none starts none")
	flags.StringVar(&o.Sync, "sync", "", "its --sync (default its own default)")
	flags.StringVar(&o.Against, "against", "moto_server", "another emulator, by its command; none starts none")
	flags.StringVar(&o.Endpoint, "endpoint", "", "the URL of an endpoint that is measured, too; with -gantry none -against none, alone")
	only := flags.String("only", "", "operations to measure, with commas between them (default all)")
	instances := flags.Int("instances", 0, "container instances (default 3500)")
	seconds := flags.Duration("for", 0, "how long each operation is measured (default 4s)")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if *fast {
		quick.Gantry, quick.Sync, quick.Against, quick.Endpoint = o.Gantry, o.Sync, o.Against, o.Endpoint
		o = quick
	}
	if o.Gantry == "none" {
		o.Gantry = ""
	}
	if *instances > 0 {
		o.Instances = *instances
	}
	if *seconds > 0 {
		o.For = *seconds
	}
	if *only != "" {
		o.Only = strings.Split(*only, ",")
	}
	o.Out, o.Talk = os.Stdout, os.Stderr
	return bench.Run(ctx, o)
}
