package progress

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"gantry/report"
)

// look is how things are drawn: with or without colour, with or without
// Unicode. Every sign stands beside its word.
type look struct {
	style report.Style
	ascii bool
}

func (l look) pick(unicode, ascii string) string {
	if l.ascii {
		return ascii
	}
	return unicode
}

func (l look) spinner(frame int) string {
	signs := []rune(l.pick("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", `|/-\`))
	return string(signs[frame%len(signs)])
}

func (l look) arrow() string    { return l.pick("→", "->") }
func (l look) ellipsis() string { return l.pick("…", "..") }

func (l look) fit(text string, width int) string {
	return ansi.Truncate(text, max(width, 0), l.ellipsis())
}

// bar draws running and pending tasks of total in width cells, with a mark
// before the cell where floor tasks are reached; a negative floor has no mark.
func (l look) bar(running, pending, total, floor, width int, full func(string) string) string {
	if width <= 0 {
		return ""
	}
	total = max(total, 1)
	cells := func(n int) int {
		c := min(n*width/total, width)
		if n > 0 && c == 0 {
			c = 1 // one of many is not none
		}
		return c
	}
	a := cells(running)
	b := max(a, cells(running+pending))
	if pending > 0 && b == a && a < width {
		b++
	}
	signs := []string{l.pick("█", "#"), l.pick("▒", "+"), l.pick("░", "-")}
	paint := []func(string) string{full, l.style.Warn, l.style.Dim}
	mark := -1
	if floor > 0 {
		mark = min(cells(floor), width-1)
	}
	var out strings.Builder
	for i, run := range [][2]int{{0, a}, {a, b}, {b, width}} {
		from, to := run[0], run[1]
		if mark >= from && mark < to {
			out.WriteString(paint[i](strings.Repeat(signs[i], mark-from)))
			out.WriteString(l.pick("│", "|"))
			from = mark + 1
		}
		out.WriteString(paint[i](strings.Repeat(signs[i], to-from)))
	}
	return out.String()
}

// heading is a sign, a name, what is being done to it and a time; on a narrow
// terminal the middle gives way.
func (l look) heading(sign, name, doing, elapsed string, width int) string {
	head := sign + " " + l.style.Bold(name)
	if doing != "" {
		head += "  " + doing
	}
	return l.fit(head, width-ansi.StringWidth(elapsed)-2) + "  " + l.style.Dim(elapsed)
}

// clockText is a span in whole seconds: "0:32", "1:02:09".
func clockText(d time.Duration) string {
	s := max(0, int(d/time.Second))
	if s < 3600 {
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

// row is a line of the block. Where there are too many, those of the highest
// rank go first.
type row struct {
	text string
	rank int
}

// keep drops rows until at most limit are left.
func keep(rows []row, limit int, l look, width int) []row {
	dropped := 0
	for len(rows) > limit {
		last := 0
		for i := range rows {
			if rows[i].rank >= rows[last].rank {
				last = i
			}
		}
		if rows[last].rank == 0 {
			// Only headings are left: the oldest are shown, the rest counted.
			dropped = len(rows) - limit + 1
			rows = rows[:limit-1]
			break
		}
		rows = slices.Delete(rows, last, last+1)
	}
	if dropped > 0 {
		rows = append(rows, row{text: l.fit(l.style.Dim(fmt.Sprintf("  +%d more", dropped)), width)})
	}
	return rows
}

func join(rows []row, l look, width int) string {
	lines := make([]string, len(rows))
	for i, r := range rows {
		lines[i] = strings.TrimRight(l.fit(r.text, width), " ")
	}
	return strings.Join(lines, "\n")
}

// pad fills text with spaces up to width cells.
func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-ansi.StringWidth(text)))
}
