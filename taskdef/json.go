package taskdef

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds how deep a document may nest. The deepest shape of ECS needs
// about a dozen levels.
const maxDepth = 64

// syntaxError is a text that breaks off, with the place where it does.
type syntaxError struct {
	at      position
	message string
	next    string
}

func (e *syntaxError) Error() string {
	return fmt.Sprintf("%d:%d: %s", e.at.line, e.at.column, e.message)
}

// jsonParser reads JSON with what people add to it: comments of the kinds // and
// # and /* */, and a comma after the last member.
type jsonParser struct {
	text  string
	i     int
	line  int
	start int // where the line begins
	depth int
	// The last place that at was asked for. Counting on from it keeps a document
	// on a single line from costing the square of its length.
	known       int
	knownColumn int
}

// parseJSON reads one document. The error is a *syntaxError.
func parseJSON(text string) (*node, error) {
	p := &jsonParser{text: text, line: 1}
	if err := p.space(); err != nil {
		return nil, err
	}
	n, err := p.value()
	if err != nil {
		return nil, err
	}
	if err := p.space(); err != nil {
		return nil, err
	}
	if p.i < len(p.text) {
		return nil, p.fail("expected the end of the document, got " + p.here())
	}
	return n, nil
}

func (p *jsonParser) at() position {
	if p.known < p.start || p.known > p.i || p.knownColumn == 0 {
		p.known, p.knownColumn = p.start, 1
	}
	p.knownColumn += utf8.RuneCountInString(p.text[p.known:p.i])
	p.known = p.i
	return position{line: p.line, column: p.knownColumn}
}

func (p *jsonParser) fail(message string) error { return p.failAt(p.at(), message) }

func (p *jsonParser) failAt(at position, message string) error {
	return &syntaxError{at: at, message: message}
}

// here names what stands at the current place.
func (p *jsonParser) here() string {
	if p.i >= len(p.text) {
		return "the end of the text"
	}
	rest := p.text[p.i:]
	if end := strings.IndexFunc(rest, func(r rune) bool { return r <= ' ' || strings.ContainsRune(`,:[]{}"`, r) }); end > 0 && end <= 24 {
		return strconv.Quote(rest[:end])
	}
	r, _ := utf8.DecodeRuneInString(rest)
	return strconv.QuoteRune(r)
}

// space skips white space and comments.
func (p *jsonParser) space() error {
	for p.i < len(p.text) {
		switch c := p.text[p.i]; {
		case c == '\n':
			p.i++
			p.line, p.start = p.line+1, p.i
		case c == ' ' || c == '\t' || c == '\r':
			p.i++
		case c == '#' || strings.HasPrefix(p.text[p.i:], "//"):
			p.lineComment()
		case strings.HasPrefix(p.text[p.i:], "/*"):
			if err := p.blockComment(); err != nil {
				return err
			}
		default:
			return nil
		}
	}
	return nil
}

func (p *jsonParser) lineComment() {
	if end := strings.IndexByte(p.text[p.i:], '\n'); end >= 0 {
		p.i += end
		return
	}
	p.i = len(p.text)
}

func (p *jsonParser) blockComment() error {
	at := p.at()
	end := strings.Index(p.text[p.i+2:], "*/")
	if end < 0 {
		return p.failAt(at, "the comment that begins here has no end")
	}
	stop := p.i + 2 + end + 2
	for ; p.i < stop; p.i++ {
		if p.text[p.i] == '\n' {
			p.line, p.start = p.line+1, p.i+1
		}
	}
	return nil
}

func (p *jsonParser) value() (*node, error) {
	if p.i >= len(p.text) {
		return nil, p.fail("expected a value, got the end of the text")
	}
	switch c := p.text[p.i]; {
	case c == '{':
		return p.object()
	case c == '[':
		return p.array()
	case c == '"':
		n := &node{kind: kindString, at: p.at(), opens: 1}
		start := p.i + 1
		var err error
		if n.text, err = p.str(); err == nil && n.text != p.text[start:p.i-1] {
			n.opens = escaped
		}
		return n, err
	case c == '\'':
		return nil, p.fail("expected a string in double quotes, got a single quote")
	default:
		return p.word()
	}
}

// word reads a number, true, false or null.
func (p *jsonParser) word() (*node, error) {
	at := p.at()
	rest := p.text[p.i:]
	end := strings.IndexFunc(rest, func(r rune) bool { return r <= ' ' || strings.ContainsRune(`,:[]{}"#/`, r) })
	if end < 0 {
		end = len(rest)
	}
	word := rest[:end]
	n := &node{at: at, text: word}
	switch {
	case word == "null":
		n.kind = kindNull
	case word == "true" || word == "false":
		n.kind = kindBool
	case isNumber(word):
		n.kind = kindNumber
	case word == "":
		return nil, p.fail("expected a value, got " + p.here())
	default:
		return nil, p.fail(fmt.Sprintf("expected a value, got %s; text needs double quotes", p.here()))
	}
	p.i += end
	return n, nil
}

// isNumber tells whether the word is a number as JSON writes it. A number with
// a leading zero is none: in YAML that is an account id, and must stay as it is.
func isNumber(word string) bool {
	s := strings.TrimPrefix(word, "-")
	digits := func() int {
		n := 0
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		return n
	}
	n := digits()
	if n == 0 || n > 1 && s[0] == '0' {
		return false
	}
	s = s[n:]
	if strings.HasPrefix(s, ".") {
		s = s[1:]
		if n = digits(); n == 0 {
			return false
		}
		s = s[n:]
	}
	if s != "" && (s[0] == 'e' || s[0] == 'E') {
		if s = s[1:]; s != "" && (s[0] == '+' || s[0] == '-') {
			s = s[1:]
		}
		if n = digits(); n == 0 {
			return false
		}
		s = s[n:]
	}
	return s == ""
}

