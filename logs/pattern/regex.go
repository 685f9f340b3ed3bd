package pattern

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strings"
)

// What a regular expression may consist of besides letters and digits [CWL:
// Filter pattern syntax, Supported regular expressions].
const regexCharacters = ":_#=@/;,-" + "^$?[]{}|\\*+."

// regex takes a regular expression between percent signs, the first of which is
// at the position.
func (s *scanner) regex() (*regexp.Regexp, error) {
	start := s.pos
	for s.pos++; !s.done(); s.pos++ {
		c := s.text[s.pos]
		switch {
		case c == '%':
			source := s.text[start+1 : s.pos]
			s.pos++
			return s.compile(start, source)
		case c == '\\' && s.pos+1 < len(s.text) && s.text[s.pos+1] < 0x80:
			s.pos++ // whatever is escaped
		case !alphanumeric(c) && !strings.ContainsRune(regexCharacters, rune(c)):
			return nil, s.fail(s.pos, "a regular expression cannot have %s in it; escape a symbol with \\", s.next())
		}
	}
	return nil, s.fail(start, "a regular expression is not closed with %%")
}

func (s *scanner) compile(start int, source string) (*regexp.Regexp, error) {
	if source == "" {
		return nil, s.fail(start, "a regular expression is empty")
	}
	if class := unknownClass(source); class != "" {
		return nil, s.fail(start, `a regular expression cannot have %s in it; there are \d \D \s \S \w \W and \xHH`, class)
	}
	re, err := regexp.Compile(source)
	if err != nil {
		message := err.Error()
		if wrong, ok := errors.AsType[*syntax.Error](err); ok {
			message = string(wrong.Code) + ": " + wrong.Expr
		}
		return nil, s.fail(start, "a regular expression cannot be read: %s", message)
	}
	s.regexes++
	return re, nil
}

// unknownClass is a backslash with a letter or digit that has no meaning.
func unknownClass(source string) string {
	for i := 0; i+1 < len(source); i++ {
		if source[i] != '\\' {
			continue
		}
		i++
		if alphanumeric(source[i]) && !strings.ContainsRune("dDsSwWx", rune(source[i])) {
			return source[i-1 : i+1]
		}
	}
	return ""
}

func alphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// few refuses more regular expressions than a pattern of conditions may have.
func (s *scanner) few() error {
	if s.regexes > mostRegexes {
		return s.fail(s.pos, "a pattern of this kind can have %d regular expressions, and this is one more", mostRegexes)
	}
	return nil
}
