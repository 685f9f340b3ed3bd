package insights

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// scanner reads a query from the left.
type scanner struct {
	text       string
	pos        int
	stats      bool // within stats, where aggregates may stand
	aggregates int
}

// fail is an error about [from, to); a place of no width gets that of a character.
func (s *scanner) fail(from, to int, format string, args ...any) *SyntaxError {
	if to <= from && from < len(s.text) {
		_, size := utf8.DecodeRuneInString(s.text[from:])
		to = from + size
	}
	return &SyntaxError{Query: s.text, Start: from, End: max(from, to), Message: fmt.Sprintf(format, args...)}
}

// expected is an error about what stands at the position.
func (s *scanner) expected(what string) *SyntaxError {
	start := s.pos
	if word := s.word(); word != "" {
		return s.fail(start, s.pos, "expected %s, not %q", what, word)
	}
	if s.done() {
		return s.fail(start, start, "expected %s", what)
	}
	_, size := utf8.DecodeRuneInString(s.text[start:])
	return s.fail(start, start+size, "expected %s, not %q", what, s.text[start:start+size])
}

func (s *scanner) done() bool { return s.pos >= len(s.text) }

// skip passes over white space and comments.
func (s *scanner) skip() {
	for {
		s.pos = len(s.text) - len(strings.TrimLeftFunc(s.text[s.pos:], unicode.IsSpace))
		if s.done() || s.text[s.pos] != '#' {
			return
		}
		if end := strings.IndexByte(s.text[s.pos:], '\n'); end >= 0 {
			s.pos += end
		} else {
			s.pos = len(s.text)
		}
	}
}

func (s *scanner) at(symbol string) bool { return strings.HasPrefix(s.text[s.pos:], symbol) }

// take moves past the symbol if it comes next.
func (s *scanner) take(symbol string) bool {
	s.skip()
	if !s.at(symbol) {
		return false
	}
	s.pos += len(symbol)
	return true
}

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

func letter(r rune) bool { return r == '@' || r == '_' || unicode.IsLetter(r) }
func digit(r rune) bool  { return r >= '0' && r <= '9' }

// word takes a name, which may have dots within.
func (s *scanner) word() string {
	if r, _ := utf8.DecodeRuneInString(s.text[s.pos:]); s.done() || !letter(r) {
		return ""
	}
	return s.while(func(r rune) bool { return letter(r) || unicode.IsDigit(r) || r == '.' })
}

// keyword takes a word of the language, in capital or small letters.
func (s *scanner) keyword(words ...string) bool {
	s.skip()
	start := s.pos
	for _, word := range words {
		s.skip()
		if !strings.EqualFold(s.word(), word) {
			s.pos = start
			return false
		}
	}
	return true
}

// name takes the name of a field, which may stand in backticks.
func (s *scanner) name() (string, error) {
	s.skip()
	start := s.pos
	if s.take("`") {
		end := strings.IndexByte(s.text[s.pos:], '`')
		if end <= 0 {
			return "", s.fail(start, len(s.text), "a name in backticks is empty or not closed")
		}
		s.pos += end + 1
		return s.text[start+1 : s.pos-1], nil
	}
	name := s.word()
	if name == "" {
		return "", s.expected("the name of a field")
	}
	return name, nil
}

// quoted takes text in quotation marks of either kind, one of which comes next.
func (s *scanner) quoted() (string, error) {
	start, quote := s.pos, s.text[s.pos]
	var b strings.Builder
	for s.pos++; !s.done(); s.pos++ {
		c := s.text[s.pos]
		switch {
		case c == quote:
			s.pos++
			return b.String(), nil
		case c == '\\' && s.pos+1 < len(s.text):
			s.pos++
			if next := s.text[s.pos]; next != quote && next != '\\' {
				b.WriteByte('\\')
			}
			b.WriteByte(s.text[s.pos])
		default:
			b.WriteByte(c)
		}
	}
	return "", s.fail(start, len(s.text), "a quotation mark is not closed")
}

func (s *scanner) quote() bool {
	s.skip()
	return s.at(`"`) || s.at("'")
}

// regex takes a regular expression between slashes, the first of which comes next.
func (s *scanner) regex() (*regexp.Regexp, error) {
	start := s.pos
	var b strings.Builder
	for s.pos++; !s.done(); s.pos++ {
		c := s.text[s.pos]
		switch {
		case c == '/':
			s.pos++
			return s.compile(start, b.String())
		case c == '\\' && s.pos+1 < len(s.text):
			s.pos++
			if s.text[s.pos] != '/' {
				b.WriteByte('\\')
			}
			b.WriteByte(s.text[s.pos])
		default:
			b.WriteByte(c)
		}
	}
	return nil, s.fail(start, len(s.text), "a regular expression is not closed with /")
}

func (s *scanner) compile(start int, source string) (*regexp.Regexp, error) {
	re, err := regexp.Compile(source)
	if err != nil {
		return nil, s.fail(start, s.pos, "the regular expression cannot be read: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	return re, nil
}

// count takes a number of rows.
func (s *scanner) count(most int) (int, error) {
	s.skip()
	start := s.pos
	n, err := strconv.Atoi(s.while(digit))
	if err != nil || n < 1 || n > most {
		s.pos = max(s.pos, start)
		return 0, s.fail(start, s.pos, "expected a number between 1 and %d", most)
	}
	return n, nil
}
