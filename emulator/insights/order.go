package insights

import (
	"cmp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// inOrder is the order of sort: what is no number comes before all numbers, in
// natural order, and what is absent comes last [CWL: Logs Insights QL, sort].
func inOrder(a, b value) int {
	if a.kind == absent || b.kind == absent {
		return compare(a, b)
	}
	_, one := a.asNumber()
	_, other := b.asNumber()
	switch {
	case one && other:
		return compare(a, b)
	case one:
		return 1
	case other:
		return -1
	}
	return natural(a.String(), b.String())
}

// natural compares texts piece by piece: digits with digits by how many they are
// and then by what they say, all else by Unicode.
func natural(a, b string) int {
	for a != "" && b != "" {
		x, isNumber := piece(a)
		y, alsoNumber := piece(b)
		if isNumber && alsoNumber {
			if by := cmp.Compare(len(x), len(y)); by != 0 {
				return by
			}
		}
		if by := strings.Compare(x, y); by != 0 {
			return by
		}
		a, b = a[len(x):], b[len(y):]
	}
	return cmp.Compare(len(a), len(b))
}

// piece is what a text begins with: digits, letters, or neither.
func piece(text string) (first string, isNumber bool) {
	kindOf := func(r rune) int {
		switch {
		case digit(r):
			return 0
		case unicode.IsLetter(r):
			return 1
		}
		return 2
	}
	begin, _ := utf8.DecodeRuneInString(text)
	kind := kindOf(begin)
	if end := strings.IndexFunc(text, func(r rune) bool { return kindOf(r) != kind }); end >= 0 {
		text = text[:end]
	}
	return text, kind == 0
}
