package scheduler

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"gantry/ecs"
)

// TestWhySurvives: what a saved state says of why a task is where it is reads
// back, and what no program wrote is refused with a sentence.
func TestWhySurvives(t *testing.T) {
	c := New(Config{})
	spread := &blueprint{rebalances: true}
	for _, w := range []why{asDaemon, asTold, c.onFargate(spread, 3, 2, 1, 700), "\x01\x01\x00", "\x81\x88\x27\x05\x01\x02\x02\x07\x03"} {
		data, err := json.Marshal(struct {
			Why why `json:"why,omitempty"`
		}{w})
		if err != nil {
			t.Fatal(err)
		}
		var got struct{ Why why }
		if err := json.Unmarshal(data, &got); err != nil || got.Why != w {
			t.Errorf("%q became %s, then %q (%v)", w, data, got.Why, err)
		}
	}
	created := time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)
	waited := &task{Task: taskState{Origin: &Origin{Group: "family:job"}, CreatedAt: instantOf(created)}}
	p, err := why("\x81\x88\x27\x05\x01\x02\x02\x07\x03").explain(waited)
	if err != nil || p.Rule != ecs.PlacedByStrategy || !p.DecidedAt.Equal(created.Add(5*time.Second)) || len(p.Steps) != 1 ||
		p.Text != "3 of 5 container instances fit; 2 short of memory" || p.Steps[0].Text != "random: one of 3" {
		t.Errorf("%+v, %v", p, err)
	}
	for text, want := range map[string]string{
		`"!"`:    "illegal base64",
		`""`:     "nothing is kept",
		`"Pw"`:   "there is no rule 63",
		`"AQUB"`: "cannot be read",
		`"BAM"`:  "why a task is in its zone cannot be read",
		`"gQ"`:   "cannot be read",
	} {
		var w why
		if err := json.Unmarshal([]byte(text), &w); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}
