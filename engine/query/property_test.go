package query_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gantry/engine/query"
)

// expression draws an expression in one of its many spellings.
func expression(t *rapid.T, depth int) string {
	if depth > 0 {
		switch rapid.IntRange(0, 5).Draw(t, "clause") {
		case 0:
			return expression(t, depth-1) + pick(t, " and ", " && ", "&&") + expression(t, depth-1)
		case 1:
			return expression(t, depth-1) + pick(t, " or ", " || ", "||") + expression(t, depth-1)
		case 2:
			return pick(t, "not", "not ", "!", "! ") + "(" + expression(t, depth-1) + ")"
		case 3:
			return "( " + expression(t, depth-1) + " )"
		}
	}
	return simple(t)
}

func pick(t *rapid.T, of ...string) string { return rapid.SampledFrom(of).Draw(t, "pick") }

func simple(t *rapid.T) string {
	text := []string{" == ", "!=", " equals ", " not_equals "}
	order := []string{">", " >= ", " < ", "<=", " less_than ", " greater_than_equal "}
	switch rapid.IntRange(0, 7).Draw(t, "subject") {
	case 0:
		return "attribute:" + pick(t, "stack", "ecs.instance-type", "rack", `a\b/c`) + pick(t, append(text, order...)...) + value(t)
	case 1:
		return "attribute:stack" + pick(t, " exists", " !exists", " not_exists")
	case 2:
		return pick(t, "attribute:stack", "task:group", "ec2InstanceId", "agentConnected") + pick(t, " in ", " !in ", " not_in") +
			"[" + strings.Join([]string{value(t), value(t)}, pick(t, ",", " , ")) + "]"
	case 3:
		return pick(t, "attribute:stack", "task:group", "ec2InstanceId") + pick(t, " =~ ", " !~ ", " matches ") +
			pick(t, "t2.*", "(a|b)c", `'[.] \)'`, `"it's"`, `x\.y`, "^a[)(]?$", `it's"both"`)
	case 4:
		return "agentVersion" + pick(t, append(text, order...)...) + pick(t, "1.14.5", "'2.0'", "1")
	case 5:
		return "registeredAt" + pick(t, append(text, order...)...) + pick(t, "2018-06-18", "2018-06-18T22:28:28+00:00", `"2018-06-18T22:28:28"`)
	case 6:
		return "runningTasksCount" + pick(t, append(text, order...)...) + pick(t, "1", "-1", "'10'")
	default:
		return "task:group" + pick(t, text...) + value(t)
	}
}

func value(t *rapid.T) string {
	return pick(t, "prod", "service:web", "and", "t2.small", "7", "1.10.0", "'a b'", `"it's"`, `'"'`, "''", "'a, [b]'", "'x)'", "true")
}

// TestPrintAndParseAgain: the print of an expression is one, prints as itself,
// and means the same.
func TestPrintAndParseAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := expression(t, 4)
		if len(text) > query.MaxLength {
			t.Skip("too long")
		}
		e, err := query.Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		printed := e.String()
		again, err := query.Parse(printed)
		if err != nil {
			t.Fatalf("%s prints as %s: %v", text, printed, err)
		}
		if !again.Equal(e) || again.String() != printed {
			t.Fatalf("%s prints as %s, which prints as %s", text, printed, again)
		}
		subject := instance{
			attributes: map[string]string{"stack": pick(t, "prod", "dev", "and", ""), "rack": pick(t, "7", "9", "1.2.3")},
			groups:     []string{pick(t, "service:web", "prod")},
			facts:      query.Facts{AgentConnected: true, AgentVersion: "1.14.5", RunningTasksCount: 1},
		}
		if e.Match(subject) != again.Match(subject) {
			t.Fatalf("%s and %s mean different things", text, printed)
		}
	})
}

// TestBooleanAlgebra: not, and, or are what they are called.
func TestBooleanAlgebra(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := expression(t, 2), expression(t, 2)
		subject := instance{
			attributes: map[string]string{"stack": pick(t, "prod", "dev"), "rack": "7"},
			groups:     []string{"service:web"},
			facts:      query.Facts{AgentConnected: true, AgentVersion: "1.14.5", RunningTasksCount: 1},
		}
		match := func(text string) bool {
			e, err := query.Parse(text)
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			return e.Match(subject)
		}
		x, y := match(a), match(b)
		for text, want := range map[string]bool{
			"(" + a + ") and (" + b + ")":      x && y,
			"(" + a + ") or (" + b + ")":       x || y,
			"not(" + a + ")":                   !x,
			"not(" + a + ") or not(" + b + ")": !(x && y),
		} {
			if match(text) != want {
				t.Fatalf("%s should be %v", text, want)
			}
		}
	})
}
