package query

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
	"time"
)

// compile reads the argument for what the subject and the operator want. It
// returns what is wrong, or "".
func (n *node) compile() string {
	value := n.values[0]
	if n.op.takesPattern() {
		return n.compilePattern(value)
	}
	switch n.subject {
	case runningTasksCountSubject:
		number, err := strconv.Atoi(value)
		if err != nil {
			return fmt.Sprintf("runningTasksCount is a whole number, which %q is not", value)
		}
		n.number = number
	case agentVersionSubject:
		v, ok := parseVersion(value)
		if !ok {
			return fmt.Sprintf("agentVersion is a version such as 1.14.5, which %q is not", value)
		}
		n.version = v
	case registeredAtSubject:
		moment, ok := parseMoment(value)
		if !ok {
			return fmt.Sprintf("registeredAt is a time such as 2018-06-18 or 2018-06-18T22:28:28Z, which %q is not", value)
		}
		n.moment = moment
	}
	return ""
}

func (n *node) compilePattern(pattern string) string {
	// On its own first: "a)(b" must not lean on the parentheses around it.
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err == nil && weight(tree) > maxWeight {
		if once(tree) > maxWeight {
			return fmt.Sprintf("the regular expression %q has too many classes of characters; use . or smaller ones such as [a-z]", pattern)
		}
		return fmt.Sprintf("the regular expression %q repeats too much; use * or + in place of large counts", pattern)
	}
	if err == nil {
		n.pattern, err = regexp.Compile(`\A(?:` + pattern + `)\z`)
	}
	if around := looksAround(err); around != "" {
		return fmt.Sprintf("the pattern looks around with %s, which is not supported here; write it without, or use two expressions joined by and", around)
	}
	if err != nil {
		return fmt.Sprintf("the regular expression %q cannot be read: %s", pattern, strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	return ""
}

// looksAround is the look around that a pattern cannot be read for, or "". The
// characters alone say nothing: in a\(?=b there is none.
func looksAround(err error) string {
	var bad *syntax.Error
	if errors.As(err, &bad) {
		for _, p := range []string{"(?=", "(?!", "(?<=", "(?<!"} {
			if strings.HasPrefix(bad.Expr, p) {
				return p
			}
		}
	}
	return ""
}

// maxWeight keeps a short pattern such as (a{1000}){1000} from taking seconds
// and hundreds of megabytes to compile. No pattern of 2000 characters without
// counts weighs as much.
const maxWeight = 20_000

// weight is about how many instructions a pattern compiles to.
func weight(re *syntax.Regexp) int {
	total := 1 + len(re.Rune)
	for _, sub := range re.Sub {
		total += weight(sub)
	}
	if re.Op == syntax.OpRepeat {
		total *= max(re.Min, re.Max, 1)
	}
	return min(total, maxWeight+1) // so that it cannot overflow
}

// once is the weight of a pattern if nothing in it were repeated.
func once(re *syntax.Regexp) int {
	total := 1 + len(re.Rune)
	for _, sub := range re.Sub {
		total += once(sub)
	}
	return min(total, maxWeight+1)
}

// parseMoment reads the four forms of ECS semantics 1.3 [DG]. Without an offset the time is UTC.
func parseMoment(text string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// version is a dotted version, with or without a leading v. What follows a - or
// a + (1.0.0-rc1) is not compared.
type version []int

func parseVersion(text string) (version, bool) {
	text = strings.TrimPrefix(text, "v")
	if i := strings.IndexAny(text, "-+"); i >= 0 {
		text = text[:i]
	}
	var v version
	for part := range strings.SplitSeq(text, ".") {
		n, err := strconv.ParseUint(part, 10, 31)
		if err != nil {
			return nil, false
		}
		v = append(v, int(n))
	}
	return v, true
}

// compare goes component by component; a missing one is 0.
func (v version) compare(o version) int {
	for i := range max(len(v), len(o)) {
		a, b := 0, 0
		if i < len(v) {
			a = v[i]
		}
		if i < len(o) {
			b = o[i]
		}
		if a != b {
			return cmp.Compare(a, b)
		}
	}
	return 0
}

// compareText orders the values of an attribute.
func compareText(a, b string) int {
	x, okX := parseNumber(a)
	y, okY := parseNumber(b)
	if okX && okY {
		return cmp.Compare(x, y)
	}
	v, okV := parseVersion(a)
	w, okW := parseVersion(b)
	if okV && okW {
		return v.compare(w)
	}
	return strings.Compare(a, b)
}

func parseNumber(text string) (float64, bool) {
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil && !math.IsNaN(f)
}
