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
	if len(results) != 2 || results[0].Error != "" || !strings.Contains(results[1].Error, "storm") { // the end of the first was nobody's
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

// TestOverlappingFaults: while one fault lasts that holds an instance down, or its
// agent, the end of another does not bring it back; when the last one ends, it is.
func TestOverlappingFaults(t *testing.T) {
	const instance, agent, zone = "instance", "agent", "zone"
	type loss struct {
		kind     string
		from, to int // seconds
	}
	for _, losses := range [][]loss{
		{{instance, 0, 10}, {instance, 0, 100}},
		{{instance, 0, 100}, {instance, 5, 50}},
		{{agent, 0, 10}, {agent, 0, 100}},
		{{agent, 0, 100}, {agent, 5, 50}},
		{{agent, 0, 50}, {agent, 5, 100}, {agent, 20, 70}},
		{{instance, 0, 10}, {zone, 5, 100}},
		{{instance, 0, 100}, {zone, 5, 10}},
		{{zone, 0, 10}, {instance, 5, 100}},
		{{zone, 0, 100}, {instance, 5, 10}},
		{{zone, 0, 50}, {instance, 5, 10}, {instance, 20, 100}},
		{{agent, 0, 100}, {zone, 5, 10}},
		{{zone, 0, 10}, {agent, 5, 100}},
		{{zone, 0, 100}, {agent, 5, 10}},
		{{agent, 0, 100}, {instance, 5, 10}},
		{{instance, 0, 10}, {agent, 5, 100}},
		{{instance, 0, 100}, {agent, 5, 10}},
	} {
		sim := simulate.New(testConfig(1), simulate.Options{})
		give(t, sim, birth, simulate.Command{Command: scheduler.Command{RegisterInstance: &scheduler.RegisterInstance{Instance: testInstance("us-east-1a", 2048, 3900)}}})
		ids, _ := sim.Cluster().Instances(scheduler.InstanceFilter{})
		for _, x := range losses {
			f := &simulate.Fault{For: ecs.Seconds(time.Duration(x.to-x.from) * time.Second)}
			switch some := (simulate.Some{Instance: ids[0]}); x.kind {
			case instance:
				f.InstanceLoss = &simulate.InstanceLoss{Some: some}
			case agent:
				f.AgentLoss = &simulate.AgentLoss{Some: some}
			default:
				f.ZoneLoss = &simulate.ZoneLoss{Zone: "us-east-1a"}
			}
			give(t, sim, birth, simulate.Command{Schedule: &simulate.Schedule{At: birth.Add(time.Duration(x.from) * time.Second), Command: simulate.Command{Fault: f}}})
		}
		for second := 2; second < 120; second += 4 {
			sim.Advance(birth.Add(time.Duration(second) * time.Second))
			sim = reloaded(t, sim)
			reached, runs := true, true
			for _, x := range losses {
				if x.from < second && second < x.to {
					reached = false
					runs = runs && x.kind == agent
				}
			}
			if got := connected(t, sim); got != reached || sim.Cluster().HostRuns(ids[0]) != runs {
				t.Errorf("%v: after %d s the agent is connected %v and the host runs %v, want %v and %v", losses, second, got, sim.Cluster().HostRuns(ids[0]), reached, runs)
			}
		}
		for _, r := range sim.Results() {
			if r.Error != "" {
				t.Errorf("%v: at %s: %s", losses, r.At.Sub(birth), r.Error)
			}
		}
	}
}

// TestDisconnectedBySomebody: a fault does not connect an agent that it did not
// disconnect.
func TestDisconnectedBySomebody(t *testing.T) {
	sim := simulate.New(testConfig(1), simulate.Options{})
	give(t, sim, birth, simulate.Command{Command: scheduler.Command{RegisterInstance: &scheduler.RegisterInstance{Instance: testInstance("us-east-1a", 2048, 3900)}}})
	ids, _ := sim.Cluster().Instances(scheduler.InstanceFilter{})
	give(t, sim, birth, simulate.Command{Command: scheduler.Command{SetAgentConnected: &scheduler.SetAgentConnected{ID: ids[0]}}})
	give(t, sim, birth, simulate.Command{Fault: &simulate.Fault{For: ecs.Seconds(time.Minute), AgentLoss: &simulate.AgentLoss{}}})
	sim.Advance(birth.Add(time.Hour))
	if connected(t, sim) {
		t.Error("the fault is over and the agent is connected")
	}
}

// TestEndsOfFaults: ending a fault takes its own end away, and nobody else's; a
// fault without a name gets one that is free.
func TestEndsOfFaults(t *testing.T) {
	sim := simulate.New(testConfig(1), simulate.Options{})
	throttle := func(name string, lasts time.Duration) simulate.Command {
		return simulate.Command{Fault: &simulate.Fault{Name: name, For: ecs.Seconds(lasts), Throttling: &simulate.Throttling{Calls: 1}}}
	}
	names := func() (out []string) {
		for _, f := range sim.Faults() {
			out = append(out, f.Name)
		}
		return out
	}
	at := func(after time.Duration) time.Time { return birth.Add(after) }
	give(t, sim, birth, throttle("storm", 10*time.Second))
	give(t, sim, birth, simulate.Command{Schedule: &simulate.Schedule{At: at(30 * time.Second), Command: simulate.Command{EndFault: &simulate.EndFault{Name: "storm"}}}})
	give(t, sim, at(time.Second), simulate.Command{EndFault: &simulate.EndFault{Name: "storm"}})
	give(t, sim, at(2*time.Second), throttle("storm", 0))
	sim = reloaded(t, sim)
	sim.Advance(at(20 * time.Second))
	if got := names(); !slices.Equal(got, []string{"storm"}) {
		t.Errorf("after the time of the first storm these last: %v", got)
	}
	sim.Advance(at(31 * time.Second))
	if got := names(); len(got) > 0 || len(sim.Scheduled()) > 0 {
		t.Errorf("after its scheduled end these last: %v, scheduled: %+v", got, sim.Scheduled())
	}
	give(t, sim, at(time.Minute), throttle("fault-4", 0))
	give(t, sim, at(time.Minute), throttle("", 0))
	give(t, sim, at(time.Minute), throttle("fault-6", 0))
	give(t, sim, at(time.Minute), throttle("", 0))
	if got := names(); !slices.Equal(got, []string{"fault-4", "fault-5", "fault-6", "fault-7"}) {
		t.Errorf("the names are %v", got)
	}
}

// TestOldEnds: a state in which ends do not say whose they are yet ends its faults
// as it was going to.
func TestOldEnds(t *testing.T) {
	sim := simulate.New(testConfig(1), simulate.Options{})
	give(t, sim, birth, simulate.Command{Fault: &simulate.Fault{Name: "storm", For: ecs.Seconds(time.Minute), Throttling: &simulate.Throttling{Calls: 1}}})
	give(t, sim, birth, simulate.Command{Schedule: &simulate.Schedule{At: birth.Add(time.Hour), Command: simulate.Command{EndFault: &simulate.EndFault{Name: "storm"}}}})
	data, err := sim.Save()
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for _, later := range []string{`,"own":true`, `,"ends":1`, `"ordinal":1,`} {
		if !strings.Contains(text, later) {
			t.Fatalf("the state has no %s: %s", later, text)
		}
		text = strings.Replace(text, later, "", 1)
	}
	load := func() *simulate.Simulation {
		old, err := simulate.Load([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return old
	}
	old := load()
	give(t, old, birth, simulate.Command{EndFault: &simulate.EndFault{Name: "storm"}})
	if got := old.Scheduled(); len(got) != 1 || !got[0].At.Equal(birth.Add(time.Hour)) {
		t.Errorf("after its end is scheduled: %+v", got)
	}
	old = load()
	old.Advance(birth.Add(2 * time.Minute))
	if len(old.Faults()) != 0 || len(old.Results()) != 0 {
		t.Error("the fault lasts, or its end is told as somebody's")
	}
}

// TestClockOfOwnCommands: what concerns the simulation alone moves the clock as
// every other command does.
func TestClockOfOwnCommands(t *testing.T) {
	for name, cmd := range map[string]simulate.Command{
		"images":   {Images: &simulate.SetImages{ECRHost: "registry"}},
		"fate":     {Fault: &simulate.Fault{OtherFate: &simulate.OtherFate{Fate: "pull=1m"}}},
		"hook":     {Fault: &simulate.Fault{HookFailure: &simulate.HookFailure{}}},
		"schedule": {Schedule: &simulate.Schedule{At: birth.Add(time.Hour), Command: simulate.Command{Images: &simulate.SetImages{}}}},
	} {
		sim := simulate.New(testConfig(1), simulate.Options{})
		give(t, sim, birth.Add(100*time.Second), cmd)
		if got := sim.Cluster().Now(); !got.Equal(birth.Add(100 * time.Second)) {
			t.Errorf("%s: after it the time is %s", name, got)
		}
	}
}

// TestOneMember: a command with two members is refused, wherever they stand.
func TestOneMember(t *testing.T) {
	for _, text := range []string{
		`{"startInstance": {"id": "a"}, "stopInstance": {"id": "a"}}`,
		`{"startInstance": {"id": "a"}, "images": {}}`,
		`{"images": {}, "endFault": {"name": "a"}}`,
		`{"scaling": {"deleteAlarms": {}, "setLoad": {}}}`,
	} {
		var cmd simulate.Command
		if err := json.Unmarshal([]byte(text), &cmd); err != nil {
			t.Fatal(err)
		}
		sim := simulate.New(testConfig(1), simulate.Options{})
		if _, err := sim.Apply(birth, cmd); err == nil || !strings.Contains(err.Error(), "more than one thing: send one for each") {
			t.Errorf("%s: %v", text, err)
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
