package api

import (
	"strings"
	"unicode"
)

// pattern is a filter pattern of whole terms (ECS semantics 9.7 [CWL: filter
// pattern syntax]): all of the terms, none of the excluded ones, and when there
// are only optional ones, any of those. A term matches anywhere in a message.
type pattern struct {
	all, any, none []string
}

// parsePattern reads a filter pattern. What is not evaluated here is refused
// and never taken for something else.
func parsePattern(text string) (pattern, error) {
	rest := strings.TrimSpace(text)
	if strings.HasPrefix(rest, "{") || strings.HasPrefix(rest, "[") {
		return pattern{}, invalid("Invalid filter pattern: this emulator evaluates terms and quoted phrases, and neither JSON ({…}) nor space-delimited ([…]) patterns.")
	}
	var p pattern
	for rest != "" {
		into := &p.all
		switch rest[0] {
		case '?':
			into, rest = &p.any, rest[1:]
		case '-':
			into, rest = &p.none, rest[1:]
		}
		term, after, err := nextTerm(rest)
		if err != nil {
			return pattern{}, err
		}
		*into = append(*into, term)
		rest = strings.TrimLeftFunc(after, unicode.IsSpace)
	}
	return p, nil
}

func nextTerm(text string) (term, rest string, err error) {
	if strings.HasPrefix(text, "%") {
		return "", "", invalid("Invalid filter pattern: this emulator does not evaluate regular expressions (%%…%%).")
	}
	if quoted, ok := strings.CutPrefix(text, `"`); ok {
		var phrase strings.Builder
		for i := 0; i < len(quoted); i++ {
			switch {
			case quoted[i] == '\\' && i+1 < len(quoted):
				i++
				phrase.WriteByte(quoted[i])
			case quoted[i] == '"' && phrase.Len() == 0:
				return "", "", invalid("Invalid filter pattern: a phrase is empty.")
			case quoted[i] == '"':
				return phrase.String(), quoted[i+1:], nil
			default:
				phrase.WriteByte(quoted[i])
			}
		}
		return "", "", invalid("Invalid filter pattern: a quotation mark is not closed.")
	}
	end := strings.IndexFunc(text, unicode.IsSpace)
	if end < 0 {
		end = len(text)
	}
	term = text[:end]
	odd := strings.IndexFunc(term, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if term == "" || odd >= 0 {
		return "", "", invalid("Invalid filter pattern: Invalid character(s) in term '%s'. Put a term that is not only letters, digits and _ in quotation marks.", term)
	}
	return term, text[end:], nil
}

// match reports whether a message has what the pattern asks.
func (p pattern) match(message string) bool {
	for _, term := range p.none {
		if strings.Contains(message, term) {
			return false
		}
	}
	for _, term := range p.all {
		if !strings.Contains(message, term) {
			return false
		}
	}
	if len(p.all) > 0 || len(p.any) == 0 {
		return true // beside plain terms the optional ones do not count
	}
	for _, term := range p.any {
		if strings.Contains(message, term) {
			return true
		}
	}
	return false
}
