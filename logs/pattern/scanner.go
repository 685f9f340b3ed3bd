package pattern

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// scanner reads a pattern from the left.
type scanner struct {
	text    string
	pos     int
	regexes int
}

func (s *scanner) fail(offset int, format string, args ...any) *SyntaxError {
	return &SyntaxError{Pattern: s.text, Offset: offset, Message: fmt.Sprintf(format, args...)}
}

func (s *scanner) done() bool            { return s.pos >= len(s.text) }
func (s *scanner) at(symbol string) bool { return strings.HasPrefix(s.text[s.pos:], symbol) }

// take moves past the symbol if the rest begins with it.
func (s *scanner) take(symbol string) bool {
	if !s.at(symbol) {
		return false
	}
	s.pos += len(symbol)
	return true
}

func (s *scanner) skipSpace() {
	s.pos = len(s.text) - len(strings.TrimLeftFunc(s.text[s.pos:], unicode.IsSpace))
}

// next names what stands at the position for a message.
func (s *scanner) next() string {
	if s.done() {
		return "the end"
	}
	_, size := utf8.DecodeRuneInString(s.text[s.pos:])
	return fmt.Sprintf("%q", s.text[s.pos:s.pos+size])
}

// while takes the characters that are wanted.
func (s *scanner) while(wanted func(rune) bool) string {
	start := s.pos
	for !s.done() {
		r, size := utf8.DecodeRuneInString(s.text[s.pos:])
		if !wanted(r) {
			break
		}
		s.pos += size
	}
	return s.text[start:s.pos]
}

// word takes a bare word of a selector or a column's name.
func (s *scanner) word() string {
	return s.while(func(r rune) bool { return r == '_' || r == '-' || unicode.IsLetter(r) || unicode.IsDigit(r) })
}

// keyword takes the word, in capital or small letters, if it stands there on its own.
func (s *scanner) keyword(word string) bool {
	start := s.pos
	if strings.EqualFold(s.word(), word) {
		return true
	}
	s.pos = start
	return false
}

// quoted takes what stands between quotation marks, one of which is at the
// position. A backslash gives the character after it; of an asterisk, which
// stands for any characters otherwise, the backslash stays.
func (s *scanner) quoted(quote byte) (string, error) {
	start := s.pos
	var b strings.Builder
	for s.pos++; !s.done(); s.pos++ {
		c := s.text[s.pos]
		switch {
		case c == quote:
			s.pos++
			return b.String(), nil
		case c == '\\' && s.pos+1 < len(s.text):
			s.pos++
			b.WriteByte('\\')
			b.WriteByte(s.text[s.pos])
		default:
			b.WriteByte(c)
		}
	}
	return "", s.fail(start, "a quotation mark is not closed")
}

// unescaped is the text that quoted gave, without its backslashes.
func unescaped(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) {
			i++
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// quote is text between quotation marks, as quoted and unescaped read it.
func quote(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}
