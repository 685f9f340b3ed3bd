package life

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"gantry/ecs"
)

// FateLabel is the Docker label of a container definition that holds its fate.
const FateLabel = "gantry.fate"

// Fate is how one container fares. The zero value starts well, in a few
// seconds, and runs until it is stopped.
type Fate struct {
	Pull      time.Duration // how long its image pull takes; 0: a few seconds
	Start     time.Duration // from pulled to running; 0: about a second
	Healthy   time.Duration // its health check passes from then on; 0: at once
	Unhealthy time.Duration // its health check fails from then on; 0: never
	Sick      bool          // its health check never passes
	Ready     time.Duration // its port answers from then on; 0: at once
	Unready   time.Duration // its port fails from then on; 0: never
	Code      string        // what a port or a check that fails says: an HTTP code, or "timeout"; "": 503
	FlapUp    time.Duration // its port and its health check pass so long …
	FlapDown  time.Duration // … and fail so long, in turn; 0: they do not flap
	Fail      Failure       // it never starts
	Error     string        // the runtime's words for Fail, or its own last words
	Exit      *int          // it ends by itself, with this code; see Ends
	After     time.Duration // when it ends; 0: before its task is RUNNING
	OOM       bool          // it is killed for its memory
	Chance    float64       // of what goes wrong; 0 and 1: always
	Stop      time.Duration // from SIGTERM to its end; 0: about half a second
	StopExit  int           // its exit code then
	Ignores   bool          // SIGTERM; it is killed after stopTimeout
	CPU       float64       // percent of its reserved CPU that it uses, beside its share of its service's load
	Memory    float64       // percent of its reserved memory, likewise
	Lines     string        // what it logs: web (the default), app, none
	Period    time.Duration // between two log lines; 0: a few seconds
}

// NoAnswer is the Code of a port that does not answer, and of a health check
// that takes too long.
const NoAnswer = "timeout"

// none takes back what was said of a key that has no value for it.
const none = "none"

// longest bounds a fate's times: nobody waits longer, and sums stay in range.
// What repeats has a lower bound, too: below it a world has no time for anything
// else.
const (
	longest        = 10 * 365 * 24 * time.Hour
	shortestFlap   = time.Second
	shortestPeriod = 100 * time.Millisecond
)

// outOfMemory is the exit code of a container that is killed for its memory.
const outOfMemory = 137

// ParseFate reads a fate in the form "pull=8s exit=137 after=30s chance=0.1".
// Values with spaces stand in single or double quotes. What the keys mean is
// told in docs/fates.md. A text that begins with "{" is the JSON form, with
// durations as text.
func ParseFate(text string) (Fate, error) {
	f, err := Fate{}.read(text)
	if err == nil {
		err = f.check()
	}
	if err != nil {
		return Fate{}, fmt.Errorf("fate %q: %w", text, err)
	}
	return f, nil
}

// Override is the fate with what the text says of it put in the place of what
// it was: how a fault changes what becomes of a container. What ParseFate
// refuses as too short was accepted once, and is as long as it may be here.
func (f Fate) Override(text string) (Fate, error) {
	f, err := f.read(text)
	if err != nil {
		return Fate{}, fmt.Errorf("fate %q: %w", text, err)
	}
	if f.Period > 0 {
		f.Period = max(f.Period, shortestPeriod)
	}
	if f.FlapUp > 0 {
		f.FlapUp, f.FlapDown = max(f.FlapUp, shortestFlap), max(f.FlapDown, shortestFlap)
	}
	return f, nil
}

func (f Fate) read(text string) (Fate, error) {
	pairs, err := split(text)
	if err != nil {
		return f, err
	}
	exit, oom := false, false
	for _, p := range pairs {
		if err := f.set(p[0], p[1]); err != nil {
			return f, err
		}
		exit, oom = exit || p[0] == "exit", oom || p[0] == "oom"
	}
	if exit && !oom {
		f.OOM = false // it ends otherwise
	}
	return f, nil
}

func (f *Fate) check() error {
	switch {
	case f.OOM && f.Exit != nil && *f.Exit != outOfMemory:
		return fmt.Errorf("a container that is killed for its memory (oom) has the exit code %d; leave out exit=%d or oom", outOfMemory, *f.Exit)
	case f.Period > 0 && f.Period < shortestPeriod:
		return fmt.Errorf("period is %q, want %s or more", f.Period, shortestPeriod)
	case f.FlapUp > 0 && min(f.FlapUp, f.FlapDown) < shortestFlap:
		return fmt.Errorf("flap is \"%s/%s\", want two durations of %s or more such as 40s/20s", f.FlapUp, f.FlapDown, shortestFlap)
	}
	return nil
}

