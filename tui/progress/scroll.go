package progress

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// blockRows is how tall the block may become on a terminal of that height: it
// leaves room for lines above and never fills the screen.
func blockRows(height int) int {
	return max(1, min(height-2, max(6, height*2/3)))
}

// linesAtOnce is how many rows of lines may be inserted above the block in one
// go without pushing it off the screen.
func linesAtOnce(height int) int {
	return max(1, height-blockRows(height)-1)
}

// pieces joins lines into texts of at most rows rows each, as they are inserted
// above the block. A line that is wider than the terminal stays whole, so that
// it can be copied, unless it alone would need more than that.
func pieces(lines []string, width, rows int) []string {
	width = max(width, 2)
	var out, piece []string
	used := 0
	end := func() {
		if len(piece) > 0 {
			out = append(out, strings.Join(piece, "\n"))
		}
		piece, used = nil, 0
	}
	for _, line := range lines {
		for _, part := range parts(line, width, rows) {
			need := rowsOf(part, width)
			if used+need > rows {
				end()
			}
			piece = append(piece, part)
			used += need
		}
	}
	end()
	return out
}

// parts is one line as the pieces that are inserted: tabs as spaces, since their
// width depends on the column, and cut where the terminal could not be trusted
// to wrap as counted.
func parts(line string, width, rows int) []string {
	line = strings.ReplaceAll(strings.ReplaceAll(line, "\r", ""), "\t", "    ")
	var out []string
	for text := range strings.SplitSeq(line, "\n") {
		cells := ansi.StringWidth(text)
		wide := cells != len([]rune(ansi.Strip(text))) // wide runes wrap early
		switch {
		case cells >= width && (wide || cells/width+1 > rows):
			out = append(out, strings.Split(ansi.Hardwrap(text, width-1, true), "\n")...)
		case cells > 0 && cells%width == 0:
			// A line that ends at the right edge leaves the cursor between two
			// rows; one more cell makes the count certain.
			out = append(out, text+" ")
		case text == "":
			out = append(out, " ") // an empty insertion is none
		default:
			out = append(out, text)
		}
	}
	return out
}

func rowsOf(text string, width int) int {
	return max(1, (ansi.StringWidth(text)+width-1)/width)
}
