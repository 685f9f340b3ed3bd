package pattern_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"gantry/logs/pattern"
)

// messages are what the patterns that tests make up are matched with.
func messages() []string {
	return []string{"", badRequest, missing, trail, user, numbers, frank, apache, `["a", {"b": null}]`, `{"a": {"a": [1, "x*y", true]}}`, "a b c", "[a b] \"c\\\" d\" %"}
}

// check: a refusal says where; what parses prints, and the print parses as what
// prints and matches the same.
func check(t interface{ Fatalf(string, ...any) }, text string) {
	p, err := pattern.Parse(text)
	if err != nil {
		var syntax *pattern.SyntaxError
		if !errors.As(err, &syntax) || syntax.Offset < 0 || syntax.Offset > len(text) || syntax.Message == "" || syntax.Error() == "" {
			t.Fatalf("%q: %#v", text, err)
		}
		return
	}
	printed := p.String()
	if utf8.RuneCountInString(printed) > pattern.MaxLength {
		return // printing puts quotation marks in: it cannot be parsed again
	}
	again, err := pattern.Parse(printed)
	if err != nil {
		t.Fatalf("%q prints as %q: %v", text, printed, err)
	}
	if again.String() != printed || again.Regexes() != p.Regexes() {
		t.Fatalf("%q prints as %q, which prints as %q", text, printed, again)
	}
	for _, message := range messages() {
		values, matches := p.Extract(message)
		valuesAgain, matchesAgain := again.Extract(message)
		if matches != p.Match(message) || matches != matchesAgain || fmt.Sprint(values) != fmt.Sprint(valuesAgain) {
			t.Fatalf("%q prints as %q, which means something else for %q", text, printed, message)
		}
	}
}

// FuzzParse begins with the inputs in testdata/fuzz/FuzzParse.
func FuzzParse(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) { check(t, text) })
}

func pick(t *rapid.T, of ...string) string { return rapid.SampledFrom(of).Draw(t, "pick") }

func value(t *rapid.T) string {
	return pick(t, "1", "-1e3", "4*", `"x*y"`, `"a\*b"`, `'a "b"'`, "10.1.*", "%a{2}%", `%\d|x%`, "*", `""`, "TRUE", `a\b`)
}

func drawn(t *rapid.T, depth int, condition func(*rapid.T) string) string {
	if depth > 0 {
		switch rapid.IntRange(0, 4).Draw(t, "joined") {
		case 0:
			return drawn(t, depth-1, condition) + pick(t, " && ", "&&") + drawn(t, depth-1, condition)
		case 1:
			return drawn(t, depth-1, condition) + pick(t, " || ", "||") + drawn(t, depth-1, condition)
		case 2:
			return "(" + drawn(t, depth-1, condition) + " )"
		}
	}
	return condition(t)
}

func jsonCondition(t *rapid.T) string {
	field := "$" + pick(t, ".a", ".a.b", ".a[0]", ".a[*].b", ".['x y']", ".*", "[1]", ".a-b", `["q\"'"]`)
	if rapid.IntRange(0, 3).Draw(t, "test") == 0 {
		return field + pick(t, " IS NULL", " is true", " IS FALSE", " NOT EXISTS")
	}
	return field + pick(t, " = ", "=", "!=", " >= ", "<", "<=", " > ") + value(t)
}

func text(t *rapid.T) string {
	switch rapid.IntRange(0, 2).Draw(t, "kind") {
	case 0:
		var terms []string
		for range rapid.IntRange(0, 4).Draw(t, "terms") {
			terms = append(terms, pick(t, "", "?", "-")+pick(t, "ERROR", `"a b"`, "%x+%", `"\\\""`, "ü", `"?"`))
		}
		return strings.Join(terms, "  ")
	case 1:
		return "{" + drawn(t, 3, jsonCondition) + "}"
	}
	var columns []string
	for i := range rapid.IntRange(0, 4).Draw(t, "columns") {
		name := pick(t, "a", "w_1", "x-y")
		condition := func(t *rapid.T) string { return name + pick(t, " = ", "!=", "<") + value(t) }
		switch rapid.IntRange(0, 3).Draw(t, "column") {
		case 0:
			columns = append(columns, drawn(t, 2, condition))
		case 1:
			if i == 1 {
				columns = append(columns, "...")
				continue
			}
			fallthrough
		default:
			columns = append(columns, name)
		}
	}
	return "[" + strings.Join(columns, " , ") + "]"
}

func TestPrintAndParseAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { check(t, text(t)) })
}

// What is wanted is not what is excluded: of one term, each message matches
// either the term or its opposite.
func TestTermsAndTheirOpposites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		term := pick(t, "ERROR", `"a b"`, `%[a-c]%`, "x")
		message := rapid.SampledFrom(messages()).Draw(t, "message")
		wanted, err := pattern.Parse(term)
		excluded, err2 := pattern.Parse("-" + term)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		if wanted.Match(message) == excluded.Match(message) {
			t.Fatalf("%s and -%s both say %v of %q", term, term, wanted.Match(message), message)
		}
	})
}
