package report

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// table writes rows in aligned columns; cells may carry colour. Nothing is cut: a
// script and a wide terminal see the same, and a terminal that is too narrow for
// the columns gets each row as a block of lines instead.
func (p Printer) table(header []string, rows [][]string) {
	widths := make([]int, len(header))
	for i, h := range header {
		widths[i] = len(h)
	}
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], ansi.StringWidth(cell))
		}
	}
	total := 2 * (len(widths) - 1)
	for i, width := range widths {
		if i == len(widths)-1 {
			width = min(width, lastColumnMost) // the last column may wrap: nothing stands to its right
		}
		total += width
	}
	if p.Width > 0 && total > p.Width {
		p.blocks(header, rows)
		return
	}
	p.row(header, widths, p.Style.Dim)
	for _, row := range rows {
		p.row(row, widths, func(s string) string { return s })
	}
}

// lastColumnMost is how much of a last column counts when a table is too wide.
const lastColumnMost = 20

// blocks writes each row as "header  value" lines, the empty ones left out.
func (p Printer) blocks(header []string, rows [][]string) {
	for i, row := range rows {
		if i > 0 {
			p.Line("")
		}
		kv := make([]string, 0, 2*len(row))
		for k, cell := range row {
			if cell == "-" {
				cell = ""
			}
			kv = append(kv, header[k], cell)
		}
		p.pairs(kv...)
	}
}

func (p Printer) row(cells []string, widths []int, style func(string) string) {
	var b strings.Builder
	for i, cell := range cells {
		b.WriteString(style(cell))
		if i < len(cells)-1 {
			b.WriteString(strings.Repeat(" ", widths[i]-ansi.StringWidth(cell)+2))
		}
	}
	p.Line("%s", b.String())
}

// pairs writes "name  value" lines with the values aligned; pairs without a
// value are left out.
func (p Printer) pairs(kv ...string) {
	width := 0
	for i := 0; i+1 < len(kv); i += 2 {
		if kv[i+1] != "" {
			width = max(width, len(kv[i]))
		}
	}
	for i := 0; i+1 < len(kv); i += 2 {
		if kv[i+1] != "" {
			p.Line("%s%s  %s", p.Style.Dim(kv[i]), strings.Repeat(" ", width-len(kv[i])), kv[i+1])
		}
	}
}
