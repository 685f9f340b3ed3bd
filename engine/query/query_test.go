package query_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"gantry/engine/query"
)

// instance is a Subject for tests.
type instance struct {
	attributes map[string]string
	groups     []string
	facts      query.Facts
}

func (i instance) Attribute(name string) (string, bool) {
	value, ok := i.attributes[name]
	return value, ok
}

func (i instance) TaskGroup(match func(string) bool) bool {
	return slices.ContainsFunc(i.groups, match)
}
func (i instance) Facts() query.Facts { return i.facts }

func example() instance {
	return instance{
		attributes: map[string]string{
			"ecs.instance-type": "t2.small", "ecs.availability-zone": "us-east-1a",
			"stack": "prod", "rack": "7", "release": "1.10.0", "gpu": "", "team/owner": "web & api",
		},
		groups: []string{"service:production", "family:curler"},
		facts: query.Facts{
			AgentConnected: true, AgentVersion: "1.14.4", EC2InstanceID: "i-abcd1234", RunningTasksCount: 1,
			RegisteredAt: time.Date(2018, 2, 12, 23, 59, 59, 500, time.UTC),
		},
	}
}

func TestMatch(t *testing.T) {
	for expr, want := range map[string]bool{
		// The documented examples.
		"attribute:ecs.instance-type == t2.small":                                                     true,
		"attribute:ecs.availability-zone in [us-east-1a, us-east-1b]":                                 true,
		"attribute:ecs.instance-type =~ g2.* and attribute:ecs.availability-zone != us-east-1d":       false,
		"attribute:ecs.instance-type == t2.small and attribute:ecs.availability-zone in [us-east-1a]": true,
		"task:group == service:production":                                                            true,
		"not(task:group == database)":                                                                 true,
		"runningTasksCount == 1":                                                                      true,
		"agentVersion < 1.14.5":                                                                       true,
		"registeredAt < 2018-02-13":                                                                   true,
		"ec2InstanceId in ['i-abcd1234', 'i-wxyx7890']":                                               true,
		"attribute:stack != prod":                                                                     false,
		"attribute:state !exists":                                                                     true,
		"(attribute:ecs.instance-type == t2.small or attribute:ecs.instance-type == t2.medium) and runningTasksCount < 10": true,

		// The slides'.
		"attribute:ecs.instance-type == g2.2xlarge": false,
		"(attribute:ecs.instance-type == t2.small or attribute:ecs.instance-type == t2.medium) and attribute:ecs.availability-zone != us-east-1d": true,
		`attribute:ecs.instance-type == "t2.small"`: true,

		// Precedence: not, and, or.
		"attribute:stack == x or attribute:stack == y and attribute:stack == prod":   false,
		"attribute:stack == prod or attribute:stack == y and attribute:stack == x":   true,
		"(attribute:stack == prod or attribute:stack == y) and attribute:stack == x": false,
		"not attribute:stack == x and attribute:stack == prod":                       true,
		"!(attribute:stack == x) && !attribute:stack == y || attribute:stack == z":   true,
		"not not attribute:stack == prod":                                            true,
		"!!(attribute:stack == prod)":                                                true,
		"attribute:stack==prod&&attribute:rack==7":                                   true,
		"((attribute:stack == prod))":                                                true,
		"not attribute:stack exists or attribute:stack exists":                       true,
		"attribute:stack == and or attribute:stack == or or attribute:stack == not":  false,

		// Words for operators.
		"attribute:stack equals prod":         true,
		"attribute:stack not_equals prod":     false,
		"attribute:rack greater_than 6":       true,
		"attribute:rack greater_than_equal 7": true,
		"attribute:rack less_than 7":          false,
		"attribute:rack less_than_equal 7":    true,
		"attribute:stack exists":              true,
		"attribute:stack not_exists":          false,
		"attribute:stack in [dev,prod]":       true,
		"attribute:stack in[dev,prod]":        true,
		"attribute:stack not_in [dev,test]":   true,
		"attribute:stack !in [dev , prod]":    false,
		"attribute:stack matches pr.d":        true,
		"attribute:stack not_matches pr.d":    false,
		"attribute:stack !~ dev.*":            true,

		// A missing attribute, and one without a value.
		"attribute:state == prod":      false,
		"attribute:state != prod":      false,
		"attribute:state !in [prod]":   false,
		"attribute:state !~ prod":      false,
		"attribute:state < prod":       false,
		"attribute:state exists":       false,
		"not(attribute:state == prod)": true,
		"attribute:gpu exists":         true,
		"attribute:gpu == yes":         false,
		"attribute:gpu != yes":         true,

		// One without a value equals no text, not even the empty one.
		"attribute:gpu == ''":       false,
		"attribute:gpu != ''":       true,
		"attribute:gpu in ['', x]":  false,
		"attribute:gpu !in ['', x]": true,
		"attribute:gpu =~ .*":       false,
		"attribute:gpu !~ .*":       true,
		"attribute:gpu < prod":      false,
		"attribute:gpu >= ''":       false,

		// Values are whole, and case-sensitive.
		"attribute:stack == Prod":                                 false,
		"attribute:ecs.instance-type =~ t2":                       false,
		"attribute:ecs.instance-type =~ t2.*":                     true,
		"attribute:ecs.instance-type =~ ^t[23]\\..*$":             true,
		"attribute:ecs.instance-type =~ t2|t2.small":              true,
		"attribute:ecs.instance-type =~ (t2|t3).*":                true,
		`attribute:ecs.instance-type =~ 't2\(?=?.*'`:              true,
		"(attribute:ecs.instance-type =~ t2.*)":                   true,
		"(attribute:ecs.instance-type =~ (t2|t3).(small|nano))":   true,
		"attribute:ecs.instance-type =~ 't(2|3)[.]small'":         true,
		"attribute:ecs.instance-type =~ t2.*||attribute:x exists": true,
		"attribute:team/owner == 'web & api'":                     true,
		"attribute:team/owner =~ 'web.*'":                         true,

		// Numbers, versions and text of attributes.
		"attribute:rack < 10":       true,
		"attribute:rack < 7.5":      true,
		"attribute:release > 1.9.0": true,
		"attribute:release >= 1.10": true,
		"attribute:stack > dev":     true,
		"attribute:rack < seven":    true,

		// Facts.
		"agentConnected == true":                    true,
		"agentConnected != true":                    false,
		"agentConnected in [true, false]":           true,
		"agentVersion == 1.14.4":                    true,
		"agentVersion >= 1.14":                      true,
		"agentVersion > 1.9.9":                      true,
		"agentVersion != 1.14.4":                    false,
		"registeredAt == 2018-02-12T23:59:59Z":      true,
		"registeredAt > 2018-02-12T23:59:58":        true,
		"registeredAt >= 2018-02-13T00:59:59+01:00": true,
		"registeredAt != 2018-02-12T23:59:59+00:00": false,
		"ec2InstanceId =~ i-abcd.*":                 true,
		"ec2InstanceId !in [i-1, i-2]":              true,
		"runningTasksCount >= 2":                    false,
		"runningTasksCount != 2":                    true,
		"task:group in [service:x, family:curler]":  true,
		"task:group =~ service:.*":                  true,
		"task:group != database":                    true,
		"task:group != service:production":          false,
		"task:group !in [database, family:curler]":  false,
		"task:group !~ service:.*":                  false,
		"\tagentConnected\n==\r\ntrue ":             true,
	} {
		e, err := query.Parse(expr)
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			continue
		}
		if got := e.Match(example()); got != want {
			t.Errorf("%s: %v, want %v", expr, got, want)
		}
		if got := e.Match(example()); got != want {
			t.Errorf("%s: the second time it is %v", expr, got)
		}
	}
}

