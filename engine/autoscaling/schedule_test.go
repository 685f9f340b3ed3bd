package autoscaling_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gantry/ecs"
	"gantry/engine/autoscaling"
)

// TestNext: birth is Monday, 23 November 2026, 06:00 UTC.
func TestNext(t *testing.T) {
	for _, tt := range []struct{ expression, zone, want string }{
		{"at(2026-11-25T08:00:00)", "", "Wed 2026-11-25 08:00:00"},
		{"at(2026-11-25T08:00:00)", "Etc/GMT+9", "Wed 2026-11-25 17:00:00"},
		{"at(2026-11-23T06:00:00)", "", "never"},
		{"rate(5 minutes)", "", "Mon 2026-11-23 06:05:00 Mon 2026-11-23 06:10:00"},
		{"rate(1 day)", "", "Tue 2026-11-24 06:00:00 Wed 2026-11-25 06:00:00"},
		{"cron(0 10 * * ? *)", "", "Mon 2026-11-23 10:00:00 Tue 2026-11-24 10:00:00"},
		{"cron(0 10 * * ? *)", "Etc/GMT-2", "Mon 2026-11-23 08:00:00 Tue 2026-11-24 08:00:00"},
		{"cron(0 18 ? * MON-FRI *)", "", "Mon 2026-11-23 18:00:00 Tue 2026-11-24 18:00:00"},
		{"cron(0 18 ? * FRI-MON *)", "", "Mon 2026-11-23 18:00:00 Fri 2026-11-27 18:00:00"},
		{"cron(0 18 ? * SAT-SUN *)", "", "Sat 2026-11-28 18:00:00 Sun 2026-11-29 18:00:00"},
		{"cron(0 22-2/2 * * ? *)", "", "Mon 2026-11-23 22:00:00 Tue 2026-11-24 00:00:00"},
		{"cron(0 2-0/2 1 DEC-JAN ? *)", "", "Tue 2026-12-01 00:00:00 Tue 2026-12-01 02:00:00"},
		{"cron(0 8 1 DEC-JAN ? *)", "", "Tue 2026-12-01 08:00:00 Fri 2027-01-01 08:00:00"},
		{"cron(0 8 1 * ? *)", "", "Tue 2026-12-01 08:00:00 Fri 2027-01-01 08:00:00"},
		{"cron(0/15 * * * ? *)", "", "Mon 2026-11-23 06:15:00 Mon 2026-11-23 06:30:00"},
		{"cron(0/5 8-17 ? * MON-FRI *)", "", "Mon 2026-11-23 08:00:00 Mon 2026-11-23 08:05:00"},
		{"cron(0 12 L * ? *)", "", "Mon 2026-11-30 12:00:00 Thu 2026-12-31 12:00:00"},
		{"cron(0 12 28W * ? *)", "", "Fri 2026-11-27 12:00:00 Mon 2026-12-28 12:00:00"},
		{"cron(0 12 1W 8 ? *)", "", "Mon 2027-08-02 12:00:00 Tue 2028-08-01 12:00:00"},
		{"cron(0 12 ? * 5L *)", "", "Thu 2026-11-26 12:00:00 Thu 2026-12-31 12:00:00"},
		{"cron(0 12 ? * 3#2 *)", "", "Tue 2026-12-08 12:00:00 Tue 2027-01-12 12:00:00"},
		{"cron(0 12 ? FEB,mar sun *)", "", "Sun 2027-02-07 12:00:00 Sun 2027-02-14 12:00:00"},
		{"cron(0 12 29 2 ? *)", "", "Tue 2028-02-29 12:00:00 Sun 2032-02-29 12:00:00"},
		{"cron(30 0 10 * * ? 2027)", "", "Fri 2027-01-01 10:00:30 Sat 2027-01-02 10:00:30"},
		{"cron(0 12 30 2 ? *)", "", "never"},
		{"cron(0 12 * * ? 2020)", "", "never"},
		{"at(0001-01-01T00:00:00)", "", "never"},
		{"at(9999-12-31T23:59:59)", "Etc/GMT+12", "never"},
		{"rate(60000 days)", "", "Thu 2191-03-03 06:00:00"},
		{"rate(106752 days)", "", "never"},
		{"rate(200000 days)", "", "never"},
		{"rate(2147483647 days)", "", "never"},
	} {
		s, err := autoscaling.ParseSchedule(tt.expression, tt.zone)
		if err != nil {
			t.Errorf("%s: %v", tt.expression, err)
			continue
		}
		got := "never"
		if first, ok := s.Next(birth, autoscaling.Window{Created: birth}); ok {
			got = first.Format("Mon 2006-01-02 15:04:05")
			if second, ok := s.Next(first, autoscaling.Window{Created: birth}); ok {
				got += second.Format(" Mon 2006-01-02 15:04:05")
			}
		}
		if got != tt.want {
			t.Errorf("%s %s: %s, want %s", tt.expression, tt.zone, got, tt.want)
		}
	}
}

// TestWindow: once at the start, then as the schedule says, never after the end.
func TestWindow(t *testing.T) {
	at := func(hours float64) time.Time { return birth.Add(time.Duration(hours * float64(time.Hour))) }
	w := autoscaling.Window{Created: birth, Start: at(1.5), End: at(4)}
	for expression, want := range map[string][]time.Time{
		"cron(0 * * * ? *)": {at(1.5), at(2), at(3), at(4)},
		"rate(1 hour)":      {at(1.5), at(2.5), at(3.5)},
	} {
		s, err := autoscaling.ParseSchedule(expression, "")
		if err != nil {
			t.Fatal(err)
		}
		var got []time.Time
		for now, ok := s.Next(birth, w); ok; now, ok = s.Next(now, w) {
			got = append(got, now)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v", expression, got, want)
		}
	}
}

