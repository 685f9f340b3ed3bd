package query

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// MaxLength is the most characters that an expression may have (ECS semantics 1.1 [DG]).
const MaxLength = 2000

// Parse reads an expression. The error is a *SyntaxError.
func Parse(expr string) (*Expression, error) {
	p := &parser{lexer: lexer{text: expr}}
	if n := utf8.RuneCountInString(expr); n > MaxLength {
		return nil, p.fail(runeOffset(expr, MaxLength), "the expression has %d characters, and %d is the most", n, MaxLength)
	}
	if !utf8.ValidString(expr) {
		return nil, p.fail(invalidOffset(expr), "the expression is not valid UTF-8")
	}
	root, err := p.or()
	if err != nil {
		return nil, err
	}
	p.skipSpace()
	if p.pos < len(expr) {
		return nil, p.unexpectedRest()
	}
	return &Expression{root: root}, nil
}

func runeOffset(s string, n int) int {
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}

func invalidOffset(s string) int {
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(s)
}

type parser struct{ lexer }

func (p *parser) fail(offset int, format string, args ...any) *SyntaxError {
	return &SyntaxError{Expr: p.text, Offset: offset, Message: fmt.Sprintf(format, args...)}
}

// unexpectedRest explains why a complete clause cannot be followed by what follows.
func (p *parser) unexpectedRest() *SyntaxError {
	if p.at(")") {
		return p.fail(p.pos, "this parenthesis closes nothing")
	}
	word := p.word()
	if lower := strings.ToLower(word); word != lower && (lower == "and" || lower == "or") {
		return p.fail(p.pos, "write %s in lower case", lower)
	}
	return p.fail(p.pos, "expected and, or, or the end of the expression, not %s", p.quoteNext())
}

// quoteNext names what stands at the position for a message.
func (p *parser) quoteNext() string {
	if p.pos >= len(p.text) {
		return "the end"
	}
	if word := p.word(); word != "" {
		return fmt.Sprintf("%q", word)
	}
	_, size := utf8.DecodeRuneInString(p.text[p.pos:])
	return fmt.Sprintf("%q", p.text[p.pos:p.pos+size])
}

func (p *parser) or() (node, error)  { return p.joined(p.and, "||", "or", orNode) }
func (p *parser) and() (node, error) { return p.joined(p.not, "&&", "and", andNode) }

// joined reads operands between the operator, and makes one flat node of them,
// whatever parentheses there were: a and (b and c) is a and b and c.
func (p *parser) joined(operand func() (node, error), symbol, word string, kind nodeKind) (node, error) {
	first, err := operand()
	if err != nil {
		return node{}, err
	}
	operands := flatten(nil, first, kind)
	for {
		p.skipSpace()
		if !p.take(symbol) && !p.takeWord(word) {
			break
		}
		next, err := operand()
		if err != nil {
			return node{}, err
		}
		operands = flatten(operands, next, kind)
	}
	if len(operands) == 1 {
		return operands[0], nil
	}
	return node{kind: kind, operands: operands}, nil
}

func flatten(operands []node, n node, kind nodeKind) []node {
	if n.kind == kind {
		return append(operands, n.operands...)
	}
	return append(operands, n)
}

func (p *parser) not() (node, error) {
	negations := 0
	for p.skipSpace(); p.take("!") || p.takeWord("not"); p.skipSpace() {
		negations++
	}
	n, err := p.primary()
	if err != nil {
		return node{}, err
	}
	for ; negations > 0; negations-- {
		n = node{kind: notNode, operands: []node{n}}
	}
	return n, nil
}

func (p *parser) primary() (node, error) {
	open := p.pos
	if !p.take("(") {
		return p.simple()
	}
	inner, err := p.or()
	if err != nil {
		return node{}, err
	}
	p.skipSpace()
	if p.take(")") {
		return inner, nil
	}
	if p.pos >= len(p.text) {
		return node{}, p.fail(open, "this parenthesis is not closed")
	}
	return node{}, p.unexpectedRest()
}