func (p *jsonParser) enter(at position) error {
	if p.depth++; p.depth > maxDepth {
		return p.failAt(at, fmt.Sprintf("the document nests deeper than %d levels", maxDepth))
	}
	return nil
}

func (p *jsonParser) object() (*node, error) {
	n := &node{kind: kindObject, at: p.at()}
	if err := p.enter(n.at); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	p.i++
	for {
		if err := p.space(); err != nil {
			return nil, err
		}
		if p.i < len(p.text) && p.text[p.i] == '}' {
			p.i++
			return n, nil
		}
		f, err := p.member(n.at)
		if err != nil {
			return nil, err
		}
		n.fields = append(n.fields, f)
		if err := p.separator(n.at, '}', "the object"); err != nil {
			return nil, err
		}
	}
}

func (p *jsonParser) member(opened position) (field, error) {
	f := field{at: p.at()}
	if p.i >= len(p.text) {
		return f, p.unclosed("the object", '}', opened)
	}
	if p.text[p.i] != '"' {
		return f, p.fail("expected a key in double quotes, got " + p.here())
	}
	var err error
	if f.key, err = p.str(); err != nil {
		return f, err
	}
	if err := p.space(); err != nil {
		return f, err
	}
	if p.i >= len(p.text) || p.text[p.i] != ':' {
		return f, p.fail(fmt.Sprintf("expected a colon after the key %q, got %s", f.key, p.here()))
	}
	p.i++
	if err := p.space(); err != nil {
		return f, err
	}
	f.value, err = p.value()
	return f, err
}

func (p *jsonParser) array() (*node, error) {
	n := &node{kind: kindArray, at: p.at()}
	if err := p.enter(n.at); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	p.i++
	for {
		if err := p.space(); err != nil {
			return nil, err
		}
		if p.i >= len(p.text) {
			return nil, p.unclosed("the list", ']', n.at)
		}
		if p.text[p.i] == ']' {
			p.i++
			return n, nil
		}
		item, err := p.value()
		if err != nil {
			return nil, err
		}
		n.items = append(n.items, item)
		if err := p.separator(n.at, ']', "the list"); err != nil {
			return nil, err
		}
	}
}

// separator reads the comma after a member, or leaves the closing bracket.
func (p *jsonParser) separator(opened position, closing byte, what string) error {
	// A comma is missed after the value, not where the next one begins.
	at := p.at()
	if err := p.space(); err != nil {
		return err
	}
	switch {
	case p.i >= len(p.text):
		return p.unclosed(what, closing, opened)
	case p.text[p.i] == ',':
		p.i++
		return nil
	case p.text[p.i] == closing:
		return nil
	case p.text[p.i] == '"' || p.text[p.i] == '{' || p.text[p.i] == '[':
		return p.failAt(at, fmt.Sprintf("expected a comma or %q here, before %s", closing, p.here()))
	default:
		return p.fail(fmt.Sprintf("expected a comma or %q, got %s", closing, p.here()))
	}
}

func (p *jsonParser) unclosed(what string, closing byte, opened position) error {
	return p.fail(fmt.Sprintf("the text ends before the %q of %s that begins at line %d, column %d",
		closing, what, opened.line, opened.column))
}

// str reads a string in double quotes.
func (p *jsonParser) str() (string, error) {
	at := p.at()
	p.i++
	var b strings.Builder
	for p.i < len(p.text) {
		switch c := p.text[p.i]; {
		case c == '"':
			p.i++
			return b.String(), nil
		case c == '\n' || c == '\r':
			return "", p.failAt(at, "the string that begins here has no closing quote on its line")
		case c < ' ' && c != '\t':
			return "", p.fail(fmt.Sprintf("the control character %U must be written \\u%04x in a string", c, c))
		case c == '\\':
			if err := p.escape(&b); err != nil {
				return "", err
			}
		default:
			b.WriteByte(c)
			p.i++
		}
	}
	return "", p.failAt(at, "the string that begins here has no closing quote")
}

func (p *jsonParser) escape(b *strings.Builder) error {
	if p.i+1 >= len(p.text) {
		return p.fail("the text ends inside a string")
	}
	c := p.text[p.i+1]
	if i := strings.IndexByte(`"\/bfnrt`, c); i >= 0 {
		b.WriteByte("\"\\/\b\f\n\r\t"[i])
		p.i += 2
		return nil
	}
	r, ok := p.hex(p.i)
	if !ok {
		after, _ := utf8.DecodeRuneInString(p.text[p.i+1:])
		return p.fail(fmt.Sprintf("there is no escape of a backslash and %q in a JSON string", after))
	}
	p.i += 6
	if r >= 0xD800 && r < 0xDC00 { // the first half of a pair
		if low, ok := p.hex(p.i); ok && low >= 0xDC00 && low < 0xE000 {
			r = (r-0xD800)<<10 + (low - 0xDC00) + 0x10000
			p.i += 6
		}
	}
	b.WriteRune(r) // half a pair becomes U+FFFD
	return nil
}

// hex reads \uXXXX at i.
func (p *jsonParser) hex(i int) (rune, bool) {
	if i+6 > len(p.text) || p.text[i] != '\\' || p.text[i+1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(p.text[i+2:i+6], 16, 16)
	return rune(n), err == nil
}
