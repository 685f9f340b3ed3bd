package taskdef

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"gantry/awsapi/wire"
)

// shortParser reads the aws CLI's shorthand with the help of the shape: only the
// names of members begin a new member.
type shortParser struct {
	text  string
	i     int
	depth int
}

type shortSyntax struct {
	offset        int
	message, next string
}

func (e *shortSyntax) Error() string { return e.message }

func (p *shortParser) fail(offset int, next, format string, args ...any) error {
	return &shortSyntax{offset: offset, message: fmt.Sprintf(format, args...), next: next}
}

func (p *shortParser) at(offset int) position { return positionOf(p.text, offset) }

func (p *shortParser) space() {
	for p.i < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.i]) >= 0 {
		p.i++
	}
}

func (p *shortParser) done() bool { return p.i >= len(p.text) }

// scope is what text must not run into: the closing bracket around it and the
// names that begin the next member.
type scope struct {
	closing byte // 0 at the top
	names   []string
	open    bool // a map: every name begins a member
}

func (p *shortParser) top(t reflect.Type) (*node, error) {
	switch kind := wire.KindOf(t); kind {
	case wire.KindStructure, wire.KindUnion, wire.KindMap:
		n, err := p.members(t, kind, 0)
		if err == nil && !p.done() {
			err = p.fail(p.i, "", "expected the end, got %q", p.rune())
		}
		return n, err
	default:
		// A list of plain values takes each value as it is.
		return &node{kind: kindString, at: position{1, 1}, text: p.text}, nil
	}
}

func (p *shortParser) rune() string {
	r, _ := utf8.DecodeRuneInString(p.text[p.i:])
	return string(r)
}

// members reads KEY=VALUE,… up to the closing bracket, which it leaves.
func (p *shortParser) members(t reflect.Type, kind wire.Kind, closing byte) (*node, error) {
	n := &node{kind: kindObject, at: p.at(p.i)}
	if p.depth++; p.depth > maxDepth {
		return nil, p.fail(p.i, "", "the value nests deeper than %d levels", maxDepth)
	}
	defer func() { p.depth-- }()
	s := scope{closing: closing, open: kind == wire.KindMap}
	known := wire.Members(t)
	for _, m := range known {
		s.names = append(s.names, m.Name)
	}
	if kind == wire.KindMap {
		s.names, known = nil, nil
	}
	for {
		p.space()
		if p.done() || p.text[p.i] == closing {
			return n, nil
		}
		f, err := p.memberOf(t, kind, known, s)
		if err != nil {
			return nil, err
		}
		if n.get(f.key) != nil {
			return nil, p.fail(offsetOf(p.text, f.at), "", "%q is here twice", f.key)
		}
		n.fields = append(n.fields, f)
		p.space()
		switch {
		case p.done() || p.text[p.i] == closing:
			return n, nil
		case p.text[p.i] == ',':
			p.i++
		default:
			return nil, p.fail(p.i, "", "expected a comma, got %q", p.rune())
		}
	}
}

func (p *shortParser) memberOf(t reflect.Type, kind wire.Kind, known []wire.Member, s scope) (field, error) {
	start := p.i
	for !p.done() && strings.IndexByte("=,{}[]", p.text[p.i]) < 0 {
		p.i++
	}
	key := strings.TrimSpace(p.text[start:p.i])
	f := field{key: key, at: p.at(start)}
	if p.done() || p.text[p.i] != '=' || key == "" {
		next := "a value is KEY=VALUE,KEY=VALUE or JSON"
		if len(s.names) > 0 {
			next = "the keys are " + strings.Join(s.names, ", ")
		}
		return f, p.fail(start, next, "expected KEY=VALUE, got %q", clip(p.text[start:]))
	}
	p.i++
	if kind == wire.KindMap {
		var err error
		f.value, err = p.value(deref(t).Elem(), s)
		return f, err
	}
	at := slices.IndexFunc(known, func(m wire.Member) bool { return m.Name == key || m.Name == lowerFirst(key) })
	if at < 0 {
		if near := Nearest(key, s.names); near != "" {
			return f, p.fail(start, "", "unknown key %q; did you mean %q?", key, near)
		}
		return f, p.fail(start, "the keys are "+strings.Join(s.names, ", "), "unknown key %q", key)
	}
	f.key = known[at].Name
	var err error
	f.value, err = p.value(known[at].Type, s)
	return f, err
}

func clip(s string) string {
	const longest = 30
	if r := []rune(s); len(r) > longest {
		return string(r[:longest]) + "…"
	}
	return s
}

func (p *shortParser) value(t reflect.Type, s scope) (*node, error) {
	p.space()
	start := p.i
	switch kind := wire.KindOf(t); kind {
	case wire.KindStructure, wire.KindUnion, wire.KindMap:
		if p.done() || p.text[p.i] != '{' {
			return nil, p.fail(start, "for example {KEY=VALUE,KEY=VALUE}", "expected { and the members of an object, got %q", clip(p.text[start:]))
		}
		p.i++
		n, err := p.members(t, kind, '}')
		if err != nil {
			return nil, err
		}
		n.at = p.at(start)
		return n, p.close('}', start)
	case wire.KindList:
		return p.list(deref(t).Elem(), s)
	default:
		text, quoted, err := p.scalar(s, s.ends)
		return scalarNode(text, quoted, p.at(start)), err
	}
}