// simple reads "subject operator [argument]".
func (p *parser) simple() (node, error) {
	start := p.pos
	word := p.word()
	if word == "" {
		return node{}, p.fail(start, "expected a subject such as attribute:NAME, not %s", p.quoteNext())
	}
	subject, name, err := p.subject(word)
	if err != nil {
		return node{}, err
	}
	p.pos += len(word)
	p.skipSpace()
	operatorAt := p.pos
	op, err := p.operator(word)
	if err != nil {
		return node{}, err
	}
	if !subject.allows(op) {
		return node{}, p.fail(operatorAt, "%s takes %s, not %s", subject.title(), subject.operators(), op)
	}
	n := node{kind: simpleNode, subject: subject, name: name, op: op}
	p.skipSpace()
	if err := p.argument(&n); err != nil {
		return node{}, err
	}
	return n, nil
}

func (p *parser) subject(word string) (subjectKind, string, error) {
	if name, ok := strings.CutPrefix(word, "attribute:"); ok {
		if name == "" {
			return 0, "", p.fail(p.pos+len(word), "the name of the attribute is missing")
		}
		return attributeSubject, name, nil
	}
	if kind, ok := subjectByName(word); ok {
		return kind, "", nil
	}
	if strings.HasPrefix(word, "task:") {
		return 0, "", p.fail(p.pos, "%q is no subject; of tasks, only task:group can be asked", word)
	}
	return 0, "", p.fail(p.pos, "%q is no subject; use attribute:NAME, task:group, agentConnected, agentVersion, ec2InstanceId, registeredAt or runningTasksCount", word)
}

func (p *parser) operator(after string) (operator, error) {
	for _, s := range operatorSymbols() {
		if p.take(s.text) {
			return s.op, nil
		}
	}
	for _, w := range operatorWords() {
		if p.at(w.text) && p.symbolOrWord(w.text) {
			p.pos += len(w.text)
			return w.op, nil
		}
	}
	if p.at("=") {
		return 0, p.fail(p.pos, "write == for equality")
	}
	if p.pos >= len(p.text) {
		return 0, p.fail(p.pos, "expected an operator such as == after %s", after)
	}
	return 0, p.fail(p.pos, "expected an operator such as == after %s, not %s", after, p.quoteNext())
}

// symbolOrWord reports whether the word operator at the position ends there.
func (p *parser) symbolOrWord(text string) bool {
	end := p.pos + len(text)
	return end == len(p.text) || strings.IndexByte(notBare, p.text[end]) >= 0
}

func (p *parser) argument(n *node) error {
	if n.op.takesNothing() {
		return nil
	}
	if n.op.takesList() {
		return p.list(n)
	}
	at := p.pos
	if p.at("[") && !n.op.takesPattern() {
		return p.fail(at, "%s takes one value; a list goes with in", n.op)
	}
	value, err := p.value(n.op)
	if err != nil {
		return err
	}
	n.values = []string{value}
	if message := n.compile(); message != "" {
		return p.fail(at, "%s", message)
	}
	return nil
}

// list reads "[a, b]". Commas separate, and so does white space around them.
func (p *parser) list(n *node) error {
	open := p.pos
	if !p.take("[") {
		return p.fail(p.pos, "%s takes a list, as in: %s [a, b]", n.op, n.op)
	}
	for {
		p.skipSpace()
		value, err := p.value(n.op)
		if err != nil {
			if p.pos >= len(p.text) {
				return p.fail(open, "this list is not closed")
			}
			return err
		}
		n.values = append(n.values, value)
		p.skipSpace()
		switch {
		case p.take("]"):
			return nil
		case p.take(","):
		case p.pos >= len(p.text):
			return p.fail(open, "this list is not closed")
		default:
			return p.fail(p.pos, "expected a comma or ] in the list, not %s", p.quoteNext())
		}
	}
}

func (p *parser) value(op operator) (string, error) {
	for _, quote := range []string{"'", `"`} {
		start := p.pos
		if !p.take(quote) {
			continue
		}
		end := strings.Index(p.text[p.pos:], quote)
		if end < 0 {
			return "", p.fail(start, "this quote is not closed")
		}
		value := p.text[p.pos : p.pos+end]
		p.pos += end + 1
		return value, nil
	}
	word := p.word()
	if op.takesPattern() {
		word = p.pattern()
	}
	if word == "" {
		return "", p.fail(p.pos, "expected a value after %s, not %s; quote values with special characters", op, p.quoteNext())
	}
	p.pos += len(word)
	return word, nil
}
