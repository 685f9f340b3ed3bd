package api

import (
	"regexp"
	"sync"
)

// textRule is a regular expression that is compiled when it is first asked for: most
// processes never ask for most of them, and those that count to hundreds are
// large.
type textRule struct{ compiled func() *regexp.Regexp }

func ruleOf(pattern string) textRule {
	return textRule{sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })}
}

// MatchString reports whether the text has a match.
func (r textRule) MatchString(text string) bool { return r.compiled().MatchString(text) }

// FindStringSubmatch is the first match and its groups, or nil.
func (r textRule) FindStringSubmatch(text string) []string {
	return r.compiled().FindStringSubmatch(text)
}
