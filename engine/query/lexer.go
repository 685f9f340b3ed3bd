package query

import "strings"

// lexer hands out the pieces of an expression. It is driven by the parser,
// because what a piece is depends on where it stands: after =~ a bare word may
// hold brackets and parentheses, elsewhere it may not.
type lexer struct {
	text string
	pos  int
}

const notBare = " \t\r\n()[],'\"=!<>~&|"

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

func (l *lexer) skipSpace() {
	for l.pos < len(l.text) && isSpace(l.text[l.pos]) {
		l.pos++
	}
}

// at reports whether the rest begins with the symbol.
func (l *lexer) at(symbol string) bool { return strings.HasPrefix(l.text[l.pos:], symbol) }

// take moves past the symbol if the rest begins with it.
func (l *lexer) take(symbol string) bool {
	if !l.at(symbol) {
		return false
	}
	l.pos += len(symbol)
	return true
}

// word is the bare word at the position, which stays where it is.
func (l *lexer) word() string {
	rest := l.text[l.pos:]
	if i := strings.IndexAny(rest, notBare); i >= 0 {
		return rest[:i]
	}
	return rest
}

// takeWord moves past the word if it stands there on its own.
func (l *lexer) takeWord(word string) bool {
	if l.word() != word {
		return false
	}
	l.pos += len(word)
	return true
}

// pattern is the bare regular expression at the position. It ends at white
// space, at && or ||, and at a parenthesis that it did not open: that one
// closes a clause.
func (l *lexer) pattern() string {
	depth, class := 0, false
	i := l.pos
	for ; i < len(l.text); i++ {
		c := l.text[i]
		if isSpace(c) {
			break
		}
		if c == '\\' && i+1 < len(l.text) && !isSpace(l.text[i+1]) {
			i++
			continue
		}
		if class {
			class = c != ']'
			continue
		}
		if depth == 0 && (c == ')' || strings.HasPrefix(l.text[i:], "&&") || strings.HasPrefix(l.text[i:], "||")) {
			break
		}
		switch c {
		case '[':
			class = true
		case '(':
			depth++
		case ')':
			depth--
		}
	}
	return l.text[l.pos:i]
}
