package pattern

import (
	"fmt"
	"unicode/utf8"
)

// SyntaxError says what is wrong with a pattern, and where.
type SyntaxError struct {
	Pattern string
	Offset  int // of the first wrong byte; len(Pattern) is the end
	Message string
}

// Error is one line: the position, counted in characters from 1, and what is wrong there.
func (e *SyntaxError) Error() string {
	if e.Offset >= len(e.Pattern) {
		return "at the end: " + e.Message
	}
	return fmt.Sprintf("at character %d: %s", utf8.RuneCountInString(e.Pattern[:e.Offset])+1, e.Message)
}
