package autoscaling

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// cron is a cron expression with Amazon's six fields, or seven with the seconds
// in front [AAS: Schedule recurring scaling actions using cron expressions].
type cron struct {
	seconds, minutes, hours, months field
	years                           field
	days                            field // of the month
	weekdays                        field // 1 is Sunday
	lastDay                         bool  // L in the day of the month
	nearest                         []int // 15W: the weekday nearest to the 15th
	lastWeekday                     []int // 5L: the last Thursday
	nth                             [][2]int
}

// field is the values that a field allows, sorted; empty allows all.
type field []int

func (f field) has(n int) bool {
	return len(f) == 0 || slices.Contains(f, n)
}

// firstYear and lastYear are the years that cron expressions know.
const (
	firstYear = 1970
	lastYear  = 2199
)

// yearField is the name of their field.
const yearField = "year"

func monthNames() []string {
	return []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}
}

func weekdayNames() []string {
	return []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}
}

func parseCron(body string) (*cron, error) {
	fields := strings.Fields(strings.ToUpper(body))
	c := &cron{seconds: field{0}}
	if len(fields) == 7 {
		var err error
		if c.seconds, err = parseField(fields[0], "seconds", 0, 59, nil); err != nil {
			return nil, err
		}
		fields = fields[1:]
	}
	if len(fields) != 6 {
		return nil, fmt.Errorf("cron needs six fields: minutes, hours, day of month, month, day of week, year")
	}
	for _, f := range []struct {
		into        *field
		text, name  string
		least, most int
		names       []string
	}{
		{&c.minutes, fields[0], "minutes", 0, 59, nil},
		{&c.hours, fields[1], "hours", 0, 23, nil},
		{&c.months, fields[3], "month", 1, 12, monthNames()},
		{&c.years, fields[5], yearField, firstYear, lastYear, nil},
	} {
		var err error
		if *f.into, err = parseField(f.text, f.name, f.least, f.most, f.names); err != nil {
			return nil, err
		}
	}
	if err := c.parseDays(fields[2]); err != nil {
		return nil, err
	}
	if err := c.parseWeekdays(fields[4]); err != nil {
		return nil, err
	}
	if free := func(text string) bool { return text == "*" || text == "?" }; !free(fields[2]) && !free(fields[4]) {
		return nil, fmt.Errorf("either the day of month or the day of week has to be ?")
	}
	return c, nil
}

func (c *cron) parseDays(text string) error {
	if text == "?" {
		return nil
	}
	var plain []string
	for item := range strings.SplitSeq(text, ",") {
		day, nearest := strings.CutSuffix(item, "W")
		switch {
		case item == "L":
			c.lastDay = true
		case nearest:
			n, err := value(day, "day of month", 1, 31, nil)
			if err != nil {
				return err
			}
			c.nearest = append(c.nearest, n)
		default:
			plain = append(plain, item)
		}
	}
	return c.plain(&c.days, plain, "day of month", 1, 31, nil, c.lastDay || len(c.nearest) > 0)
}

func (c *cron) parseWeekdays(text string) error {
	if text == "?" {
		return nil
	}
	const name = "day of week"
	var plain []string
	for item := range strings.SplitSeq(text, ",") {
		last, isLast := strings.CutSuffix(item, "L")
		day, nth, isNth := strings.Cut(item, "#")
		switch {
		case item == "L":
			plain = append(plain, "7")
		case isLast:
			n, err := value(last, name, 1, 7, weekdayNames())
			if err != nil {
				return err
			}
			c.lastWeekday = append(c.lastWeekday, n)
		case isNth:
			n, err := value(day, name, 1, 7, weekdayNames())
			if err != nil {
				return err
			}
			k, err := value(nth, name, 1, 5, nil)
			if err != nil {
				return err
			}
			c.nth = append(c.nth, [2]int{n, k})
		default:
			plain = append(plain, item)
		}
	}
	return c.plain(&c.weekdays, plain, name, 1, 7, weekdayNames(), len(c.lastWeekday)+len(c.nth) > 0)
}

