package simulate_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
	"gantry/engine/simulate"
)

// A story told beforehand: what is scheduled happens at its time, a fault that
// lasts ends at its time, and what was refused then is told.
func TestSchedule(t *testing.T) {
	sim := simulate.New(testConfig(1), simulate.Options{})
	give(t, sim, birth, simulate.Command{Command: scheduler.Command{RegisterInstance: &scheduler.RegisterInstance{Instance: testInstance("us-east-1a", 2048, 3900)}}})
	lose := simulate.Command{Fault: &simulate.Fault{Name: "storm", For: ecs.Seconds(time.Minute), ZoneLoss: &simulate.ZoneLoss{Zone: "us-east-1a"}}}
	give(t, sim, birth, simulate.Command{Schedule: &simulate.Schedule{At: birth.Add(time.Hour), Command: lose}})
	give(t, sim, birth, simulate.Command{Schedule: &simulate.Schedule{At: birth.Add(time.Hour + time.Second), Command: lose}})

	sim.Advance(birth.Add(30 * time.Minute))
	sim = reloaded(t, sim)
	sim.Advance(birth.Add(time.Hour))
	if got := sim.Faults(); len(got) != 1 || got[0].Name != "storm" {
		t.Fatalf("after an hour these faults last: %+v", got)
	}
	if connected(t, sim) {
		t.Error("the agent is connected although its zone is lost")
	}
	sim = reloaded(t, sim)
	sim.Advance(birth.Add(time.Hour + 61*time.Second))
	if len(sim.Faults()) != 0 || !connected(t, sim) {
		t.Errorf("a minute later these faults last: %+v; agent connected: %v", sim.Faults(), connected(t, sim))
	}
	results := sim.Results()
	if len(results) != 3 || results[0].Error != "" || !strings.Contains(results[1].Error, "storm") || results[2].Error != "" {
		t.Errorf("the results are %+v", results)
	}
	if again := sim.Results(); len(again) != 0 {
		t.Errorf("results were told twice: %+v", again)
	}
}

func TestFaultRefused(t *testing.T) {
	for text, want := range map[string]string{
		`{"fault": {}}`: "A fault has exactly one kind, but 0 are set.",
		`{"fault": {"zoneLoss": {"zone": "us-east-1a"}, "agentLoss": {}}}`:       "A fault has exactly one kind, but 2 are set.",
		`{"fault": {"zoneLoss": {}}}`:                                            "The Availability Zone can not be blank.",
		`{"fault": {"for": 60, "instanceLoss": {"terminated": true}}}`:           "The fault cannot last for 1m0s: what it does is not taken back.",
		`{"fault": {"agentLoss": {"instance": "nowhere"}}}`:                      "Referenced container instance nowhere not found.",
		`{"fault": {"agentLoss": {"expression": "attribute:stack = prod"}}}`:     "Invalid filter expression: ",
		`{"fault": {"throttling": {}}}`:                                          "A share of calls, or of the scheduler's operations, has to be throttled.",
		`{"fault": {"throttling": {"calls": 1.5}}}`:                              "The share of throttled calls must be between 0 and 1, but was 1.5.",
		`{"endFault": {"name": "storm"}}`:                                        "No fault with the name storm lasts.",
		`{"schedule": {"at": "2026-11-23T05:59:59Z", "command": {"fault": {}}}}`: "The time of the scheduled command, 2026-11-23T05:59:59Z, is over.",
	} {
		sim := simulate.New(testConfig(1), simulate.Options{})
		sim.Advance(birth)
		before, _ := sim.Save()
		var cmd simulate.Command
		if err := json.Unmarshal([]byte(text), &cmd); err != nil {
			t.Fatal(err)
		}
		_, err := sim.Apply(birth, cmd)
		if refusal := (*ecs.Error)(nil); !errors.As(err, &refusal) || !strings.HasPrefix(refusal.Message, want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
		if after, _ := sim.Save(); string(before) != string(after) {
			t.Errorf("%s was refused and changed the state to %s", text, after)
		}
	}
}

// The chance of which instances a fault falls on comes from the seed.
func TestSome(t *testing.T) {
	struck := func(seed uint64) (out []ecs.ContainerInstanceID) {
		sim := simulate.New(testConfig(seed), simulate.Options{})
		for range 20 {
			give(t, sim, birth, simulate.Command{Command: scheduler.Command{RegisterInstance: &scheduler.RegisterInstance{Instance: testInstance("us-east-1a", 2048, 3900)}}})
		}
		give(t, sim, birth, simulate.Command{Fault: &simulate.Fault{AgentLoss: &simulate.AgentLoss{Some: simulate.Some{Count: 3}}}})
		out, _ = sim.Cluster().Instances(scheduler.InstanceFilter{Expression: "agentConnected == false"})
		return out
	}
	a, b := struck(1), struck(1)
	if len(a) != 3 || a[0] != b[0] || a[1] != b[1] || a[2] != b[2] {
		t.Errorf("the same seed strikes %v and %v, want the same three", a, b)
	}
}

func give(t *testing.T, sim *simulate.Simulation, at time.Time, cmd simulate.Command) {
	t.Helper()
	if _, err := sim.Apply(at, cmd); err != nil {
		t.Fatal(err)
	}
}

func reloaded(t *testing.T, sim *simulate.Simulation) *simulate.Simulation {
	t.Helper()
	data, err := sim.Save()
	if err != nil {
		t.Fatal(err)
	}
	again, err := simulate.Load(data)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

func connected(t *testing.T, sim *simulate.Simulation) bool {
	t.Helper()
	ids, err := sim.Cluster().Instances(scheduler.InstanceFilter{Expression: "agentConnected == true"})
	if err != nil {
		t.Fatal(err)
	}
	return len(ids) == 1
}

// TestThrottles: about the share of the calls is refused, the same ones in every
// run, and only while the fault lasts.
func TestThrottles(t *testing.T) {
	refused := func() (out []uint64) {
		sim := simulate.New(testConfig(1), simulate.Options{})
		give(t, sim, birth, simulate.Command{Fault: &simulate.Fault{
			Name: "storm", For: ecs.Seconds(time.Minute), Throttling: &simulate.Throttling{Calls: 0.3, Operations: []string{"RunTask"}},
		}})
		sim = reloaded(t, sim)
		for ordinal := range uint64(1000) {
			if sim.Throttles("RunTask", ordinal) {
				out = append(out, ordinal)
			}
			if sim.Throttles("ListTasks", ordinal) {
				t.Fatal("a call is refused that the fault does not fall on")
			}
		}
		sim.Advance(birth.Add(time.Minute))
		if sim.Throttles("RunTask", out[0]) {
			t.Error("the fault is over, and a call is refused")
		}
		return out
	}
	a, b := refused(), refused()
	if len(a) < 250 || len(a) > 350 || !slices.Equal(a, b) {
		t.Errorf("%d of 1000 calls are refused, then %d; want the same 300 or so", len(a), len(b))
	}
}
