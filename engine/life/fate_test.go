package life_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"gantry/engine/life"
)

func TestParseFate(t *testing.T) {
	code := func(n int) *int { return &n }
	for text, want := range map[string]life.Fate{
		"": {},
		"pull=8s start=2s healthy=15s exit=137 after=30s chance=0.1": {
			Pull: 8 * time.Second, Start: 2 * time.Second, Healthy: 15 * time.Second, Exit: code(137), After: 30 * time.Second, Chance: 0.1},
		"fail=start error='exec: \"server\": not found'":   {Fail: life.FailStart, Error: `exec: "server": not found`},
		"  sick\tsigterm=ignore stopExit=3 \n lines=none ": {Sick: true, Ignores: true, StopExit: 3, Lines: "none"},
		"oom after=1m": {OOM: true, Exit: code(137), After: time.Minute},
		`{"exit": 1, "after": "90s", "chance": 0.5, "sick": true, "error": "no luck"}`: {
			Exit: code(1), After: 90 * time.Second, Chance: 0.5, Sick: true, Error: "no luck"},
	} {
		got, err := life.ParseFate(text)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("ParseFate(%q) = %+v, %v; want %+v", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"flap=1s/":         `flap is "1s/", want two durations such as 40s/20s`,
		"code=teapot":      `code is "teapot", want an HTTP code or timeout`,
		"cpu=0":            `cpu is "0", want a percentage above 0`,
		"oom=perhaps":      `oom is "perhaps", want it alone, =true or =false`,
		"pull=fast":        `pull is "fast", want a duration such as 1.5s or 2m`,
		"pull=-1s":         `pull is "-1s"`,
		"exit=256":         `exit is "256", want a number from 0 to 255`,
		"chance=0":         `chance is "0"`,
		"chance=NaN":       `chance is "NaN"`,
		"fail=later":       `fail is "later", want eni, secrets`,
		"luck=good":        `unknown key "luck"`,
		"error='open":      "is not closed",
		"sick=perhaps":     `sick is "perhaps"`,
		"{":                "reading it as JSON",
		`{"exit": [1]}`:    "exit is no text, number or boolean",
		"lines=everything": `lines is "everything"`,
	} {
		if _, err := life.ParseFate(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseFate(%q): %v, want %s", text, err, want)
		}
	}
}

// TestOverride: what a text says takes the place of what was, and the rest stays.
func TestOverride(t *testing.T) {
	was, err := life.ParseFate("pull=8s exit=1 after=1m sick oom=false unhealthy=40s")
	if err != nil {
		t.Fatal(err)
	}
	now, err := was.Override("sick=false unhealthy=0s oom cpu=80")
	code := 137
	want := life.Fate{Pull: 8 * time.Second, Exit: &code, After: time.Minute, OOM: true, CPU: 80}
	if err != nil || !reflect.DeepEqual(now, want) {
		t.Errorf("%+v, %v; want %+v", now, err, want)
	}
	if *was.Exit != 1 || !was.Sick {
		t.Errorf("the old one became %+v", was)
	}
	if _, err := was.Override("flap=10s"); err == nil || !strings.Contains(err.Error(), `flap is "10s", want two durations such as 40s/20s`) {
		t.Errorf("half a flap: %v", err)
	}
}

// FuzzParseFate: no text is too odd, and one that can be read says the same when
// it is said twice.
func FuzzParseFate(f *testing.F) {
	for _, seed := range []string{
		"pull=8s exit=1", "error='x y' sick", `{"exit":1}`, "=", "a=\"", "  ", "flap=40s/20s code=timeout", "oom after=1m", "fail=runtime-timeout chance=0.5",
		"ready=5s unready=1m code=404", "cpu=60 memory=40.5", `{"sick": false, "oom": true}`, "sigterm=ignore stopExit=143",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		fate, err := life.ParseFate(text)
		if err != nil {
			return
		}
		if twice, err := fate.Override(text); err != nil || !reflect.DeepEqual(fate, twice) {
			t.Errorf("%q says %+v, and on top of that %+v, %v", text, fate, twice, err)
		}
	})
}
