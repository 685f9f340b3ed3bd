package pattern

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// mostWildcards is how many selectors with a wildcard a pattern may have [CWL:
// Filter pattern syntax].
const mostWildcards = 3

// selector names fields of an event: $.a.b[0], $.a[*].b, $.['a.b'].
type selector []step

// step goes to a member of an object, to an element of an array, or to all of
// either.
type step struct {
	name  string
	index int // of an element; -1 for a member
	all   bool
}

func (s *scanner) json() (*expression, error) {
	open, wildcards := s.pos, 0
	s.pos++
	e, err := s.or(func() (condition, error) { return s.jsonCondition(&wildcards) })
	if err != nil {
		return nil, err
	}
	s.skipSpace()
	switch {
	case s.done():
		return nil, s.fail(open, "this brace is not closed")
	case !s.take("}"):
		return nil, s.fail(s.pos, "expected &&, || or }, not %s", s.next())
	}
	if s.skipSpace(); !s.done() {
		return nil, s.fail(s.pos, "nothing can follow }")
	}
	return &e, nil
}

func (s *scanner) jsonCondition(wildcards *int) (c condition, err error) {
	s.skipSpace()
	start := s.pos
	if c.selector, err = s.selector(); err != nil {
		return c, err
	}
	if c.selector.wildcards() > 0 {
		if *wildcards++; *wildcards > mostWildcards {
			return c, s.fail(start, "a pattern can have %d selectors with a wildcard, and this is one more", mostWildcards)
		}
	}
	s.skipSpace()
	at := s.pos
	switch {
	case s.keyword("IS"):
		s.skipSpace()
		at = s.pos
		for _, test := range []string{isNull, isTrue, isFalse} {
			if s.keyword(strings.TrimPrefix(test, "IS ")) {
				c.test = test
				return c, nil
			}
		}
		return c, s.fail(at, "expected NULL, TRUE or FALSE, not %s", s.next())
	case s.keyword("NOT"):
		s.skipSpace()
		if at = s.pos; !s.keyword("EXISTS") {
			return c, s.fail(at, "expected EXISTS, not %s", s.next())
		}
		c.test = notExists
		return c, nil
	case s.keyword("EXISTS"): // the documentation says so, too
		return c, s.fail(at, `there is no EXISTS; = "*" holds for every value`)
	}
	err = s.comparison(&c, ")}")
	return c, err
}

func (s *scanner) selector() (selector, error) {
	start := s.pos
	if !s.take("$") {
		return nil, s.fail(s.pos, "expected a field such as $.name, not %s", s.next())
	}
	path := selector{}
	for {
		at := s.pos
		next, more, err := s.step()
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
		path = append(path, next)
		if path.wildcards() > 1 {
			return nil, s.fail(at, "a selector can have one wildcard")
		}
	}
	if len(path) == 0 {
		return nil, s.fail(start, "expected a field such as $.name, and not the whole event")
	}
	return path, nil
}

// step reads .name, .*, [0], [*] or ['name'], the last with or without a dot.
func (s *scanner) step() (next step, more bool, err error) {
	dotted := s.take(".")
	next.index = -1
	start := s.pos
	switch {
	case s.take("["):
	case !dotted:
		return next, false, nil
	case s.take("*"):
		next.all = true
		return next, true, nil
	default:
		if next.name = s.word(); next.name == "" {
			return next, false, s.fail(s.pos, "expected the name of a field, not %s; others than letters, digits, - and _ are written $.['NAME']", s.next())
		}
		return next, true, nil
	}
	switch {
	case s.take("*"):
		next.all = true
	case s.at("'"), s.at(`"`):
		if next.name, err = s.quoted(s.text[s.pos]); err != nil {
			return next, false, err
		}
		next.name = unescaped(next.name)
	default:
		digits := s.while(func(r rune) bool { return r >= '0' && r <= '9' })
		if next.index, err = strconv.Atoi(digits); err != nil {
			return next, false, s.fail(s.pos, "expected a number, * or a name in quotation marks, not %s", s.next())
		}
	}
	if !s.take("]") {
		if s.done() {
			return next, false, s.fail(start, "this bracket is not closed")
		}
		return next, false, s.fail(s.pos, "expected ], not %s", s.next())
	}
	return next, true, nil
}

func (p selector) wildcards() (n int) {
	for _, s := range p {
		if s.all {
			n++
		}
	}
	return n
}

func (p selector) print(b *strings.Builder) {
	b.WriteByte('$')
	for _, s := range p {
		switch {
		case s.all:
			b.WriteString("[*]")
		case s.index >= 0:
			b.WriteString("[" + strconv.Itoa(s.index) + "]")
		case s.name != "" && strings.IndexFunc(s.name, func(r rune) bool { return r != '-' && notBare(r) }) < 0:
			b.WriteString("." + s.name)
		default:
			b.WriteString(".[" + quote(s.name) + "]")
		}
	}
}

// readJSON reads an event that is JSON: an object or an array, as a whole.
func readJSON(message string) (any, bool) {
	trimmed := strings.TrimSpace(message)
	if !strings.HasPrefix(trimmed, "{") && !strings.HasPrefix(trimmed, "[") {
		return nil, false
	}
	decoder := json.NewDecoder(bytes.NewReader([]byte(trimmed)))
	decoder.UseNumber()
	var event any
	if decoder.Decode(&event) != nil || decoder.InputOffset() != int64(len(trimmed)) {
		return nil, false
	}
	return event, true
}
