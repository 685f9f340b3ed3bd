package placement_test

import (
	"encoding/json"
	"testing"

	"gantry/ecs"
	"gantry/engine/placement"
)

func TestExplain(t *testing.T) {
	zone := ecs.PlacementStrategy{Type: ecs.Spread, Field: "attribute:ecs.availability-zone"}
	memory := ecs.PlacementStrategy{Type: ecs.Binpack, Field: "memory"}
	f := cluster(t, "t2.small", 3, 2)
	f.SetStatus("a3", ecs.InstanceDraining)
	web := placement.Request{Requirements: &placement.Requirements{MemoryMiB: 500}, Group: "service:web", Policy: service(t, zone)}
	fill(t, f, web, "t", 3) // on a1, b1, a2
	full := placement.Task{ID: "full", Instance: "b1", Requirements: &placement.Requirements{MemoryMiB: 1200}}
	if _, err := f.Commit(full); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		policy *placement.Policy
		want   string
	}{
		"no strategy": {service(t), "b2: 3 of 5 instances fit (1 short of memory (need 500 MiB, most free 301 MiB), 1 draining); " +
			"spread attribute:ecs.availability-zone: us-east-1b has 1 tasks, next us-east-1a has 2 tasks, 1 left; spread instanceId: b2 has 0 tasks, 1 left"},
		"binpack, tied": {service(t, memory), "a1: 3 of 5 instances fit (1 short of memory (need 500 MiB, most free 301 MiB), 1 draining); " +
			"binpack memory: a1 has 1501 MiB left, next b2 has 2001 MiB left, 2 left; spread instanceId: a1 has 1 tasks, 2 left"},
		"random": {nil, "b2: 3 of 5 instances fit (1 short of memory (need 500 MiB, most free 301 MiB), 1 draining); random: one of 3"},
	} {
		t.Run(name, func(t *testing.T) {
			r := web
			r.Policy = tt.policy
			got, ok := f.Explain(&r)
			if name == "random" {
				got.Instance = "b2"
			}
			if !ok || got.String() != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if got.Closest == nil || got.Closest.Instance != "b1" {
				t.Errorf("closest %+v", got.Closest)
			}
		})
	}
	web.Policy = service(t, zone, memory)
	if got, ok := f.Scores("b2", &web); !ok || got != (placement.Scores{1, 2001}) {
		t.Errorf("scores %v, %v", got, ok)
	}
	c, _ := f.Explain(&web)
	data, err := json.Marshal(c.Steps[0])
	const want = `{"strategy":{"type":"spread","field":"attribute:ecs.availability-zone"},"value":"us-east-1b","amount":1,"runnerUp":{"value":"us-east-1a","amount":2},"left":1}`
	if err != nil || string(data) != want {
		t.Errorf("as JSON %s, %v\nwant    %s", data, err, want)
	}
	web.Requirements = &placement.Requirements{MemoryMiB: 9000}
	if c, ok := f.Explain(&web); ok || c.Fits != 0 || len(c.Refused) == 0 {
		t.Errorf("nothing fits: %s", c)
	}
}
