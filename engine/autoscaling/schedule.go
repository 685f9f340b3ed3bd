package autoscaling

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"gantry/ecs"
)

// Schedule is a schedule expression that was read [AAS: Scheduled scaling].
type Schedule struct {
	at    time.Time     // of at(…)
	every time.Duration // of rate(…)
	cron  *cron         // of cron(…)
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
		s.at, err = time.ParseInLocation("2006-01-02T15:04:05", body, zone)
		if err != nil {
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
func (s Schedule) Recurs() bool { return s.at.IsZero() }

// Next is the first occurrence after a time; ok is false when there is none.
func (s Schedule) Next(after time.Time, w Window) (next time.Time, ok bool) {
	if !s.Recurs() {
		return s.at.UTC(), s.at.After(after)
	}
	switch {
	case !w.Start.IsZero() && w.Start.After(after):
		next = w.Start
	case s.every > 0:
		from := w.Created
		if !w.Start.IsZero() {
			from = w.Start
		}
		next = from.Add(s.every)
		if !next.After(after) {
			next = from.Add((after.Sub(from)/s.every + 1) * s.every)
		}
	default:
		if next, ok = s.cron.next(after.In(s.zone)); !ok {
			return time.Time{}, false
		}
	}
	if !w.End.IsZero() && next.After(w.End) {
		return time.Time{}, false
	}
	return next.UTC(), true
}

// parseRate reads "5 minutes": a positive whole number and a unit, which is
// singular for one.
func parseRate(body string) (time.Duration, error) {
	count, unit, _ := strings.Cut(strings.TrimSpace(body), " ")
	n, err := strconv.Atoi(count)
	if err != nil || n < 1 || n > 1_000_000 {
		return 0, fmt.Errorf("rate needs a positive whole number and minute(s), hour(s) or day(s)")
	}
	unit = strings.TrimSpace(unit)
	if plural := strings.HasSuffix(unit, "s"); plural == (n == 1) {
		return 0, fmt.Errorf("the unit of a rate is singular for 1 and plural for more")
	}
	switch strings.TrimSuffix(unit, "s") {
	case "minute":
		return time.Duration(n) * time.Minute, nil
	case "hour":
		return time.Duration(n) * time.Hour, nil
	case "day":
		return time.Duration(n) * 24 * time.Hour, nil
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
