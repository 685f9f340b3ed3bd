package insights

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// node is one expression.
type node struct {
	op    string // an operator, "field", "value", "regex", "call", "in"
	name  string // of a field or a function
	value value
	regex *regexp.Regexp
	args  []node
	call  function
}

// scope is what an expression is evaluated for: a row, or within stats a group.
type scope struct {
	row   *row
	group []*row
	now   int64
}

// expression reads an expression, and its source.
func (s *scanner) expression() (n node, source string, err error) {
	s.skip()
	start := s.pos
	n, err = s.or()
	return n, strings.TrimSpace(s.text[start:s.pos]), err
}

func (s *scanner) or() (node, error) {
	left, err := s.and()
	for err == nil && s.keyword("or") {
		left, err = s.binary("or", left, s.and)
	}
	return left, err
}

func (s *scanner) and() (node, error) {
	left, err := s.not()
	for err == nil && s.keyword("and") {
		left, err = s.binary("and", left, s.not)
	}
	return left, err
}

func (s *scanner) binary(op string, left node, read func() (node, error)) (node, error) {
	right, err := read()
	return node{op: op, args: []node{left, right}}, err
}

func (s *scanner) not() (node, error) {
	negations := 0
	for s.keyword("not") {
		negations++
	}
	n, err := s.comparison()
	if negations%2 == 1 {
		n = node{op: "not", args: []node{n}}
	} else if negations > 0 {
		n = node{op: "not", args: []node{{op: "not", args: []node{n}}}} // a condition, whatever it was
	}
	return n, err
}

func (s *scanner) comparison() (node, error) {
	left, err := s.sum()
	if err != nil {
		return left, err
	}
	for _, negated := range []string{"", "not "} {
		words := strings.Fields(negated)
		if s.keyword(append(words, "like")...) {
			return s.like(negated+"like", left)
		}
		if s.keyword(append(words, "in")...) {
			return s.in(negated+"in", left)
		}
	}
	if s.take("=~") {
		return s.like("like", left)
	}
	for _, op := range []string{"!=", "<=", ">=", "==", "=", "<", ">"} {
		if s.take(op) {
			if op == "==" {
				op = "="
			}
			return s.binary(op, left, s.sum)
		}
	}
	return left, nil
}

// like reads a regular expression, or text that is to be found anywhere.
func (s *scanner) like(op string, left node) (node, error) {
	s.skip()
	n := node{op: op, args: []node{left}}
	var err error
	switch {
	case s.at("/"):
		n.regex, err = s.regex()
	case s.quote():
		var phrase string
		if phrase, err = s.quoted(); err == nil {
			n.regex = regexp.MustCompile(regexp.QuoteMeta(phrase))
		}
	default:
		err = s.expected("text in quotation marks or a regular expression between slashes")
	}
	return n, err
}

func (s *scanner) in(op string, left node) (node, error) {
	n := node{op: op, args: []node{left}}
	if !s.take("[") {
		return n, s.expected("a list in brackets")
	}
	if s.take("]") {
		return n, nil
	}
	for {
		next, err := s.sum()
		if err != nil {
			return n, err
		}
		n.args = append(n.args, next)
		if s.take("]") {
			return n, nil
		}
		if !s.take(",") {
			return n, s.expected("a comma or ]")
		}
	}
}

func (s *scanner) sum() (node, error) {
	return s.chain([]string{"+", "-"}, func() (node, error) {
		return s.chain([]string{"*", "/", "%"}, func() (node, error) {
			return s.chain([]string{"^"}, s.primary)
		})
	})
}

func (s *scanner) chain(ops []string, read func() (node, error)) (node, error) {
	left, err := read()
next:
	for err == nil {
		for _, op := range ops {
			if s.take(op) {
				left, err = s.binary(op, left, read)
				continue next
			}
		}
		return left, nil
	}
	return left, err
}

func (s *scanner) primary() (node, error) {
	s.skip()
	start := s.pos
	switch {
	case s.take("("):
		n, err := s.or()
		if err == nil && !s.take(")") {
			err = s.expected(")")
		}
		return n, err
	case s.take("-"):
		n, err := s.primary()
		return node{op: "negative", args: []node{n}}, err
	case s.quote():
		phrase, err := s.quoted()
		return node{op: "value", value: textual(phrase)}, err
	}
	if written := s.while(func(r rune) bool { return digit(r) || r == '.' }); written != "" {
		if mark := s.pos; s.at("e") || s.at("E") {
			s.pos++
			_ = s.at("-") && s.take("-")
			if s.while(digit) == "" {
				s.pos = mark
			}
		}
		number, err := strconv.ParseFloat(s.text[start:s.pos], 64)
		if err != nil || math.IsInf(number, 0) {
			return node{}, s.fail(start, s.pos, "%q is no number", s.text[start:s.pos])
		}
		return node{op: "value", value: numeric(number)}, nil
	}
	if r, _ := utf8.DecodeRuneInString(s.text[start:]); !letter(r) && r != '`' {
		return node{}, s.expected("a field, a function, a number or text in quotation marks")
	}
	name, err := s.name()
	if err != nil {
		return node{}, err
	}
	if s.text[start] != '`' && s.take("(") {
		return s.function(start, name)
	}
	return node{op: "field", name: name}, nil
}

// eval is the expression's value.
func (n *node) eval(in scope) value {
	switch n.op {
	case "field":
		return in.row.field(n.name)
	case "value":
		return n.value
	case "call":
		return n.call.eval(n.args, in)
	case "or":
		return truth(n.args[0].eval(in).holds() || n.args[1].eval(in).holds())
	case "and":
		return truth(n.args[0].eval(in).holds() && n.args[1].eval(in).holds())
	case "not":
		return truth(!n.args[0].eval(in).holds())
	}
	left := n.args[0].eval(in)
	if left.kind == absent {
		return value{}
	}
	switch n.op {
	case "like":
		return truth(n.regex.MatchString(left.String()))
	case "not like":
		return truth(!n.regex.MatchString(left.String()))
	case "in", "not in":
		found := false
		for i := range n.args[1:] {
			if right := n.args[i+1].eval(in); right.kind != absent && compare(left, right) == 0 {
				found = true
			}
		}
		return truth(found == (n.op == "in"))
	case "negative":
		number, ok := left.asNumber()
		if !ok {
			return value{}
		}
		return numeric(-number)
	}
	return operate(n.op, left, n.args[1].eval(in))
}

func operate(op string, left, right value) value {
	if right.kind == absent {
		return value{}
	}
	switch c := compare(left, right); op {
	case "=":
		return truth(c == 0)
	case "!=":
		return truth(c != 0)
	case "<":
		return truth(c < 0)
	case ">":
		return truth(c > 0)
	case "<=":
		return truth(c <= 0)
	case ">=":
		return truth(c >= 0)
	}
	a, ok1 := left.asNumber()
	b, ok2 := right.asNumber()
	if !ok1 || !ok2 {
		return value{}
	}
	switch op {
	case "+":
		return computed(a + b)
	case "-":
		return computed(a - b)
	case "*":
		return computed(a * b)
	case "/":
		return computed(a / b)
	case "%":
		return computed(math.Mod(a, b))
	}
	return computed(math.Pow(a, b))
}
