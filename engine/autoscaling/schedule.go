package autoscaling

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"gantry/ecs"
)

// Schedule is a schedule expression that was read [AAS: Scheduled scaling].
type Schedule struct {
	at    *time.Time // of at(…)
	every int64      // seconds, of rate(…)
	cron  *cron      // of cron(…)
	zone  *time.Location
}

// Window bounds the occurrences of a schedule. Recurring ones come up at the
// start, if there is one, and not after the end. A rate is counted from the
// start, or else from the creation, which the API leaves open.
type Window struct {
	Created    time.Time
	Start, End time.Time
}

// ParseSchedule reads at(yyyy-mm-ddThh:mm:ss), rate(VALUE UNIT) or
// cron(MINUTES HOURS DAY_OF_MONTH MONTH DAY_OF_WEEK YEAR), in a time zone that
// "" leaves at UTC.
func ParseSchedule(expression, timezone string) (Schedule, *ecs.Error) {
	zone, refusal := location(timezone)
	if refusal != nil {
		return Schedule{}, refusal
	}
	kind, rest, _ := strings.Cut(strings.TrimSpace(expression), "(")
	body, closed := strings.CutSuffix(rest, ")")
	s := Schedule{zone: zone}
	var err error
	switch {
	case !closed:
		err = fmt.Errorf("it has to be at(…), rate(…) or cron(…)")
	case kind == "at":
		at, unread := time.ParseInLocation("2006-01-02T15:04:05", body, zone)
		if s.at = &at; unread != nil {
			err = fmt.Errorf("at needs a time such as 2026-11-25T08:00:00")
		}
	case kind == "rate":
		s.every, err = parseRate(body)
	case kind == "cron":
		s.cron, err = parseCron(body)
	default:
		err = fmt.Errorf("it has to be at(…), rate(…) or cron(…)")
	}
	if err != nil {
		return Schedule{}, refuse("Schedule expression %q is not valid: %s.", expression, err)
	}
	return s, nil
}

// Recurs reports whether the schedule comes up more than once.
func (s Schedule) Recurs() bool { return s.at == nil }

// Next is the first occurrence after a time; ok is false when there is none.
// What cron expressions say of years holds for all: after 2199 nothing comes up.
func (s Schedule) Next(after time.Time, w Window) (next time.Time, ok bool) {
	ok = true
	switch {
	case s.at != nil:
		next, ok = *s.at, s.at.After(after)
	case w.Start.After(after):
		next = w.Start
	case s.cron != nil:
		next, ok = s.cron.next(after.In(s.zone))
	case w.Start.IsZero():
		next = every(s.every, w.Created, after)
	default:
		next = every(s.every, w.Start, after)
	}
	if next = next.UTC(); !ok || next.Year() > lastYear || s.Recurs() && !w.End.IsZero() && next.After(w.End) {
		return time.Time{}, false
	}
	return next, true
}

// every is the first moment after a time that is a number of times so many seconds
// from the first one. It is counted in whole seconds because a time.Duration ends
// at 292 years.
func every(seconds int64, first, after time.Time) time.Time {
	nth := func(n int64) time.Time {
		return time.Unix(first.Unix()+n*seconds, int64(first.Nanosecond()))
	}
	n := max(1, (after.Unix()-first.Unix())/seconds)
	if next := nth(n); next.After(after) {
		return next
	}
	return nth(n + 1)
}

// parseRate reads "5 minutes" as seconds: a positive whole number and a unit,
// which is singular for one.
func parseRate(body string) (int64, error) {
	count, unit, _ := strings.Cut(strings.TrimSpace(body), " ")
	n, err := strconv.ParseInt(count, 10, 64)
	switch {
	case err != nil || n < 1:
		return 0, fmt.Errorf("rate needs a positive whole number and minute(s), hour(s) or day(s)")
	case n > math.MaxInt32:
		return 0, fmt.Errorf("the number of a rate is at most %d", math.MaxInt32)
	}
	unit = strings.TrimSpace(unit)
	if plural := strings.HasSuffix(unit, "s"); plural == (n == 1) {
		return 0, fmt.Errorf("the unit of a rate is singular for 1 and plural for more")
	}
	const minute, hour, day = 60, 3600, 24 * 3600
	switch strings.TrimSuffix(unit, "s") {
	case "minute":
		return n * minute, nil
	case "hour":
		return n * hour, nil
	case "day":
		return n * day, nil
	}
	return 0, fmt.Errorf("the unit of a rate is minute(s), hour(s) or day(s)")
}

// location is a time zone that needs no file to be known: UTC, or a fixed
// offset such as Etc/GMT+9, which is nine hours behind UTC. Others are refused:
// when daylight saving time begins and ends is data that the engine has not got.
func location(name string) (*time.Location, *ecs.Error) {
	switch name {
	case "", "UTC", "Etc/UTC", "GMT", "Etc/GMT", "Zulu", "Etc/Zulu", "Universal", "Etc/Universal":
		return time.UTC, nil
	}
	if offset, ok := strings.CutPrefix(name, "Etc/GMT"); ok {
		if n, err := strconv.Atoi(offset); err == nil && n >= -14 && n <= 12 {
			return time.FixedZone(name, -n*3600), nil
		}
	}
	return nil, refuse("Time zone %q is not known here: use UTC or a fixed offset such as Etc/GMT+9.", name)
}