// scalarNode leaves it to the conformer what a plain text is; only what the
// shape wants as a number or a flag is one.
func scalarNode(text string, quoted bool, at position) *node {
	n := &node{kind: kindString, at: at, text: text}
	switch {
	case quoted:
	case text == "true" || text == "false":
		n.kind = kindBool
	case isNumber(text):
		n.kind = kindNumber
	}
	return n
}

func (p *shortParser) close(closing byte, opened int) error {
	p.space()
	if p.done() || p.text[p.i] != closing {
		return p.fail(p.i, "", "expected %q for the %q at character %d", string(closing), p.text[opened:opened+1], utf8.RuneCountInString(p.text[:opened])+1)
	}
	p.i++
	return nil
}

// list reads [a,b], or a,b up to the next member.
func (p *shortParser) list(element reflect.Type, s scope) (*node, error) {
	n := &node{kind: kindArray, at: p.at(p.i)}
	start := p.i
	inner := s
	bracketed := !p.done() && p.text[p.i] == '['
	if bracketed {
		p.i++
		inner = scope{closing: ']'}
	}
	ends := func(p *shortParser) bool {
		return p.text[p.i] == ',' || inner.closing != 0 && p.text[p.i] == inner.closing
	}
	for {
		p.space()
		if p.done() || inner.closing != 0 && p.text[p.i] == inner.closing {
			break
		}
		item, err := p.item(element, inner, ends)
		if err != nil {
			return nil, err
		}
		n.items = append(n.items, item)
		p.space()
		if p.done() || p.text[p.i] != ',' || !bracketed && p.beginsMember(p.i+1, s) {
			break
		}
		p.i++
	}
	if bracketed {
		return n, p.close(']', start)
	}
	return n, nil
}

func (p *shortParser) item(element reflect.Type, s scope, ends func(*shortParser) bool) (*node, error) {
	switch wire.KindOf(element) {
	case wire.KindStructure, wire.KindUnion, wire.KindMap, wire.KindList:
		return p.value(element, s)
	}
	start := p.i
	text, quoted, err := p.scalar(s, ends)
	return scalarNode(text, quoted, p.at(start)), err
}

// ends tells whether text of this scope ends here: at the closing bracket, or at
// a comma. A comma that no member follows is an error of its own.
func (s scope) ends(p *shortParser) bool {
	c := p.text[p.i]
	return c == ',' || s.closing != 0 && c == s.closing
}

// beginsMember tells whether KEY= of the scope stands there.
func (p *shortParser) beginsMember(i int, s scope) bool {
	rest := strings.TrimLeft(p.text[i:], " \t\r\n")
	key, after, ok := strings.Cut(rest, "=")
	if !ok || strings.HasPrefix(after, "=") || strings.ContainsAny(key, ",{}[]() \"'") {
		return false
	}
	return s.open || slices.Contains(s.names, key) || slices.Contains(s.names, lowerFirst(key)) || Nearest(key, s.names) != ""
}

// scalar reads text up to where it ends. Quotes around the whole of it are taken
// off; brackets and quotes inside of it hide what would end it.
func (p *shortParser) scalar(s scope, ends func(*shortParser) bool) (text string, quoted bool, err error) {
	start := p.i
	if text, ok := p.whole(ends); ok {
		return text, true, nil
	}
	var open []byte
	for !p.done() {
		c := p.text[p.i]
		switch {
		case len(open) > 0 && c == open[len(open)-1]:
			open = open[:len(open)-1]
		case len(open) == 0 && ends(p):
			return strings.TrimSpace(p.text[start:p.i]), false, nil
		case c == '[' || c == '(' || c == '{':
			open = append(open, map[byte]byte{'[': ']', '(': ')', '{': '}'}[c])
		case (c == '"' || c == '\'') && (p.i == start || strings.IndexByte(" ([=,", p.text[p.i-1]) >= 0):
			if _, ok := p.quoted(); ok {
				continue
			}
		}
		p.i++
	}
	if len(open) > 0 {
		// Without its partner a bracket is a plain character: read again so that it
		// swallows nothing.
		return p.plain(start, ends), false, nil
	}
	return strings.TrimSpace(p.text[start:p.i]), false, nil
}

// whole reads a scalar that is in quotes from end to end. Quotes that are part
// of the text, as in 'a' == b, are left to be read.
func (p *shortParser) whole(ends func(*shortParser) bool) (string, bool) {
	start := p.i
	if !p.done() && (p.text[p.i] == '"' || p.text[p.i] == '\'') {
		if text, ok := p.quoted(); ok {
			if p.space(); p.done() || ends(p) {
				return text, true
			}
		}
	}
	p.i = start
	return "", false
}

func (p *shortParser) plain(start int, ends func(*shortParser) bool) string {
	p.i = start
	for !p.done() && !ends(p) {
		p.i++
	}
	return strings.TrimSpace(p.text[start:p.i])
}

// quoted reads text in quotes, in which a backslash keeps a quote or a backslash.
// Without a closing quote it stays where it is.
func (p *shortParser) quoted() (string, bool) {
	quote, start := p.text[p.i], p.i
	var b strings.Builder
	for i := p.i + 1; i < len(p.text); i++ {
		switch c := p.text[i]; {
		case c == quote:
			p.i = i + 1
			return b.String(), true
		case c == '\\' && i+1 < len(p.text) && (p.text[i+1] == quote || p.text[i+1] == '\\'):
			i++
			b.WriteByte(p.text[i])
		default:
			b.WriteByte(c)
		}
	}
	p.i = start
	return "", false
}
