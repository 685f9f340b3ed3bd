package pattern

import (
	"strings"
	"unicode/utf8"
)

// MaxLength is the most characters that a pattern may have [LOGS: FilterPattern].
const MaxLength = 1024

// mostRegexes is how many regular expressions a pattern of JSON conditions or of
// columns may have [CWL: Filter pattern syntax].
const mostRegexes = 2

// Pattern is a filter pattern. Exactly one of its kinds is set; none is the empty
// pattern, which matches everything.
type Pattern struct {
	terms   *terms
	json    *expression
	columns *columns
	regexes int
}

// Parse reads a pattern. The error is a *SyntaxError.
func Parse(text string) (*Pattern, error) {
	s := &scanner{text: text}
	if !utf8.ValidString(text) {
		return nil, s.fail(0, "the pattern is not valid UTF-8")
	}
	if n := utf8.RuneCountInString(text); n > MaxLength {
		return nil, s.fail(len(text), "the pattern has %d characters, and %d is the most", n, MaxLength)
	}
	s.skipSpace()
	p := &Pattern{}
	var err error
	switch {
	case s.done():
		return p, nil
	case s.at("{"):
		p.json, err = s.json()
	case s.at("["):
		p.columns, err = s.columns()
	default:
		p.terms, err = s.terms()
	}
	if err != nil {
		return nil, err
	}
	p.regexes = s.regexes
	return p, nil
}

// Match reports whether a message is one of those that the pattern selects.
func (p *Pattern) Match(message string) bool {
	switch {
	case p.terms != nil:
		return p.terms.match(message)
	case p.json != nil:
		event, ok := readJSON(message)
		return ok && p.json.match(func(c *condition) bool { return c.selector.holds(event, c) })
	case p.columns != nil:
		return p.columns.match(message)
	}
	return true
}

// Extract is what TestMetricFilter shows of a message that matches: the values
// of the fields that JSON conditions name, or of all columns.
func (p *Pattern) Extract(message string) (values map[string]string, matches bool) {
	values = map[string]string{}
	if !p.Match(message) {
		return nil, false
	}
	switch {
	case p.json != nil:
		event, _ := readJSON(message) // it matched
		p.json.extract(event, values)
	case p.columns != nil:
		p.columns.extract(message, values)
	}
	return values, true
}

// Regexes is how many regular expressions the pattern has.
func (p *Pattern) Regexes() int { return p.regexes }

// String is the pattern in its one canonical spelling.
func (p *Pattern) String() string {
	var b strings.Builder
	switch {
	case p.terms != nil:
		p.terms.print(&b)
	case p.json != nil:
		b.WriteString("{ ")
		p.json.print(&b, false)
		b.WriteString(" }")
	case p.columns != nil:
		p.columns.print(&b)
	}
	return b.String()
}
