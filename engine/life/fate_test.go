package life_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"gantry/ecs"
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
		"oom after=1m":           {OOM: true, After: time.Minute},
		"exit=137 oom":           {OOM: true, Exit: code(137)},
		"flap=1s/1m period=0s":   {FlapUp: time.Second, FlapDown: time.Minute},
		"oom=false period=100ms": {Period: 100 * time.Millisecond},
		`{"exit": 1, "after": "90s", "chance": 0.5, "sick": true, "error": "no luck"}`: {
			Exit: code(1), After: 90 * time.Second, Chance: 0.5, Sick: true, Error: "no luck"},
	} {
		got, err := life.ParseFate(text)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("ParseFate(%q) = %+v, %v; want %+v", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"flap=1ns/1ns":     `flap is "1ns/1ns", want two durations of 1s or more such as 40s/20s`,
		"flap=1m/999ms":    `flap is "1m0s/999ms", want two durations of 1s or more`,
		"period=1ms":       `period is "1ms", want 100ms or more`,
		"exit=0 oom":       `a container that is killed for its memory (oom) has the exit code 137; leave out exit=0 or oom`,
		"ignores":          `unknown key "ignores"`,
		"sigterm=perhaps":  `sigterm is "perhaps", want ignore or heed`,
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
	code := 1
	want := life.Fate{Pull: 8 * time.Second, Exit: &code, After: time.Minute, OOM: true, CPU: 80}
	if ends, ok := now.Ends(); ends != 137 || !ok {
		t.Errorf("it ends with %d, %t", ends, ok)
	}
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

// TestTakingBack: whatever a fate says, another one laid on it can take back, and
// what was said before it comes to bear again.
func TestTakingBack(t *testing.T) {
	const all = "pull=8s start=2s healthy=9s unhealthy=40s sick ready=3s unready=1m code=timeout flap=40s/20s fail=start error=x " +
		"exit=1 after=1m oom chance=0.5 stop=5s stopExit=3 sigterm=ignore cpu=80 memory=60 lines=app period=2s"
	fate, err := life.Fate{}.Override(all)
	if err != nil {
		t.Fatal(err)
	}
	got, err := fate.Override("pull=0s start=0s healthy=0s unhealthy=0s sick=false ready=0s unready=0s code=503 flap=none fail=none error='' " +
		"exit=none after=0s oom=false chance=1 stop=0s stopExit=0 sigterm=heed cpu=none memory=none lines=web period=0s")
	if want := (life.Fate{Code: "503", Chance: 1, Lines: life.LinesWeb}); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	for change, want := range map[string]int{"oom=false": 1, "exit=3": 3, "cpu=10": 137} {
		got, err := fate.Override(change)
		if code, ok := got.Ends(); err != nil || !ok || code != want || got.OOM != (want == 137) {
			t.Errorf("%s: it ends with %d, %t, %v; want %d", change, code, ok, err, want)
		}
	}
	if got, err := fate.Override("exit=none"); err != nil || ends(got) {
		t.Errorf("exit=none: %+v, %v", got, err)
	}
}

// TestTooShort: what was registered once although it repeats too often is slowed
// down.
func TestTooShort(t *testing.T) {
	got := life.FateOf(&ecs.ContainerDefinition{DockerLabels: map[string]string{life.FateLabel: "flap=1ns/2s period=1ms"}})
	if want := (life.Fate{FlapUp: time.Second, FlapDown: 2 * time.Second, Period: 100 * time.Millisecond}); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
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
		fate, err := life.Fate{}.Override(text)
		if read, strict := life.ParseFate(text); strict == nil && !reflect.DeepEqual(read, fate) {
			t.Errorf("%q is %+v, and laid on nothing %+v", text, read, fate)
		}
		if err != nil {
			return
		}
		if twice, err := fate.Override(text); err != nil || !reflect.DeepEqual(fate, twice) {
			t.Errorf("%q says %+v, and on top of that %+v, %v", text, fate, twice, err)
		}
	})
}
