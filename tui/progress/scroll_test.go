package progress

import (
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"
)

func TestPieces(t *testing.T) {
	cases := []struct {
		name  string
		lines []string
		want  []string
	}{
		{"short lines together", []string{"one", "two"}, []string{"one\ntwo"}},
		{"as many as fit", []string{"1", "2", "3", "4"}, []string{"1\n2\n3", "4"}},
		{"a wide line stays whole", []string{"0123456789abc"}, []string{"0123456789abc"}},
		{"one too wide for the space is cut", []string{strings.Repeat("x", 35)}, []string{"xxxxxxxxx\nxxxxxxxxx\nxxxxxxxxx", "xxxxxxxx"}},
		{"one that ends at the edge goes on", []string{"0123456789"}, []string{"0123456789 "}},
		{"tabs, returns and empty lines", []string{"a\tb\r", ""}, []string{"a    b\n "}},
		{"lines in a line", []string{"a\nb"}, []string{"a\nb"}},
		{"nothing", nil, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := pieces(c.lines, 10, 3); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestPiecesLoseNothing: whatever the lines, each piece fits and all of the text
// is there in its order.
func TestPiecesLoseNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom([]string{"a", "bcd", "漢", "é", " ", "\t", "\x1b[1m", "\x1b[m"})
		line := rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOf(word).Draw(t, "words"), "") })
		lines := rapid.SliceOf(line).Draw(t, "lines")
		width := rapid.IntRange(3, 40).Draw(t, "width")
		rows := rapid.IntRange(1, 12).Draw(t, "rows")
		var got strings.Builder
		for _, piece := range pieces(lines, width, rows) {
			used := 0
			for line := range strings.SplitSeq(piece, "\n") {
				used += rowsOf(line, width)
				got.WriteString(line)
			}
			if used > rows {
				t.Fatalf("a piece needs %d rows of %d: %q", used, rows, piece)
			}
		}
		squeeze := func(s string) string { return strings.Join(strings.Fields(ansi.Strip(s)), "") }
		if want := squeeze(strings.Join(lines, "")); squeeze(got.String()) != want {
			t.Fatalf("got %q, want %q", squeeze(got.String()), want)
		}
	})
}

func TestBlockLeavesRoom(t *testing.T) {
	for height := 1; height < 200; height++ {
		block, lines := blockRows(height), linesAtOnce(height)
		if height >= 3 && (block > height-2 || block+lines > height) {
			t.Errorf("height %d: block %d, lines %d", height, block, lines)
		}
		if block < 1 || lines < 1 {
			t.Errorf("height %d: block %d, lines %d", height, block, lines)
		}
	}
}
