package insights

import (
	"maps"
	"math"
	"strings"
	"unicode/utf8"
)

// function is one function of the language.
type function struct {
	least, most int  // how many arguments; most is -1 without a bound
	period      bool // the last argument is a period, such as 5m
	aggregate   bool
	eval        func(args []node, in scope) value
}

// function reads the arguments of a function, whose parenthesis is open.
func (s *scanner) function(start int, name string) (node, error) {
	f, known := functions()[strings.ToLower(name)]
	if !known {
		return node{}, s.fail(start, start+len(name), "there is no function %s", name)
	}
	if f.aggregate {
		if !s.stats {
			return node{}, s.fail(start, start+len(name), "%s stands only in stats", name)
		}
		s.aggregates++
		s.stats = false // no aggregate within an aggregate
		defer func() { s.stats = true }()
	}
	n := node{op: "call", name: name, call: f}
	for !s.take(")") {
		if len(n.args) > 0 && !s.take(",") {
			return n, s.expected("a comma or )")
		}
		if f.period && len(n.args) == f.most-1 {
			p, err := s.period()
			if err != nil {
				return n, err
			}
			n.args = append(n.args, node{op: "value", value: value{kind: text, text: p.unit, number: float64(p.count)}})
			continue
		}
		if f.aggregate && len(n.args) == 0 && s.take("*") {
			if !strings.EqualFold(name, "count") {
				return n, s.fail(s.pos-1, s.pos, "only count has *")
			}
			n.args = append(n.args, node{op: "value", value: numeric(1)})
			continue
		}
		arg, err := s.or()
		if err != nil {
			return n, err
		}
		n.args = append(n.args, arg)
	}
	if len(n.args) < f.least || f.most >= 0 && len(n.args) > f.most {
		return n, s.fail(start, s.pos, "%s has %d arguments, which is not what it takes", name, len(n.args))
	}
	return n, nil
}

func functions() map[string]function {
	all := map[string]function{
		"bin": {1, 1, true, false, func(a []node, in scope) value {
			return floored(in.row.field(fieldTimestamp), a[0].value, 0)
		}},
		"datefloor": {2, 2, true, false, func(a []node, in scope) value { return floored(a[0].eval(in), a[1].value, 0) }},
		"dateceil":  {2, 2, true, false, func(a []node, in scope) value { return floored(a[0].eval(in), a[1].value, 1) }},
		"frommillis": {1, 1, false, false, func(a []node, in scope) value {
			n, ok := a[0].eval(in).asNumber()
			if !ok || math.Abs(n) > mostMillis {
				return value{}
			}
			return at(int64(n))
		}},
		"tomillis":  onNumber(func(ms float64) float64 { return ms }),
		"abs":       onNumber(math.Abs),
		"ceil":      onNumber(math.Ceil),
		"floor":     onNumber(math.Floor),
		"log":       onNumber(math.Log),
		"sqrt":      onNumber(math.Sqrt),
		"now":       {0, 0, false, false, func(_ []node, in scope) value { return numeric(float64(in.now / 1000)) }},
		"ispresent": {1, 1, false, false, func(a []node, in scope) value { return truth(a[0].eval(in).kind != absent) }},
		"coalesce": {1, -1, false, false, func(a []node, in scope) value {
			for i := range a {
				if v := a[i].eval(in); v.kind != absent {
					return v
				}
			}
			return value{}
		}},
		"greatest": {1, -1, false, false, func(a []node, in scope) value { return extreme(a, in, 1) }},
		"least":    {1, -1, false, false, func(a []node, in scope) value { return extreme(a, in, -1) }},
		"if": {3, 3, false, false, func(a []node, in scope) value {
			if a[0].eval(in).holds() {
				return a[1].eval(in)
			}
			return a[2].eval(in)
		}},
	}
	maps.Copy(all, textFunctions())
	maps.Copy(all, aggregates())
	return all
}

// onNumber makes a function of a number.
func onNumber(f func(float64) float64) function {
	return function{1, 1, false, false, func(a []node, in scope) value {
		n, ok := a[0].eval(in).asNumber()
		if !ok {
			return value{}
		}
		return computed(f(n))
	}}
}

func extreme(args []node, in scope, sign int) (found value) {
	for i := range args {
		if v := args[i].eval(in); v.kind != absent && (found.kind == absent || compare(v, found)*sign > 0) {
			found = v
		}
	}
	return found
}

// onText makes a function of text; without its first argument there is no result.
func onText(least, most int, f func(s string, rest []value) value) function {
	return function{least, most, false, false, func(a []node, in scope) value {
		first := a[0].eval(in)
		if first.kind == absent {
			return value{}
		}
		var rest []value
		for i := range a[1:] {
			rest = append(rest, a[i+1].eval(in))
		}
		return f(first.String(), rest)
	}}
}

func trimmer(all func(string) string, some func(s, cutset string) string) function {
	return onText(1, 2, func(s string, rest []value) value {
		if len(rest) == 0 {
			return textual(all(s))
		}
		return textual(some(s, rest[0].String()))
	})
}

func textFunctions() map[string]function {
	const spaces = " \t\r\n"
	return map[string]function{
		"isempty": {1, 1, false, false, func(a []node, in scope) value { return truth(a[0].eval(in).String() == "") }},
		"isblank": {1, 1, false, false, func(a []node, in scope) value { return truth(strings.TrimSpace(a[0].eval(in).String()) == "") }},
		"concat": {1, -1, false, false, func(a []node, in scope) value {
			var b strings.Builder
			for i := range a {
				b.WriteString(a[i].eval(in).String())
			}
			return textual(b.String())
		}},
		"strlen":  onText(1, 1, func(s string, _ []value) value { return numeric(float64(utf8.RuneCountInString(s))) }),
		"toupper": onText(1, 1, func(s string, _ []value) value { return textual(strings.ToUpper(s)) }),
		"tolower": onText(1, 1, func(s string, _ []value) value { return textual(strings.ToLower(s)) }),
		"trim":    trimmer(strings.TrimSpace, strings.Trim),
		"ltrim":   trimmer(func(s string) string { return strings.TrimLeft(s, spaces) }, strings.TrimLeft),
		"rtrim":   trimmer(func(s string) string { return strings.TrimRight(s, spaces) }, strings.TrimRight),
		"replace": onText(3, 3, func(s string, rest []value) value {
			if old := rest[0].String(); old != "" {
				s = strings.ReplaceAll(s, old, rest[1].String())
			}
			return textual(s)
		}),
		"strcontains": onText(2, 2, func(s string, rest []value) value { return truth(strings.Contains(s, rest[0].String())) }),
		"substr": onText(2, 3, func(s string, rest []value) value {
			runes := []rune(s)
			from, ok := rest[0].asNumber()
			length := float64(len(runes))
			if ok && len(rest) > 1 {
				length, ok = rest[1].asNumber()
			}
			if !ok {
				return value{}
			}
			from = math.Min(math.Max(from, 0), float64(len(runes)))
			end := math.Min(math.Max(from+length, from), float64(len(runes)))
			return textual(string(runes[int(from):int(end)]))
		}),
	}
}
