package insights

import (
	"fmt"
	"unicode/utf8"
)

// SyntaxError says what is wrong with a query, and where.
type SyntaxError struct {
	Query      string
	Start, End int // bytes [Start, End) of the query; both are len(Query) at its end
	Message    string
}

// Error is one line: the position, counted in characters from 1, and what is wrong there.
func (e *SyntaxError) Error() string {
	if e.Start >= len(e.Query) {
		return "at the end: " + e.Message
	}
	start, _ := e.Characters()
	return fmt.Sprintf("at character %d: %s", start+1, e.Message)
}

// Characters is the place counted in characters from 0.
func (e *SyntaxError) Characters() (start, end int) {
	return utf8.RuneCountInString(e.Query[:e.Start]), utf8.RuneCountInString(e.Query[:e.End])
}
