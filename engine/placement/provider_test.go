package placement_test

import (
	"strings"
	"testing"

	"gantry/ecs"
	"gantry/engine/placement"
)

// TestCapacityProvider: only the instances of the provider that a request names
// are considered, and the refusal speaks of them alone.
func TestCapacityProvider(t *testing.T) {
	f := cluster(t, "t2.small", 1) // of no provider
	r := placement.Request{Requirements: &placement.Requirements{MemoryMiB: 1500}, CapacityProvider: "spot", Group: "service:web", Policy: service(t)}
	refused := func(closest ecs.ContainerInstanceID, failures int, stopped, event, counted string) {
		t.Helper()
		to, u := f.Place(&r)
		switch {
		case u == nil:
			t.Fatalf("placed on %s", to.Instance)
		case closest == "" && u.Closest != nil, closest != "" && (u.Closest == nil || u.Closest.Instance != closest):
			t.Errorf("closest %+v, want %q", u.Closest, closest)
		case len(f.Failures(&r)) != failures || (u.Closest == nil) != (failures == 0):
			t.Errorf("failures %+v, want %d", f.Failures(&r), failures)
		case u.StoppedReason() != stopped:
			t.Errorf("stopped for %q, want %q", u.StoppedReason(), stopped)
		case !strings.Contains(u.ServiceEvent(), event):
			t.Errorf("event %q, want %q", u.ServiceEvent(), event)
		case !strings.HasSuffix(u.Error(), counted):
			t.Errorf("%s, want %s", u, counted)
		}
	}
	const none = "was unable to place a task because no container instance met all of its requirements. " +
		"Reason: No Container Instances were found in your capacity provider. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
	if _, u := placement.NewFleet().Place(&r); u.ServiceEvent() != none || u.StoppedReason() != "TaskFailedToStart: EMPTY CAPACITY PROVIDER" {
		t.Errorf("in an empty cluster: %s", u.ServiceEvent())
	}
	refused("", 0, "TaskFailedToStart: EMPTY CAPACITY PROVIDER", none, ": 1 outside capacity provider spot")
	f.Add(ecs.ContainerInstance{
		ID: "s1", ARN: "arn:s1", Status: ecs.InstanceDraining, AgentConnected: true, CapacityProvider: "spot",
		Registered: ecs.Resources{CPUUnits: 1024, MemoryMiB: 2001},
	})
	refused("", 0, "TaskFailedToStart: NO ACTIVE INSTANCES", none, ": 1 draining, 1 outside capacity provider spot")
	f.SetStatus("s1", ecs.InstanceActive)
	if got := strings.Join(fill(t, f, r, "t", 1), " "); got != "s1" {
		t.Errorf("placed on %s, want s1", got)
	}
	refused("s1", 1, "TaskFailedToStart: RESOURCE:MEMORY", "(container-instance s1) has insufficient memory available.",
		": 1 short of memory (need 1500 MiB, most free 501 MiB), 1 outside capacity provider spot")
	if r.CapacityProvider = ""; strings.Join(fill(t, f, r, "u", 1), " ") != "a1" {
		t.Error("without a provider, an instance of none takes tasks")
	}
}