// TestWindowFarAway: a rate that began longer ago than a time.Duration can tell
// still comes up next where it should, and one that starts after all years never.
func TestWindowFarAway(t *testing.T) {
	s, err := autoscaling.ParseSchedule("rate(7 days)", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		start time.Time
		want  string
	}{
		{time.Date(1600, 1, 1, 0, 0, 0, 0, time.UTC), "Sat 2026-11-28 00:00:00"},
		{time.Date(9999, 12, 31, 23, 59, 59, 0, time.FixedZone("", -12*3600)), "never"},
	} {
		got := "never"
		if next, ok := s.Next(birth, autoscaling.Window{Created: birth, Start: tt.start}); ok {
			got = next.Format("Mon 2006-01-02 15:04:05")
		}
		if got != tt.want {
			t.Errorf("from %s on: %s, want %s", tt.start, got, tt.want)
		}
	}
}

// FuzzParseSchedule: nothing panics, a refusal is a sentence, and what comes next
// is later than the time it follows, within the window, and can be saved.
func FuzzParseSchedule(f *testing.F) {
	f.Fuzz(func(t *testing.T, expression, zone string, after, start, end int64) {
		s, err := autoscaling.ParseSchedule(expression, zone)
		if err != nil {
			if err.Code != ecs.CodeValidation || err.Message == "" {
				t.Fatalf("%q: %#v", expression, err)
			}
			return
		}
		at := func(seconds int64) time.Time { // of the years that JSON has
			const span = 9998 * 365 * 24 * 3600
			return time.Unix(-62135596800+((seconds%span)+span)%span, 0).UTC()
		}
		w := autoscaling.Window{Created: birth}
		if start != 0 {
			w.Start = at(start)
		}
		if end != 0 {
			w.End = at(end)
		}
		now := at(after)
		for range 3 {
			next, ok := s.Next(now, w)
			if !ok {
				return
			}
			if _, err := next.MarshalJSON(); err != nil || !next.After(now) || s.Recurs() && !w.End.IsZero() && next.After(w.End) {
				t.Fatalf("%q: after %s comes %s, in %+v: %v", expression, now, next, w, err)
			}
			now = next
		}
	})
}

func TestRefusedSchedules(t *testing.T) {
	for _, tt := range []struct{ expression, zone, want string }{
		{"tomorrow", "", "at(…), rate(…) or cron(…)"},
		{"at(tomorrow)", "", "2026-11-25T08:00:00"},
		{"rate(0 minutes)", "", "positive"},
		{"rate(1 minutes)", "", "singular"},
		{"rate(2147483648 days)", "", "at most 2147483647"},
		{"rate(5 minute)", "", "singular"},
		{"rate(5 weeks)", "", "minute(s)"},
		{"cron(0 10 * * ?)", "", "six fields"},
		{"cron(60 10 * * ? *)", "", `"60" is no minutes`},
		{"cron(0 10 1 * MON *)", "", "has to be ?"},
		{"cron(0 10 ? * MON#6 *)", "", `"6"`},
		{"cron(0 10 * * ? 2030-2027)", "", "the years 2030-2027 end before they begin"},
		{"cron(0 10 * * ? *)", "Pacific/Tahiti", "Etc/GMT+9"},
	} {
		if _, err := autoscaling.ParseSchedule(tt.expression, tt.zone); err == nil || !strings.Contains(err.Message, tt.want) {
			t.Errorf("%s %s: %v, want a refusal with %q", tt.expression, tt.zone, err, tt.want)
		}
	}
}

// TestNextIncreases: the next occurrence is later than the time it follows, and
// nothing lies between: asked from any moment before it, it is the same.
func TestNextIncreases(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pick := func(name string, from ...string) string { return rapid.SampledFrom(from).Draw(t, name) }
		day, weekday := pick("day", "*", "1", "L", "15W", "10-20", "?"), "?"
		if day == "?" {
			weekday = pick("weekday", "*", "MON-FRI", "1", "6L", "2#1")
		}
		expression := "cron(" + strings.Join([]string{pick("minutes", "*", "0", "0/7", "5,50"), pick("hours", "*", "3", "8-17", "0/6"), day,
			pick("month", "*", "2", "JAN-MAR,12"), weekday, pick("year", "*", "2026-2040")}, " ") + ")"
		if rapid.Bool().Draw(t, "rate") {
			expression = fmt.Sprintf("rate(%d hours)", rapid.IntRange(2, 50).Draw(t, "hours"))
		}
		s, err := autoscaling.ParseSchedule(expression, pick("zone", "", "Etc/GMT+9", "Etc/GMT-5"))
		if err != nil {
			t.Fatal(err)
		}
		w := autoscaling.Window{Created: birth}
		now := birth.Add(time.Duration(rapid.Int64Range(0, int64(3*365*24*time.Hour)).Draw(t, "after")))
		for range 5 {
			next, ok := s.Next(now, w)
			if !ok {
				return
			}
			if !next.After(now) {
				t.Fatalf("%s: %s does not follow %s", expression, next, now)
			}
			between := now.Add(time.Duration(rapid.Int64Range(0, int64(next.Sub(now))-1).Draw(t, "between")))
			if again, _ := s.Next(between, w); !again.Equal(next) {
				t.Fatalf("%s: after %s comes %s, but after %s comes %s", expression, now, next, between, again)
			}
			now = next
		}
	})
}
