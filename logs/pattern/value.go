package pattern

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// value is what a condition compares with: text, in which * stands for any
// characters, a number, or a regular expression.
type value struct {
	parts    []string // of text, between its asterisks
	number   float64
	isNumber bool
	regex    *regexp.Regexp
}

func (v *value) set() bool { return v.parts != nil || v.regex != nil }

var numberRule = regexp.MustCompile(`^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$`)

// numberOf reads a number, with or without an exponent.
func numberOf(text string) (float64, bool) {
	if !numberRule.MatchString(text) {
		return 0, false
	}
	number, err := strconv.ParseFloat(text, 64)
	return number, err == nil
}

func (s *scanner) value(v *value, stops string) (err error) {
	start := s.pos
	switch {
	case s.at("%"):
		if v.regex, err = s.regex(); err != nil {
			return err
		}
		return s.few()
	case s.at(`"`), s.at("'"):
		text, err := s.quoted(s.text[start])
		v.parts = globOf(text)
		return err
	}
	end := start + len(s.while(func(r rune) bool { return !unicode.IsSpace(r) && !strings.ContainsRune(stops+`"`, r) }))
	for _, join := range []string{"&&", "||"} {
		if i := strings.Index(s.text[start:end], join); i >= 0 {
			end = start + i
		}
	}
	s.pos = end
	text := s.text[start:end]
	if text == "" {
		return s.fail(start, "a value is missing")
	}
	v.number, v.isNumber = numberOf(text)
	v.parts = strings.Split(text, "*")
	return nil
}

// globOf divides quoted text at its asterisks.
func globOf(text string) []string {
	parts := []string{}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '*':
			parts = append(parts, b.String())
			b.Reset()
			continue
		case text[i] == '\\' && i+1 < len(text):
			i++
		}
		b.WriteByte(text[i])
	}
	return append(parts, b.String())
}

// like reports whether text has the value's parts in their order.
func (v *value) like(text string) bool {
	if v.regex != nil {
		return v.regex.MatchString(text)
	}
	first, rest := v.parts[0], v.parts[1:]
	if len(rest) == 0 {
		return text == first
	}
	text, ok := strings.CutPrefix(text, first)
	if !ok {
		return false
	}
	text, ok = strings.CutSuffix(text, rest[len(rest)-1])
	if !ok {
		return false
	}
	for _, part := range rest[:len(rest)-1] {
		_, after, ok := strings.Cut(text, part)
		if !ok {
			return false
		}
		text = after
	}
	return true
}

// holds compares text, which may be a number, with the condition's value.
func (c *condition) holds(text string, number float64, isNumber bool) bool {
	equal := false
	if c.value.isNumber && isNumber {
		switch c.test {
		case "<":
			return number < c.value.number
		case ">":
			return number > c.value.number
		case "<=":
			return number <= c.value.number
		case ">=":
			return number >= c.value.number
		}
		equal = number == c.value.number
	} else {
		equal = c.value.like(text)
	}
	switch c.test {
	case "=":
		return equal
	case "!=":
		return !equal
	}
	return false // text is neither less nor greater
}

func (v *value) print(b *strings.Builder) {
	switch {
	case v.regex != nil:
		b.WriteString("%" + v.regex.String() + "%")
	case v.isNumber:
		b.WriteString(v.parts[0])
	default:
		escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "*", `\*`)
		b.WriteByte('"')
		for i, part := range v.parts {
			if i > 0 {
				b.WriteByte('*')
			}
			b.WriteString(escape.Replace(part))
		}
		b.WriteByte('"')
	}
}