// plain reads the items of a field that are nothing special. A field of special
// items only allows no other day.
func (c *cron) plain(into *field, items []string, name string, least, most int, names []string, special bool) error {
	if len(items) == 0 {
		if special {
			*into = field{0}
		}
		return nil
	}
	f, err := parseField(strings.Join(items, ","), name, least, most, names)
	*into = f
	return err
}

// parseField reads "*", "5", "1-5", "0/15", "MON-FRI" and lists of them. A range
// that ends before it begins goes on from the start, as FRI-MON and 22-2 do in
// Quartz, whose form this is; what Amazon says of it is not documented. Years
// alone do not begin again.
func parseField(text, name string, least, most int, names []string) (field, error) {
	if text == "*" {
		return nil, nil
	}
	var out field
	for item := range strings.SplitSeq(text, ",") {
		span, step, stepped := strings.Cut(item, "/")
		every := 1
		if stepped {
			var err error
			if every, err = value(step, name, 1, most, nil); err != nil {
				return nil, err
			}
		}
		from, to := least, most
		if span != "*" {
			low, high, ranged := strings.Cut(span, "-")
			var err error
			if from, err = value(low, name, least, most, names); err != nil {
				return nil, err
			}
			switch {
			case ranged:
				if to, err = value(high, name, least, most, names); err != nil {
					return nil, err
				}
				if to < from && name == yearField {
					return nil, fmt.Errorf("the years %s end before they begin", span)
				}
			case !stepped:
				to = from
			}
		}
		round := most - least + 1
		if to < from {
			to += round
		}
		for n := from; n <= to; n += every {
			out = append(out, least+(n-least)%round)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

func value(text, name string, least, most int, names []string) (int, error) {
	n := slices.Index(names, text) + 1
	if n == 0 {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			n = -1
		}
	}
	if n < least || n > most {
		return 0, fmt.Errorf("%q is no %s from %d to %d", text, name, least, most)
	}
	return n, nil
}

// next is the first moment after a time that the expression allows, in the
// time's zone.
func (c *cron) next(after time.Time) (time.Time, bool) {
	zone := after.Location()
	t := after.Truncate(time.Second).Add(time.Second)
	for t.Year() <= lastYear {
		y, m, d := t.Date()
		switch {
		case !c.years.has(y):
			t = time.Date(y+1, 1, 1, 0, 0, 0, 0, zone)
		case !c.months.has(int(m)):
			t = time.Date(y, m+1, 1, 0, 0, 0, 0, zone)
		case !c.allows(t):
			t = time.Date(y, m, d+1, 0, 0, 0, 0, zone)
		case !c.hours.has(t.Hour()):
			t = time.Date(y, m, d, t.Hour()+1, 0, 0, 0, zone)
		case !c.minutes.has(t.Minute()):
			t = time.Date(y, m, d, t.Hour(), t.Minute()+1, 0, 0, zone)
		case !c.seconds.has(t.Second()):
			t = t.Add(time.Second)
		default:
			return t, true
		}
	}
	return time.Time{}, false
}

// allows reports whether the day is one of the expression's.
func (c *cron) allows(t time.Time) bool {
	day, last := t.Day(), time.Date(t.Year(), t.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
	weekday := int(t.Weekday()) + 1
	inMonth := c.days.has(day) || c.lastDay && day == last ||
		slices.ContainsFunc(c.nearest, func(n int) bool { return day == nearestWeekday(t, min(n, last), last) })
	inWeek := c.weekdays.has(weekday) ||
		slices.ContainsFunc(c.lastWeekday, func(n int) bool { return n == weekday && day+7 > last }) ||
		slices.ContainsFunc(c.nth, func(n [2]int) bool { return n[0] == weekday && (day-1)/7+1 == n[1] })
	return inMonth && inWeek
}

// nearestWeekday is the day of t's month from Monday to Friday that is nearest
// to a day, without leaving the month.
func nearestWeekday(t time.Time, day, last int) int {
	switch time.Date(t.Year(), t.Month(), day, 0, 0, 0, 0, time.UTC).Weekday() {
	case time.Saturday:
		if day == 1 {
			return 3
		}
		return day - 1
	case time.Sunday:
		if day == last {
			return day - 2
		}
		return day + 1
	}
	return day
}
