package query

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// SyntaxError says what is wrong with an expression, and where.
type SyntaxError struct {
	Expr    string
	Offset  int // of the first wrong byte; len(Expr) is the end
	Message string
}

// Error is one line: the position, counted in characters from 1, and what is wrong there.
func (e *SyntaxError) Error() string {
	if e.Offset >= len(e.Expr) {
		return "at the end: " + e.Message
	}
	return fmt.Sprintf("at character %d: %s", utf8.RuneCountInString(e.Expr[:e.Offset])+1, e.Message)
}

// Mark is the expression with a caret under the position, on two lines. Control
// characters show as spaces, so that the caret stands where it should.
func (e *SyntaxError) Mark() string {
	shown := strings.Map(func(r rune) rune {
		if r < ' ' || r == utf8.RuneError {
			return ' '
		}
		return r
	}, e.Expr)
	before := e.Expr[:min(e.Offset, len(e.Expr))]
	return shown + "\n" + strings.Repeat(" ", utf8.RuneCountInString(before)) + "^"
}
