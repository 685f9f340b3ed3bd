// Package emulator is Amazon ECS, ECR and CloudWatch Logs on this machine: a
// world of one account and Region that runs the real scheduler engine, keeps
// its state in a folder, and answers real AWS clients.
//
// Floor 6; it wires the rooms below it: store (state and journal), reconcile
// (clock and loop), runtime (what runs tasks), registry (images) and api (the
// wire).
//
//	a, err := emulator.Attach(ctx, emulator.Options{Dir: dir, World: "default"})
//	defer a.Close()
//	client := ecs.NewFromConfig(cfg, func(o *ecs.Options) { o.HTTPClient = &http.Client{Transport: a.RoundTripper()} })
//
// # One world, many processes
//
// One process holds a world: it has the lock of the world's file, runs its
// clock, and serves it on a Unix socket beside the file. Others that attach
// join it there. When the holder ends, by itself or by a signal, the next
// request of one of the others takes the world over. A request that did not
// reach the old holder is sent again; for one that broke off half way, the
// AWS clients retry, and what a holder has answered outlives it.
//
// # A fresh world
//
// Account 123456789012, Region us-east-1, the clock at ten times real time, a
// default VPC (see api.DefaultNetwork) and nothing else: no cluster, no
// repository. Its random choices come from Options.Seed, so that two worlds
// with the same seed and the same requests at the same times are the same.
//
// The package never looks at AWS settings and never opens a TCP port by itself.
package emulator
