package logs_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gantry/logs"
)

var epoch = time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)

// A follower over any history of lines that arrive late, passes that break off,
// pages that end anywhere and streams that join in between shows every line exactly
// once, and each pass in order.
func TestFollowerLosesNothingAndShowsNothingTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const lookback = time.Minute
		passes := rapid.SliceOfN(rapid.IntRange(1, 40), 2, 25).Draw(t, "seconds between passes")
		joins := map[string]int{"a": 0, "b": rapid.IntRange(0, 5).Draw(t, "b joins at pass")}
		withIDs := rapid.Bool().Draw(t, "ids")

		type arrival struct {
			at    time.Time
			event logs.Event
		}
		var arrivals []arrival
		span := 0
		for _, p := range passes {
			span += p
		}
		n := rapid.IntRange(0, 60).Draw(t, "lines")
		for i := range n {
			written := rapid.IntRange(-20, span).Draw(t, "written")
			late := rapid.IntRange(0, int(lookback/time.Second)).Draw(t, "late")
			e := logs.Event{
				Group: "g", Stream: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "stream"),
				Timestamp: epoch.Add(time.Duration(written) * time.Second), Message: rapid.SampledFrom([]string{"x", "y"}).Draw(t, "message"),
			}
			e.Ingestion = e.Timestamp.Add(time.Duration(late) * time.Second)
			if withIDs {
				e.ID = fmt.Sprint(i)
			}
			arrivals = append(arrivals, arrival{e.Ingestion, e})
		}

		f := logs.NewFollower(epoch, lookback)
		shown := map[logs.Event]int{}
		now, passed := epoch, 0
		pass := func(breaks int) {
			var streams []logs.Stream
			for _, name := range []string{"a", "b"} {
				if passed >= joins[name] {
					streams = append(streams, logs.Stream{Group: "g", Name: name})
				}
			}
			var sequences []seq
			for _, q := range f.Begin(now, streams) {
				var page []logs.Event
				for _, a := range arrivals {
					if slices.Contains(q.Streams, a.event.Stream) && !a.at.After(now) && !a.event.Timestamp.Before(q.Start) {
						page = append(page, a.event)
					}
				}
				slices.SortStableFunc(page, logs.Compare)
				sequences = append(sequences, of(page...))
			}
			var last time.Time
			taken := 0
			for e, err := range logs.Merge(sequences...) {
				if err != nil {
					t.Fatal(err)
				}
				if taken++; breaks >= 0 && taken > breaks {
					return // the pass breaks off
				}
				if e, fresh := f.Take(e); fresh {
					if e.Timestamp.Before(last) {
						t.Fatalf("%v came after %v in one pass", e.Timestamp, last)
					}
					last, e.Late = e.Timestamp, false
					shown[e]++
				}
			}
			f.Done()
		}
		for i, seconds := range passes {
			now = now.Add(time.Duration(seconds) * time.Second)
			breaks := -1
			if i%3 == 1 && withIDs {
				breaks = rapid.IntRange(0, 5).Draw(t, "breaks after")
			}
			pass(breaks)
			passed++
		}
		now, passed = now.Add(lookback), 99 // the rest arrives
		pass(-1)

		want := map[logs.Event]int{}
		for _, a := range arrivals {
			if !a.event.Timestamp.Before(epoch) {
				want[a.event]++
			}
		}
		for e, n := range want {
			if shown[e] != n {
				t.Errorf("%+v was shown %d times, want %d", e, shown[e], n)
			}
		}
		for e := range shown {
			if want[e] == 0 {
				t.Errorf("%+v was shown and never written", e)
			}
		}
	})
}

func TestFollowerMarksLateLines(t *testing.T) {
	f := logs.NewFollower(time.Time{}, 0)
	f.Begin(epoch, []logs.Stream{{Group: "g", Name: "a"}})
	first, _ := f.Take(logs.Event{ID: "1", Timestamp: epoch})
	second, _ := f.Take(logs.Event{ID: "2", Timestamp: epoch.Add(-time.Second)})
	if first.Late || !second.Late {
		t.Errorf("late: %v, %v", first.Late, second.Late)
	}
}

func TestFollowerAsksInBatches(t *testing.T) {
	f := logs.NewFollower(epoch, time.Minute)
	var streams []logs.Stream
	for i := range logs.MaxStreams + 1 {
		streams = append(streams, logs.Stream{Group: "g", Name: fmt.Sprint(i)})
	}
	streams = append(streams, streams[0], logs.Stream{Group: "h", Name: "x"})
	queries := f.Begin(epoch.Add(time.Hour), streams)
	if len(queries) != 3 || len(queries[0].Streams) != logs.MaxStreams || len(queries[1].Streams) != 1 || queries[2].Group != "h" {
		t.Fatalf("got %d queries", len(queries))
	}
	f.Done()
	// The next pass goes back a lookback only; a stream that is new starts at the start.
	queries = f.Begin(epoch.Add(2*time.Hour), []logs.Stream{streams[0], {Group: "g", Name: "new"}})
	if len(queries) != 2 || !queries[0].Start.Equal(epoch) || !queries[1].Start.Equal(epoch.Add(time.Hour-time.Minute)) {
		t.Errorf("got %+v", queries)
	}
}

// What was shown is forgotten once no pass can bring it again, or a follower would
// grow for ever.
func TestFollowerForgets(t *testing.T) {
	f := logs.NewFollower(epoch, time.Minute)
	a := []logs.Stream{{Group: "g", Name: "a"}}
	f.Begin(epoch, a)
	old := logs.Event{ID: "1", Timestamp: epoch}
	if _, fresh := f.Take(old); !fresh {
		t.Fatal("the first line is not fresh")
	}
	f.Done()
	f.Begin(epoch.Add(30*time.Second), a)
	if _, fresh := f.Take(old); fresh {
		t.Error("a line within the lookback was shown twice")
	}
	f.Done()
	f.Begin(epoch.Add(time.Hour), a)
	f.Done()
	if _, fresh := f.Take(old); !fresh {
		t.Error("a line that no query can bring is still remembered")
	}
}
