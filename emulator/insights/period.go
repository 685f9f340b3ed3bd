package insights

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// period is a length of time: a count of units.
type period struct {
	count int
	unit  string
}

// mostMillis bounds the times that are reckoned with.
const mostMillis = 1e14

// units are the names of the units of time, by the one name that is kept.
var units = map[string][]string{
	"ms": {"ms", "msec", "millisecond", "milliseconds"},
	"s":  {"s", "sec", "second", "seconds"},
	"m":  {"m", "min", "minute", "minutes"},
	"h":  {"h", "hr", "hour", "hours"},
	"d":  {"d", "day", "days"},
	"w":  {"w", "week", "weeks"},
	"mo": {"mo", "mon", "month", "months"},
	"q":  {"q", "qtr", "quarter", "quarters"},
	"y":  {"y", "yr", "year", "years"},
}

func (s *scanner) period() (period, error) {
	s.skip()
	start := s.pos
	digits := s.while(digit)
	s.skip()
	name := strings.ToLower(s.while(letter))
	count, err := strconv.Atoi(digits)
	if err == nil && count > 0 && count <= 1e6 {
		for _, unit := range []string{"ms", "s", "m", "h", "d", "w", "mo", "q", "y"} {
			for _, known := range units[unit] {
				if name == known {
					return period{count, unit}, nil
				}
			}
		}
	}
	return period{}, s.fail(start, s.pos, "expected a period such as 30s, 5m or 1h")
}

// floored is the beginning of the period that a time is in, or of the one after
// some more.
func floored(v value, p value, more int) value {
	ms, ok := v.asNumber()
	if !ok || math.Abs(ms) > mostMillis {
		return value{}
	}
	count, t := int64(p.number), time.UnixMilli(int64(ms)).UTC()
	months := map[string]int64{"mo": 1, "q": 3, "y": 12}[p.text] * count
	if months > 0 {
		since := int64(t.Year())*12 + int64(t.Month()) - 1
		begin := (since/months)*months + int64(more)*months
		first := time.Date(int(begin/12), time.Month(begin%12+1), 1, 0, 0, 0, 0, time.UTC)
		if more > 0 && since%months == 0 && t.Equal(time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)) {
			return at(t.UnixMilli())
		}
		return at(first.UnixMilli())
	}
	length := count * map[string]int64{"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 7 * 86_400_000}[p.text]
	begin := int64(math.Floor(ms/float64(length))) * length
	if more > 0 && float64(begin) != ms {
		begin += length
	}
	return at(begin)
}