// Ends is the exit code with which the container ends by itself, if it does.
func (f *Fate) Ends() (code int, ok bool) {
	switch {
	case f.OOM:
		return outOfMemory, true
	case f.Exit != nil:
		return *f.Exit, true
	}
	return 0, false
}

// FateOf is the fate in the Docker labels of a container definition. One that
// cannot be read is the default: a label never stops a task from running.
func FateOf(d *ecs.ContainerDefinition) Fate {
	f, err := Fate{}.Override(d.DockerLabels[FateLabel])
	if err != nil {
		return Fate{}
	}
	return f
}

// keys are the keys of a fate, to be read.
const keys = "pull, start, healthy, unhealthy, sick, ready, unready, code, flap, fail, error, exit, after, oom, chance, " +
	"stop, stopExit, sigterm, cpu, memory, lines, period"

func (f *Fate) set(key, value string) error {
	if field := f.span(key); field != nil {
		return duration(field, key, value)
	}
	if field := f.flag(key); field != nil {
		return flag(field, key, value)
	}
	switch key {
	case "exit":
		if value == none {
			f.Exit = nil
			return nil
		}
		code, err := exitCode(key, value)
		f.Exit = &code
		return err
	case "stopExit", "stopexit":
		var err error
		f.StopExit, err = exitCode(key, value)
		return err
	case "chance":
		return number(&f.Chance, key, value, 1, "a number above 0 and up to 1")
	case "cpu":
		return percentage(&f.CPU, key, value)
	case "memory":
		return percentage(&f.Memory, key, value)
	case "flap":
		return f.setFlap(value)
	case "code":
		return f.setCode(value)
	case "error":
		f.Error = value
	default:
		return f.choose(key, value)
	}
	return nil
}

// choose sets one of the keys that have a few words to choose from.
func (f *Fate) choose(key, value string) error {
	switch key {
	case "fail":
		f.Fail = Failure(value)
		if value == none {
			f.Fail = ""
		} else if failureOf(f.Fail).stage == noFailure {
			return fmt.Errorf("fail is %q, want %s", value, names())
		}
	case "lines":
		f.Lines = value
		if !slices.Contains([]string{LinesWeb, LinesApp, LinesNone}, value) {
			return fmt.Errorf("lines is %q, want web, app or none", value)
		}
	case "sigterm":
		f.Ignores = value == "ignore"
		if !f.Ignores && value != "heed" {
			return fmt.Errorf("sigterm is %q, want ignore or heed", value)
		}
	default:
		return fmt.Errorf("unknown key %q; known are %s", key, keys)
	}
	return nil
}

func (f *Fate) setFlap(value string) error {
	if value == none {
		f.FlapUp, f.FlapDown = 0, 0
		return nil
	}
	up, down, ok := strings.Cut(value, "/")
	if !ok || duration(&f.FlapUp, "flap", up) != nil || duration(&f.FlapDown, "flap", down) != nil || f.FlapUp <= 0 || f.FlapDown <= 0 {
		return fmt.Errorf("flap is %q, want two durations such as 40s/20s", value)
	}
	return nil
}

func (f *Fate) setCode(value string) error {
	n, err := strconv.Atoi(value)
	if value != NoAnswer && (err != nil || n < 100 || n > 599) {
		return fmt.Errorf("code is %q, want an HTTP code or timeout", value)
	}
	f.Code = value
	return nil
}

// span is the time of that key, or nil.
func (f *Fate) span(key string) *time.Duration {
	switch key {
	case "pull":
		return &f.Pull
	case "start":
		return &f.Start
	case "healthy":
		return &f.Healthy
	case "unhealthy":
		return &f.Unhealthy
	case "ready":
		return &f.Ready
	case "unready":
		return &f.Unready
	case "after":
		return &f.After
	case "stop":
		return &f.Stop
	case "period":
		return &f.Period
	}
	return nil
}

// flag is the flag of that key, or nil.
func (f *Fate) flag(key string) *bool {
	switch key {
	case "sick":
		return &f.Sick
	case "oom":
		return &f.OOM
	}
	return nil
}