func TestUnknownFactsNeverMatch(t *testing.T) {
	for _, expr := range []string{
		"agentVersion < 1.0.0", "agentVersion != 1.0.0", "registeredAt < 2030-01-01", "registeredAt != 2030-01-01",
		"ec2InstanceId == i-1", "ec2InstanceId != i-1",
	} {
		e, err := query.Parse(expr)
		if err != nil {
			t.Fatal(err)
		}
		if e.Match(instance{}) {
			t.Errorf("%s matches an instance of which nothing is known", expr)
		}
	}
}

func TestSyntaxErrors(t *testing.T) {
	for _, tt := range []struct{ expr, mark, message string }{
		{"", "^", "expected a subject"},
		{"  ", "  ^", "expected a subject"},
		{"attribute:x", "           ^", "expected an operator such as == after attribute:x"},
		{"attribute:x ==", "              ^", "expected a value after =="},
		{"attribute:x = y", "            ^", "write == for equality"},
		{"attribute: == y", "          ^", "name of the attribute is missing"},
		{"atribute:x == y", "^", `"atribute:x" is no subject`},
		{"task:family == web", "^", "only task:group"},
		{"attribute:x == y attribute:z == w", "                 ^", "expected and, or, or the end"},
		{"attribute:x == y AND attribute:z == w", "                 ^", "write and in lower case"},
		{"attribute:x == y and", "                    ^", "expected a subject"},
		{"(attribute:x == y", "^", "not closed"},
		{"attribute:x == y)", "                ^", "closes nothing"},
		{"(attribute:x == y b)", "                  ^", "expected and, or, or the end"},
		{"()", " ^", "expected a subject"},
		{"not", "   ^", "expected a subject"},
		{"attribute:x in y", "               ^", "in takes a list"},
		{"attribute:x in []", "                ^", "expected a value"},
		{"attribute:x in [a, b", "               ^", "this list is not closed"},
		{"attribute:x in [a,", "               ^", "this list is not closed"},
		{"attribute:x in [a b]", "                  ^", "expected a comma or ]"},
		{"attribute:x in [a,,b]", "                  ^", "expected a value"},
		{"attribute:x == [a]", "               ^", "a list goes with in"},
		{"attribute:x == 'y", "               ^", "quote is not closed"},
		{"attribute:x ! exists", "            ^", "expected an operator"},
		{"attribute:x inside [a]", "            ^", "expected an operator"},
		{"agentConnected exists", "               ^", "agentConnected takes ==, !=, in, !in, =~ or !~, not exists"},
		{"agentVersion =~ 1.*", "             ^", "agentVersion takes ==, !=, >, >=, < or <=, not =~"},
		{"runningTasksCount in [1]", "                  ^", "not in"},
		{"task:group exists", "           ^", "not exists"},
		{"runningTasksCount > many", "                    ^", "whole number"},
		{"agentVersion > new", "               ^", "is a version such as 1.14.5"},
		{"registeredAt < yesterday", "               ^", "is a time such as"},
		{"registeredAt < 2018-13-01", "               ^", "is a time such as"},
		{"attribute:x =~ [a", "               ^", "cannot be read"},
		{"attribute:x =~ a)(b", "                ^", "closes nothing"},
		{"attribute:x =~ 'a)(b'", "               ^", "cannot be read"},
		{"attribute:x =~ (?!prod).*", "               ^", "looks around with (?!"},
		{"attribute:x =~ (?<=a)b", "               ^", "looks around with (?<="},
		{"attribute:x =~ a(?<!b)", "               ^", "looks around with (?<!"},
		{"attribute:x =~ " + strings.Repeat(`\pL`, 20), "               ^", "has too many classes of characters"},
		{`attribute:x =~ \pL{20}`, "               ^", "repeats too much"},
		{"attribute:x =~ (a)\\1", "               ^", "cannot be read"},
		{"attribute:x =~ (a{1000}){999}", "               ^", "cannot be read"},
		{"attribute:x =~ (a{900})" + strings.Repeat("(a{900})", 30), "               ^", "repeats too much"},
		{"attribute:ü == ", "               ^", "expected a value"},
		{"attribute:x == \xff", "               ^", "UTF-8"},
	} {
		_, err := query.Parse(tt.expr)
		var syntax *query.SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%q: error %v, want a SyntaxError", tt.expr, err)
			continue
		}
		if !strings.Contains(syntax.Message, tt.message) {
			t.Errorf("%q: %q does not say %q", tt.expr, syntax.Message, tt.message)
		}
		if _, mark, _ := strings.Cut(syntax.Mark(), "\n"); mark != tt.mark {
			t.Errorf("%q: marked\n%s\nwant the caret at\n%s", tt.expr, syntax.Mark(), tt.mark)
		}
	}
}

func TestErrorNamesThePosition(t *testing.T) {
	_, err := query.Parse("attribute:ü = y")
	if got, want := err.Error(), "at character 13: write == for equality"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	_, err = query.Parse("attribute:x ==")
	if got := err.Error(); !strings.HasPrefix(got, "at the end: ") {
		t.Errorf("got %q", got)
	}
}

func TestLength(t *testing.T) {
	fits := "attribute:x == '" + strings.Repeat("ü", query.MaxLength-17) + "'"
	if _, err := query.Parse(fits); err != nil {
		t.Errorf("%d characters: %v", query.MaxLength, err)
	}
	_, err := query.Parse(fits + " ")
	var syntax *query.SyntaxError
	if !errors.As(err, &syntax) || syntax.Offset != len(fits) || !strings.Contains(syntax.Message, "2001 characters") {
		t.Errorf("%d characters: %v", query.MaxLength+1, err)
	}
	if _, err := query.Parse(strings.Repeat("(", query.MaxLength)); err == nil {
		t.Error("2000 open parentheses are no expression")
	}
}
