package life

import (
	"encoding/json"
	"fmt"
	"maps"
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
	Pull      time.Duration `json:"pull,omitempty"`      // how long its image pull takes; 0: a few seconds
	Start     time.Duration `json:"start,omitempty"`     // from pulled to running; 0: about a second
	Healthy   time.Duration `json:"healthy,omitempty"`   // its health check passes from then on; 0: at once
	Unhealthy time.Duration `json:"unhealthy,omitempty"` // its health check fails from then on; 0: never
	Sick      bool          `json:"sick,omitempty"`      // its health check never passes
	Fail      Failure       `json:"fail,omitempty"`      // it never starts
	Error     string        `json:"error,omitempty"`     // the runtime's words for Fail, or its own last words
	Exit      *int          `json:"exit,omitempty"`      // it ends by itself, with this code
	After     time.Duration `json:"after,omitempty"`     // when it ends; 0: before its task is RUNNING
	OOM       bool          `json:"oom,omitempty"`       // it is killed for its memory
	Chance    float64       `json:"chance,omitempty"`    // of what goes wrong; 0 and 1: always
	Stop      time.Duration `json:"stop,omitempty"`      // from SIGTERM to its end; 0: about half a second
	StopExit  int           `json:"stopExit,omitempty"`  // its exit code then
	Ignores   bool          `json:"ignores,omitempty"`   // SIGTERM; it is killed after stopTimeout
	Lines     string        `json:"lines,omitempty"`     // what it logs: web (the default), app, none
	Period    time.Duration `json:"period,omitempty"`    // between two log lines; 0: a few seconds
}

// Failure is where a container that never starts fails.
type Failure string

// The failures.
const (
	FailPull   Failure = "pull"
	FailCreate Failure = "create"
	FailStart  Failure = "start"
)

// longest bounds a fate's times: nobody waits longer, and sums stay in range.
const longest = 10 * 365 * 24 * time.Hour

// ParseFate reads a fate in the form "pull=8s exit=137 after=30s chance=0.1".
// Values with spaces stand in single or double quotes. The keys are those of
// the struct; sick, oom and "sigterm=ignore" are flags. A text that begins
// with "{" is the JSON form, with durations as text.
func ParseFate(text string) (Fate, error) {
	pairs, err := split(text)
	if err != nil {
		return Fate{}, fmt.Errorf("fate %q: %w", text, err)
	}
	var f Fate
	for _, p := range pairs {
		if err := f.set(p[0], p[1]); err != nil {
			return Fate{}, fmt.Errorf("fate %q: %w", text, err)
		}
	}
	if f.OOM && f.Exit == nil {
		code := 137
		f.Exit = &code
	}
	return f, nil
}

// FateOf is the fate in the Docker labels of a container definition. One that
// cannot be read is the default: a label never stops a task from running.
func FateOf(d *ecs.ContainerDefinition) Fate {
	f, err := ParseFate(d.DockerLabels[FateLabel])
	if err != nil {
		return Fate{}
	}
	return f
}

func (f *Fate) set(key, value string) error {
	if field := f.span(key); field != nil {
		return duration(field, key, value)
	}
	switch key {
	case "exit":
		code, err := exitCode(key, value)
		f.Exit = &code
		return err
	case "stopExit", "stopexit":
		var err error
		f.StopExit, err = exitCode(key, value)
		return err
	case "chance":
		chance, err := strconv.ParseFloat(value, 64)
		if err != nil || !(chance > 0 && chance <= 1) {
			return fmt.Errorf("chance is %q, want a number above 0 and up to 1", value)
		}
		f.Chance = chance
	case "fail":
		f.Fail = Failure(value)
		if !slices.Contains([]Failure{FailPull, FailCreate, FailStart}, f.Fail) {
			return fmt.Errorf("fail is %q, want pull, create or start", value)
		}
	case "error":
		f.Error = value
	case "lines":
		f.Lines = value
		if !slices.Contains([]string{LinesWeb, LinesApp, LinesNone}, value) {
			return fmt.Errorf("lines is %q, want web, app or none", value)
		}
	case "sigterm":
		f.Ignores = value == "ignore"
		if !f.Ignores {
			return fmt.Errorf("sigterm is %q, want ignore", value)
		}
	case "ignores":
		return flag(&f.Ignores, key, value)
	case "sick":
		return flag(&f.Sick, key, value)
	case "oom":
		return flag(&f.OOM, key, value)
	default:
		return fmt.Errorf("unknown key %q; known are pull, start, healthy, unhealthy, sick, fail, error, exit, after, oom, chance, stop, stopExit, sigterm, lines, period", key)
	}
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
	case "after":
		return &f.After
	case "stop":
		return &f.Stop
	case "period":
		return &f.Period
	}
	return nil
}

func duration(field *time.Duration, key, value string) error {
	d, err := time.ParseDuration(value)
	if err != nil || d < 0 || d > longest {
		return fmt.Errorf("%s is %q, want a duration such as 1.5s or 2m", key, value)
	}
	*field = d
	return nil
}

func exitCode(key, value string) (int, error) {
	code, err := strconv.Atoi(value)
	if err != nil || code < 0 || code > 255 {
		return 0, fmt.Errorf("%s is %q, want a number from 0 to 255", key, value)
	}
	return code, nil
}

func flag(field *bool, key, value string) error {
	if value != "" && value != "true" {
		return fmt.Errorf("%s is %q, want it alone or =true", key, value)
	}
	*field = true
	return nil
}

// split cuts a fate into keys and values.
func split(text string) ([][2]string, error) {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "{") {
		return splitJSON(text)
	}
	var out [][2]string
	for text != "" {
		end := strings.IndexAny(text, "= \t\n")
		if end < 0 {
			out = append(out, [2]string{text, ""})
			break
		}
		key, rest := text[:end], text[end:]
		value := ""
		if rest[0] == '=' {
			var err error
			if value, rest, err = scan(rest[1:]); err != nil {
				return nil, err
			}
		}
		out = append(out, [2]string{key, value})
		text = strings.TrimLeft(rest, " \t\n")
	}
	return out, nil
}

// scan reads one value, quoted or up to the next space.
func scan(text string) (value, rest string, err error) {
	if text != "" && (text[0] == '\'' || text[0] == '"') {
		end := strings.IndexByte(text[1:], text[0])
		if end < 0 {
			return "", "", fmt.Errorf("the quote before %q is not closed", text[1:])
		}
		return text[1 : 1+end], text[end+2:], nil
	}
	if end := strings.IndexAny(text, " \t\n"); end >= 0 {
		return text[:end], text[end:], nil
	}
	return text, "", nil
}

func splitJSON(text string) ([][2]string, error) {
	var members map[string]any
	if err := json.Unmarshal([]byte(text), &members); err != nil {
		return nil, fmt.Errorf("reading it as JSON: %w", err)
	}
	var out [][2]string
	for _, key := range slices.Sorted(maps.Keys(members)) {
		switch v := members[key].(type) {
		case string:
			out = append(out, [2]string{key, v})
		case float64:
			out = append(out, [2]string{key, strconv.FormatFloat(v, 'f', -1, 64)})
		case bool:
			if v {
				out = append(out, [2]string{key, "true"})
			}
		default:
			return nil, fmt.Errorf("%s is no text, number or boolean", key)
		}
	}
	return out, nil
}
