package pattern

import (
	"strings"
)

// expression is one condition, or several that are joined.
type expression struct {
	join     string // "&&", "||", or "" for one condition
	operands []expression
	condition
}

// condition is a test of one field of an event, or of one column.
type condition struct {
	selector selector // of a field
	column   string   // the name of a column
	test     string   // an operator, or one of the tests without a value
	value    value
}

// The tests that have no value.
const (
	isNull    = "IS NULL"
	isTrue    = "IS TRUE"
	isFalse   = "IS FALSE"
	notExists = "NOT EXISTS"
)

// operators are the comparisons, those first that another one begins.
func operators() []string { return []string{"!=", "<=", ">=", "=", "<", ">"} }

// or reads conditions that are joined, && before ||.
func (s *scanner) or(read func() (condition, error)) (expression, error) {
	return s.joined("||", func() (expression, error) {
		return s.joined("&&", func() (expression, error) { return s.primary(read) })
	})
}

func (s *scanner) joined(join string, operand func() (expression, error)) (expression, error) {
	first, err := operand()
	if err != nil {
		return first, err
	}
	all := flat(nil, first, join)
	for s.skipSpace(); s.take(join); s.skipSpace() {
		next, err := operand()
		if err != nil {
			return next, err
		}
		all = flat(all, next, join)
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return expression{join: join, operands: all}, nil
}

// flat makes one list of what parentheses only group: a && (b && c).
func flat(operands []expression, e expression, join string) []expression {
	if e.join == join {
		return append(operands, e.operands...)
	}
	return append(operands, e)
}

func (s *scanner) primary(read func() (condition, error)) (expression, error) {
	s.skipSpace()
	open := s.pos
	if !s.take("(") {
		c, err := read()
		return expression{condition: c}, err
	}
	inner, err := s.or(read)
	if err != nil {
		return inner, err
	}
	s.skipSpace()
	switch {
	case s.take(")"):
		return inner, nil
	case s.done():
		return inner, s.fail(open, "this parenthesis is not closed")
	}
	return inner, s.fail(s.pos, "expected &&, || or a parenthesis, not %s", s.next())
}

// comparison reads the operator and the value of a condition; stops are the
// characters that end a bare value besides white space, && and ||.
func (s *scanner) comparison(c *condition, stops string) error {
	s.skipSpace()
	start := s.pos
	for _, operator := range operators() {
		if s.take(operator) {
			c.test = operator
			break
		}
	}
	if c.test == "" {
		return s.fail(start, "expected one of = != < > <= >=, not %s", s.next())
	}
	s.skipSpace()
	start = s.pos
	if err := s.value(&c.value, stops); err != nil {
		return err
	}
	if c.test != "=" && c.test != "!=" && !c.value.isNumber {
		return s.fail(start, "%s compares with a number", c.test)
	}
	return nil
}

func (e *expression) match(holds func(*condition) bool) bool {
	switch e.join {
	case "&&":
		for i := range e.operands {
			if !e.operands[i].match(holds) {
				return false
			}
		}
		return true
	case "||":
		for i := range e.operands {
			if e.operands[i].match(holds) {
				return true
			}
		}
		return false
	}
	return holds(&e.condition)
}

// each visits every condition.
func (e *expression) each(visit func(*condition)) {
	if e.join == "" {
		visit(&e.condition)
	}
	for i := range e.operands {
		e.operands[i].each(visit)
	}
}

func (e *expression) print(b *strings.Builder, within bool) {
	if e.join == "" {
		e.condition.print(b)
		return
	}
	if within {
		b.WriteByte('(')
	}
	for i := range e.operands {
		if i > 0 {
			b.WriteString(" " + e.join + " ")
		}
		e.operands[i].print(b, true)
	}
	if within {
		b.WriteByte(')')
	}
}

func (c *condition) print(b *strings.Builder) {
	if c.column != "" {
		b.WriteString(c.column)
	} else {
		c.selector.print(b)
	}
	b.WriteString(" " + c.test)
	if c.value.set() {
		b.WriteByte(' ')
		c.value.print(b)
	}
}
