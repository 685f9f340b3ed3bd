package ecs_test

import (
	"encoding/json"
	"testing"
	"time"

	"gantry/ecs"
)

func TestSecondsInJSON(t *testing.T) {
	for span, want := range map[time.Duration]string{30 * time.Second: "30", 1500 * time.Millisecond: "1.5", 0: "0"} {
		data, err := json.Marshal(ecs.Seconds(span))
		if err != nil || string(data) != want {
			t.Errorf("%v is %s, %v; want %s", span, data, err, want)
		}
		var back ecs.Seconds
		if err := json.Unmarshal(data, &back); err != nil || back.Duration() != span {
			t.Errorf("%s is read as %v, %v; want %v", data, back.Duration(), err, span)
		}
	}
	var s ecs.Seconds
	if err := json.Unmarshal([]byte(`"30s"`), &s); err == nil {
		t.Error("a text is taken for a number of seconds")
	}
}
