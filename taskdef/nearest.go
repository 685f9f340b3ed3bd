package taskdef

import "strings"

// Nearest returns the candidate that the word was probably meant to be, or "".
// Case does not count; about every third letter may be wrong, none of a word of
// two or less.
func Nearest(word string, candidates []string) string {
	const short = 2
	best, bestDistance := "", max(1, len(word)/3)+1
	if len(word) <= short {
		bestDistance = 1
	}
	low := strings.ToLower(word)
	for _, c := range candidates {
		if d := distance(low, strings.ToLower(c)); d < bestDistance {
			best, bestDistance = c, d
		}
	}
	return best
}

// distance counts the letters to insert, drop, replace or swap with a neighbour
// to make b of a.
func distance(a, b string) int {
	const tooFar = 1 << 20
	if len(a) > 128 || len(b) > 128 {
		return tooFar
	}
	older, old, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		old[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(old[j]+1, row[j-1]+1, old[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], older[j-2]+1)
			}
		}
		older, old, row = old, row, older
	}
	return old[len(b)]
}
