package life_test

import (
	"regexp"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gantry/engine/life"
)

var birth = time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)

// TestLinesOfWindows: the lines of a window are those of the whole time that
// lie in it, however the window is cut.
func TestLinesOfWindows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		minutes := func(name string, least, most int) time.Duration {
			return time.Duration(rapid.IntRange(least*60000, most*60000).Draw(t, name)) * time.Millisecond
		}
		started := birth
		var stopped time.Time
		if rapid.Bool().Draw(t, "ends") {
			stopped = started.Add(minutes("stopped", 0, 30))
		}
		from := started.Add(minutes("from", -2, 30))
		to := from.Add(minutes("length", 0, 20))
		kind := rapid.SampledFrom([]string{life.LinesWeb, life.LinesApp}).Draw(t, "kind")
		fate := life.Fate{Lines: kind}
		all := fate.LogLines(3, "task", "app", started, stopped, nil, started, started.Add(time.Hour), 0)
		var want []life.Line
		for _, l := range all {
			if !l.At.Before(from) && l.At.Before(to) {
				want = append(want, l)
			}
		}
		got := fate.LogLines(3, "task", "app", started, stopped, nil, from, to, 0)
		if !slices.Equal(got, want) {
			t.Fatalf("%s..%s has %d lines, the whole has %d there", from, to, len(got), len(want))
		}
		if limited := fate.LogLines(3, "task", "app", started, stopped, nil, from, to, 2); !slices.Equal(limited, want[:min(2, len(want))]) {
			t.Fatalf("with a limit of 2: %v", limited)
		}
		for i := 1; i < len(got); i++ {
			if got[i].At.Before(got[i-1].At) {
				t.Fatalf("lines are out of order: %v", got)
			}
		}
	})
}

func TestLinesFarFromTheStart(t *testing.T) {
	start := birth.AddDate(-5, 0, 0)
	got := life.Fate{Lines: life.LinesWeb}.LogLines(1, "task", "web", start, time.Time{}, nil, birth, birth.Add(time.Minute), 0)
	if len(got) < 7 || len(got) > 10 {
		t.Fatalf("a minute has %d lines", len(got))
	}
	form := regexp.MustCompile(`^[0-9.]+ - - \[23/Nov/2026:06:00:\d\d \+0000\] "GET \S+ HTTP/1.1" 200 612 "-" "(ELB-HealthChecker/2.0|Mozilla/5.0)"$`)
	for _, l := range got {
		if !form.MatchString(l.Text) {
			t.Errorf("%q is no access line", l.Text)
		}
	}
}

func TestLastWords(t *testing.T) {
	fate, err := life.ParseFate(`exit=1 after=20s`)
	if err != nil {
		t.Fatal(err)
	}
	stopped, code := birth.Add(20*time.Second), 1
	lines := fate.LogLines(1, "task", "app", birth, stopped, &code, birth, stopped.Add(time.Hour), 0)
	if last := lines[len(lines)-1]; last.Text != "exit status 1" || !last.At.Before(stopped) {
		t.Errorf("the last line is %+v", last)
	}
	if lines := fate.LogLines(1, "task", "app", birth, time.Time{}, nil, birth, stopped, 0); slices.ContainsFunc(lines, func(l life.Line) bool { return l.Text == "exit status 1" }) {
		t.Error("a container that still runs has last words")
	}
	fate, _ = life.ParseFate(`exit=126 error="exec /bin/app: exec format error"`)
	code = 126
	lines = fate.LogLines(1, "task", "app", birth, birth.Add(time.Millisecond), &code, birth.Add(-time.Hour), birth.Add(time.Hour), 0)
	if len(lines) == 0 || lines[len(lines)-1].Text != "exec /bin/app: exec format error" {
		t.Errorf("a container that died at once said %v", lines)
	}
}
