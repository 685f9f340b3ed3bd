package insights

import (
	"cmp"
	"math"
	"regexp"
	"strconv"
	"time"
)

type kind int

const (
	absent kind = iota
	number
	text
	moment // a number of milliseconds that is shown as a time
)

// value is what a field or an expression has.
type value struct {
	kind   kind
	number float64
	text   string
}

func numeric(n float64) value { return value{kind: number, number: n} }
func textual(s string) value  { return value{kind: text, text: s} }
func at(ms int64) value       { return value{kind: moment, number: float64(ms)} }

// truth is a condition's value.
func truth(holds bool) value {
	if holds {
		return numeric(1)
	}
	return numeric(0)
}

func (v value) holds() bool {
	n, ok := v.asNumber()
	return ok && n != 0 || v.kind == text && v.text == "true"
}

var numberRule = regexp.MustCompile(`^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$`)

// asNumber is the value as a number, which text may be, too.
func (v value) asNumber() (float64, bool) {
	switch v.kind {
	case number, moment:
		return v.number, true
	case text:
		if numberRule.MatchString(v.text) {
			n, err := strconv.ParseFloat(v.text, 64)
			return n, err == nil
		}
	case absent:
	}
	return 0, false
}

const shownTime = "2006-01-02 15:04:05.000"

// String is the value as results show it.
func (v value) String() string {
	switch v.kind {
	case number:
		return strconv.FormatFloat(v.number, 'f', -1, 64)
	case moment:
		return time.UnixMilli(int64(v.number)).UTC().Format(shownTime)
	case text:
		return v.text
	case absent:
	}
	return ""
}

// compare orders two values: numbers by size, all else as text, and what is absent last.
func compare(a, b value) int {
	if a.kind == absent || b.kind == absent {
		return cmp.Compare(b.kind, a.kind)
	}
	if x, ok := a.asNumber(); ok {
		if y, ok := b.asNumber(); ok {
			return cmp.Compare(x, y)
		}
	}
	return cmp.Compare(a.String(), b.String())
}

// computed is the result of arithmetic, of which nothing comes without a result.
func computed(n float64) value {
	if math.IsNaN(n) || math.IsInf(n, 0) {
		return value{}
	}
	return numeric(n)
}
