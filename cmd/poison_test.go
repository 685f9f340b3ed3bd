package cmd_test

import (
	"bytes"

	"github.com/rogpeppe/go-internal/testscript"

	"gantry/ecs"
	"gantry/emulator/runtime"
	"gantry/emulator/runtime/sim"
	"gantry/emulator/store"
	"gantry/engine/scheduler"
)

// poisonFile makes the engine fail whenever it takes up a cluster of a world:
// poison FILE CLUSTER. No request can do so, as far as we know.
func poisonFile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: poison FILE CLUSTER")
	}
	st, err := store.Open(store.Config{Path: ts.MkAbs(args[0]), Runtimes: poisoner{cluster: ecs.ClusterName(args[1])}})
	ts.Check(err)
	ts.Check(st.Close())
}

// poisoner makes clusters one of which saves what breaks the engine.
type poisoner struct {
	sim.Factory
	cluster ecs.ClusterName
}

func (p poisoner) New(cfg scheduler.Config) (runtime.Runtime, error) {
	rt, err := p.Factory.New(cfg)
	return poisoned{rt, p.cluster}, err
}

func (p poisoner) Load(saved []byte) (runtime.Runtime, error) {
	rt, err := p.Factory.Load(saved)
	return poisoned{rt, p.cluster}, err
}

type poisoned struct {
	runtime.Runtime
	cluster ecs.ClusterName
}

func (p poisoned) Save() ([]byte, error) {
	state, err := p.Runtime.Save()
	if p.Cluster().Config().Name == p.cluster {
		state = bytes.Replace(state, []byte(`"runs":[]`), []byte(`"runs":[null]`), 1)
	}
	return state, err
}
