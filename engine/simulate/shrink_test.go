package simulate_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// shrink looks for a smaller history that breaks the same law: with fewer events,
// then without the decorations that do not matter, then with shorter waits.
func shrink(p *played, broken *brokenLaw, deadline time.Time) (*played, *brokenLaw) {
	s := &shrinker{p, broken, deadline}
	for again := true; again; {
		again = s.drop()
		again = s.undress() || again
		again = s.hurry() || again
	}
	return s.played, s.broken
}

type shrinker struct {
	*played
	broken   *brokenLaw
	deadline time.Time
}

// try keeps a history that breaks the law too.
func (s *shrinker) try(history []event) bool {
	if time.Now().After(s.deadline) {
		return false
	}
	p := s.with(history)
	broken := p.check()
	if broken == nil || broken.law != s.broken.law {
		return false
	}
	s.played, s.broken = p, broken
	return true
}

// drop leaves events out: half of them at once, a quarter, one.
func (s *shrinker) drop() (progress bool) {
	for size := max(1, len(s.history)/2); size > 0; size /= 2 {
		for i := 0; i+size <= len(s.history); {
			if s.try(without(s.history, i, size, true)) || s.try(without(s.history, i, size, false)) {
				progress = true
			} else {
				i += size
			}
		}
	}
	return progress
}

// without is a history without some events. What comes later comes when it did,
// or it does not wait for what is gone.
func without(history []event, from, count int, wait bool) []event {
	out := slices.Clone(history)
	if wait && from+count < len(out) {
		for _, e := range out[from : from+count] {
			out[from+count].after += e.after
		}
	}
	return slices.Delete(out, from, from+count)
}

// undress leaves decorations out.
func (s *shrinker) undress() (progress bool) {
	for i := range s.history {
		names := slices.Compact(slices.Sorted(slices.Values(s.decorated[s.history[i].index])))
		if len(names) > 0 {
			progress = s.undressOne(i, names) || progress
		}
	}
	return progress
}

func (s *shrinker) undressOne(i int, names []string) (progress bool) {
	only := func(names []string) []event {
		out := slices.Clone(s.history)
		out[i].only = map[string]bool{}
		for _, name := range names {
			out[i].only[name] = true
		}
		return out
	}
	if s.try(only(nil)) {
		return true
	}
	for j := 0; j < len(names); {
		rest := slices.Delete(slices.Clone(names), j, j+1)
		if s.try(only(rest)) {
			names, progress = rest, true
		} else {
			j++
		}
	}
	return progress
}

// hurry makes waits shorter, or rounder.
func (s *shrinker) hurry() (progress bool) {
	for i := range s.history {
		is := s.history[i].after
		for _, d := range []time.Duration{0, time.Second, 10 * time.Second, time.Minute, is.Truncate(time.Minute), is.Truncate(time.Second)} {
			if d >= is {
				continue
			}
			out := slices.Clone(s.history)
			out[i].after = d
			if s.try(out) {
				progress = true
				break
			}
		}
	}
	return progress
}

// keepText writes the events of a history for keep: the index of each, its wait
// when it is not the generated one, and its decorations when they are not all.
func keepText(p *played) string {
	whole := generate(p.seed, p.features)
	var out []string
	for _, e := range p.history {
		text := strconv.Itoa(e.index)
		if e.after != whole[e.index].after {
			text += "@" + e.after.String()
		}
		if e.only != nil {
			text += ":" + strings.Join(slices.Sorted(maps.Keys(e.only)), "+")
		}
		out = append(out, text)
	}
	return strings.Join(out, ",")
}

// keep is a play of some of its events only, such as 0,3@10s,5:fate+size.
func keep(p *played, text string) (*played, error) {
	whole := generate(p.seed, p.features)
	var history []event
	for item := range strings.SplitSeq(text, ",") {
		item, names, dressed := strings.Cut(item, ":")
		item, wait, waits := strings.Cut(item, "@")
		i, err := strconv.Atoi(item)
		if err != nil || i < 0 || i >= len(whole) {
			return nil, fmt.Errorf("%q is no event: want a number below %d", item, len(whole))
		}
		e := whole[i]
		if waits {
			if e.after, err = time.ParseDuration(wait); err != nil {
				return nil, err
			}
		}
		if dressed {
			e.only = map[string]bool{}
			for _, name := range strings.FieldsFunc(names, func(r rune) bool { return r == '+' }) {
				e.only[name] = true
			}
		}
		history = append(history, e)
	}
	return p.with(history), nil
}

// replay is the command that plays it again.
func replay(p *played, kept bool) string {
	line := fmt.Sprintf("%s=%d ", envSeed, p.seed)
	if kept {
		line += fmt.Sprintf("%s='%s' ", envKeep, keepText(p))
	}
	line += "go test ./engine/simulate -run TestLaws -count=1"
	if raceDetector {
		line += " -race"
	}
	return line
}

// TestShrink breaks a law that is none: that no service with side containers is
// drained from. Its story has four events at most, and the line replays it.
func TestShrink(t *testing.T) {
	silly := &feature{name: "silly", watch: func(l *laws) watcher {
		return watcher{moment: func(string) {
			for _, id := range l.live {
				if len(l.tasks[id].task.Containers) > 1 && l.verb.name == "drain" {
					l.fail("task %s has a side container, and somebody drains", id)
				}
			}
		}}
	}}
	p, broken := brokenPlay(silly)
	if p == nil {
		t.Fatal("no world breaks the law")
	}
	before := len(p.history)
	p, broken = shrink(p, broken, time.Now().Add(time.Minute))
	t.Logf("%d events, then %d\n%s", before, len(p.history), story(p, broken))
	if len(p.history) > 4 || len(p.history) >= before {
		t.Errorf("%d of %d events are left", len(p.history), before)
	}
	again, err := keep(newPlayedOf(p.seed, p.features), keepText(p))
	if err != nil {
		t.Fatal(err)
	}
	if got := again.check(); got == nil || got.text != broken.text {
		t.Errorf("%s breaks %v, want %v", keepText(p), got, broken)
	}
	if _, err := keep(p, "9999"); err == nil {
		t.Error("an event that is not there is kept")
	}
}

// brokenPlay is the first world that breaks a feature's law.
func brokenPlay(f *feature) (*played, *brokenLaw) {
	for seed := range uint64(500) {
		p := newPlayedOf(seed, append(featuresOf(seed), f))
		if broken := p.check(); broken != nil {
			return p, broken
		}
	}
	return nil, nil
}
