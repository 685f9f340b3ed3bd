package life

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"gantry/ecs"
)

// The kinds of log lines.
const (
	LinesWeb  = "web"  // the access log of a web server behind a load balancer
	LinesApp  = "app"  // a worker that reports what it did
	LinesNone = "none" // nothing
)

// Line is one log line of a container.
type Line struct {
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

// Between two lines of a container lie about seven seconds, as between the
// checks of two load balancer nodes every fifteen.
const linePeriod = 7 * time.Second

// linesEvery are the log lines of a container that was started then and stopped
// then (zero: it still runs), in the half-open window from..to, oldest first,
// at most limit of them (0: all). It is a pure function: any window costs only
// what lies in it, and overlapping windows agree.
func linesEvery(period time.Duration, seed uint64, task ecs.TaskID, container, kind string, started, stopped, from, to time.Time, limit int) []Line {
	if kind == LinesNone || started.IsZero() {
		return nil
	}
	if !stopped.IsZero() && stopped.Before(to) {
		to = stopped
	}
	first := int64(0)
	if from.After(started) {
		first = max(0, int64(from.Sub(started)/period)-1)
	}
	var out []Line
	for i := first; ; i++ {
		// A slot's line lies somewhere in the first half of the slot, so lines
		// keep the order of their slots.
		draw := drawLine(seed, task, container, i)
		slot := started.Add(time.Duration(i) * period)
		if !slot.Before(to) {
			return out
		}
		at := slot.Add(time.Duration(draw % uint64(max(1, period/2)))).Truncate(time.Millisecond)
		if at.Before(slot) {
			at = slot
		}
		if at.Before(from) || !at.Before(to) {
			continue
		}
		if limit > 0 && len(out) == limit {
			return out
		}
		out = append(out, Line{At: at, Text: lineText(kind, i, draw, at)})
	}
}

func drawLine(seed uint64, task ecs.TaskID, container string, slot int64) uint64 {
	h := sha256.New()
	fmt.Fprintf(h, "%d|%s|%s|%d", seed, task, container, slot)
	return binary.BigEndian.Uint64(h.Sum(nil)[:8])
}

func lineText(kind string, slot int64, draw uint64, at time.Time) string {
	if kind == LinesApp {
		what := []string{"processed batch %d in %d ms", "job %d done in %d ms", "queue polled, item %d took %d ms"}[draw>>32%3]
		return at.UTC().Format("2006-01-02T15:04:05.000Z ") + "INFO " + fmt.Sprintf(what, slot, 5+draw>>40%400)
	}
	// Two load balancer nodes check in turn; now and then somebody visits.
	client, request, agent, size := "10.0.0.1", "GET / HTTP/1.1", "ELB-HealthChecker/2.0", 612
	if slot%2 == 1 {
		client = "10.0.1.1"
	}
	if draw>>32%8 == 0 {
		client, agent = fmt.Sprintf("203.0.113.%d", 1+draw>>40%250), "Mozilla/5.0"
		request = []string{"GET /index.html HTTP/1.1", "GET /health HTTP/1.1", "GET /favicon.ico HTTP/1.1"}[draw>>48%3]
	}
	return fmt.Sprintf(`%s - - [%s] "%s" 200 %d "-" "%s"`, client, at.UTC().Format("02/Jan/2006:15:04:05 +0000"), request, size, agent)
}

// LogLines are the lines of a container with this fate, its last words
// included: a container that ended by itself says why. Exit is its exit code,
// nil while it runs or when it was never started.
func (f Fate) LogLines(seed uint64, task ecs.TaskID, container string, started, stopped time.Time, exit *int, from, to time.Time, limit int) []Line {
	kind, period := f.Lines, f.Period
	if kind == "" {
		kind = LinesWeb
	}
	if period <= 0 {
		period = linePeriod
	}
	out := linesEvery(period, seed, task, container, kind, started, stopped, from, to, limit)
	code, ends := f.Ends()
	if !ends || exit == nil || *exit != code || stopped.IsZero() || kind == LinesNone {
		return out
	}
	words := f.lastWords(code)
	for i, text := range words {
		at := stopped.Add(-time.Duration(len(words)-i) * time.Millisecond)
		if !at.Before(from) && at.Before(to) {
			out = append(out, Line{At: at, Text: text})
		}
	}
	slices.SortStableFunc(out, func(a, b Line) int { return a.At.Compare(b.At) })
	if limit > 0 && len(out) > limit {
		out = out[:limit]
	}
	return out
}

// lastWords are what a container logs before it ends by itself.
func (f Fate) lastWords(code int) []string {
	if f.Error != "" {
		return []string{f.Error}
	}
	switch code {
	case 0:
		return []string{"all work is done, exiting"}
	case outOfMemory:
		return []string{"Killed"}
	case 139:
		return []string{"Segmentation fault (core dumped)"}
	case 126:
		return []string{"exec /docker-entrypoint.sh: exec format error"}
	case 127:
		return []string{"/docker-entrypoint.sh: line 1: server: not found"}
	}
	return []string{
		"panic: cannot connect to the database: dial tcp 10.0.4.12:5432: connect: connection refused",
		"",
		"goroutine 1 [running]:",
		"main.main()",
		"\t/src/main.go:27 +0x1d5",
		fmt.Sprintf("exit status %d", code),
	}
}
