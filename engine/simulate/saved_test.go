package simulate_test

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
	"gantry/engine/simulate"
	"gantry/internal/golden"
)

// TestOlderStatesLoad: a world that version 1 saved in the middle of a rolling
// update has the same tasks after it was loaded, and goes on.
func TestOlderStatesLoad(t *testing.T) {
	data, err := os.ReadFile("testdata/saved/version1.json")
	if err != nil {
		t.Fatal(err)
	}
	s, err := simulate.Load(data)
	if err != nil {
		t.Fatal(err)
	}
	c := s.Cluster()
	var tasks []ecs.Task
	for _, id := range c.Tasks(scheduler.TaskFilter{}) {
		x, _ := c.Task(id)
		tasks = append(tasks, x)
		if p, ok := c.ExplainTask(id); ok {
			t.Errorf("task %s says why it is there, which was not kept then: %+v", id, p)
		}
	}
	text, err := json.MarshalIndent(tasks, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	golden.AssertString(t, "saved/version1_tasks.json", string(text))
	before := c.Now()
	if end := s.Settle(before.Add(time.Hour)); !end.After(before) {
		t.Error("nothing went on")
	}
}
