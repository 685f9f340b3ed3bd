package report

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// table writes rows in aligned columns. Nothing is cut: a script and a wide
// terminal see the same, and cells may carry colour.
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
	p.row(header, widths, p.Style.Dim)
	for _, row := range rows {
		p.row(row, widths, func(s string) string { return s })
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
	p.line("%s", b.String())
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
			p.line("%s%s  %s", p.Style.Dim(kv[i]), strings.Repeat(" ", width-len(kv[i])), kv[i+1])
		}
	}
}
