package cmd

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// span is a flag's span of time: as Go writes one, with days and weeks in front
// if need be: 1h30m, 2d, 1w2d12h.
type span time.Duration

// String is the span; none is no text, so that the help shows no default.
func (s *span) String() string {
	if *s == 0 {
		return ""
	}
	return time.Duration(*s).String()
}

// Type is the word for a value in the help.
func (s *span) Type() string { return "duration" }

// Set reads the flag's text.
func (s *span) Set(text string) error {
	total, rest := time.Duration(0), text
	for _, unit := range []struct {
		sign string
		long time.Duration
	}{{"w", 7 * 24 * time.Hour}, {"d", 24 * time.Hour}} {
		number, after, found := strings.Cut(rest, unit.sign)
		if !found {
			continue
		}
		n, err := strconv.ParseFloat(number, 64)
		if err != nil {
			return notSpan(text)
		}
		total, rest = total+time.Duration(n*float64(unit.long)), after
	}
	if rest != "" {
		d, err := time.ParseDuration(rest)
		if err != nil {
			return notSpan(text)
		}
		total += d
	} else if text == "" {
		return notSpan(text)
	}
	*s = span(total)
	return nil
}

func notSpan(text string) error {
	return fmt.Errorf("%q is no span of time such as 90s, 2h30m or 3d", text)
}
