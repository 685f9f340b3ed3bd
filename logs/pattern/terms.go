package pattern

import (
	"regexp"
	"strings"
	"unicode"
)

// terms is a pattern of terms: all of them, none of those with a minus sign, and
// when there are only optional ones besides, any of those.
type terms struct {
	list     []term
	required bool // one of them is neither optional nor excluded
}

// term is one term, a phrase, or a regular expression.
type term struct {
	sign  byte // '?', '-', or 0
	text  string
	regex *regexp.Regexp
}

func (s *scanner) terms() (*terms, error) {
	t := &terms{}
	for s.skipSpace(); !s.done(); s.skipSpace() {
		var next term
		if s.at("?") || s.at("-") {
			next.sign = s.text[s.pos]
			s.pos++
		}
		if err := s.term(&next); err != nil {
			return nil, err
		}
		t.list = append(t.list, next)
		t.required = t.required || next.sign == 0
	}
	return t, nil
}

func (s *scanner) term(t *term) (err error) {
	start := s.pos
	switch {
	case s.at("%"):
		t.regex, err = s.regex()
		return err
	case s.at(`"`):
		phrase, err := s.quoted('"')
		if err == nil && phrase == "" {
			err = s.fail(start, "a phrase is empty")
		}
		t.text = unescaped(phrase)
		return err
	}
	t.text = s.while(func(r rune) bool { return !unicode.IsSpace(r) })
	if t.text == "" {
		return s.fail(start, "a term is missing")
	}
	if odd := strings.IndexFunc(t.text, notBare); odd >= 0 {
		s.pos = start + odd
		return s.fail(s.pos, "Invalid character(s) in term '%s'. Put a term that is not only letters, digits and _ in quotation marks", t.text)
	}
	return nil
}

func notBare(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }

func (t *terms) match(message string) bool {
	optional, found := false, false
	for i := range t.list {
		x := &t.list[i]
		switch x.sign {
		case '-':
			if x.in(message) {
				return false
			}
		case '?': // beside required terms the optional ones do not count
			optional = true
			found = found || !t.required && x.in(message)
		default:
			if !x.in(message) {
				return false
			}
		}
	}
	return t.required || !optional || found
}

func (t *term) in(message string) bool {
	if t.regex != nil {
		return t.regex.MatchString(message)
	}
	return strings.Contains(message, t.text)
}

func (t *terms) print(b *strings.Builder) {
	for i, x := range t.list {
		if i > 0 {
			b.WriteByte(' ')
		}
		if x.sign != 0 {
			b.WriteByte(x.sign)
		}
		switch {
		case x.regex != nil:
			b.WriteString("%" + x.regex.String() + "%")
		case strings.IndexFunc(x.text, notBare) < 0:
			b.WriteString(x.text)
		default:
			b.WriteString(quote(x.text))
		}
	}
}
