package pattern

import (
	"strconv"
	"strings"
	"unicode"
)

// columns is a pattern of the words of an event, in their order.
type columns struct {
	before, after []column
	open          bool // there are three dots between before and after
}

// column has a name, and maybe a condition.
type column struct {
	name string
	test *expression
}

func (s *scanner) columns() (*columns, error) {
	start := s.pos
	s.pos++
	c := &columns{}
	s.skipSpace()
	if s.take("]") {
		return c, s.end()
	}
	for {
		s.skipSpace()
		if at := s.pos; s.take("...") {
			if c.open {
				return nil, s.fail(at, "a pattern can have three dots once")
			}
			c.open = true
		} else {
			next, err := s.column()
			if err != nil {
				return nil, err
			}
			if c.open {
				c.after = append(c.after, next)
			} else {
				c.before = append(c.before, next)
			}
		}
		s.skipSpace()
		switch {
		case s.take("]"):
			return c, s.end()
		case s.take(","):
		case s.done():
			return nil, s.fail(start, "this bracket is not closed")
		default:
			return nil, s.fail(s.pos, "expected a comma or ], not %s", s.next())
		}
	}
}

func (s *scanner) end() error {
	if s.skipSpace(); !s.done() {
		return s.fail(s.pos, "nothing can follow ]")
	}
	return nil
}

func (s *scanner) column() (c column, err error) {
	start := s.pos
	if c.name = s.word(); c.name != "" {
		if s.skipSpace(); s.done() || s.at(",") || s.at("]") {
			return c, nil
		}
	}
	s.pos, c.name = start, ""
	test, err := s.or(func() (condition, error) { return s.columnCondition(&c.name) })
	return column{c.name, &test}, err
}

// columnCondition reads one of the conditions on a column, which all begin with
// its name.
func (s *scanner) columnCondition(name *string) (c condition, err error) {
	s.skipSpace()
	start := s.pos
	c.column = s.word()
	switch {
	case c.column == "":
		return c, s.fail(start, "expected the name of a column, not %s", s.next())
	case *name == "":
		*name = c.column
	case *name != c.column:
		return c, s.fail(start, "this condition is on the column %s, and the one before on %s; divide columns by commas", c.column, *name)
	}
	err = s.comparison(&c, ",])")
	return c, err
}

// words divides a message at its spaces; what stands in brackets or quotation
// marks is one word.
func words(message string) []string {
	var found []string
	for rest := strings.TrimLeftFunc(message, unicode.IsSpace); rest != ""; rest = strings.TrimLeftFunc(rest, unicode.IsSpace) {
		if inner, after, ok := enclosed(rest); ok {
			found, rest = append(found, inner), after
			continue
		}
		end := strings.IndexFunc(rest, unicode.IsSpace)
		if end < 0 {
			end = len(rest)
		}
		found, rest = append(found, rest[:end]), rest[end:]
	}
	return found
}

// enclosed takes a word in brackets or quotation marks.
func enclosed(text string) (inner, rest string, ok bool) {
	var closing byte
	switch text[0] {
	case '"':
		closing = '"'
	case '[':
		closing = ']'
	default:
		return "", "", false
	}
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case closing:
			return text[1:i], text[i+1:], true
		}
	}
	return "", "", false
}

func (c *columns) match(message string) bool {
	found := words(message)
	if len(found) < len(c.before)+len(c.after) {
		return false
	}
	return hold(c.before, found) && hold(c.after, found[len(found)-len(c.after):])
}

func hold(columns []column, words []string) bool {
	for i, column := range columns {
		if column.test == nil {
			continue
		}
		number, isNumber := numberOf(words[i])
		if !column.test.match(func(c *condition) bool { return c.holds(words[i], number, isNumber) }) {
			return false
		}
	}
	return true
}

// extract names every word by its column, or by its number.
func (c *columns) extract(message string, into map[string]string) {
	found := words(message)
	for i, word := range found {
		name := strconv.Itoa(i + 1)
		switch last := i - (len(found) - len(c.after)); {
		case i < len(c.before):
			name = c.before[i].name
		case c.open && last >= 0:
			name = c.after[last].name
		}
		into["$"+name] = word
	}
}

func (c *columns) print(b *strings.Builder) {
	var parts []string
	for _, column := range c.before {
		parts = append(parts, column.text())
	}
	if c.open {
		parts = append(parts, "...")
	}
	for _, column := range c.after {
		parts = append(parts, column.text())
	}
	b.WriteString("[" + strings.Join(parts, ", ") + "]")
}

func (c *column) text() string {
	if c.test == nil {
		return c.name
	}
	var b strings.Builder
	c.test.print(&b, false)
	return b.String()
}
