package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"
)

// Printer writes values for people, or as JSON, to one stream.
type Printer struct {
	W     io.Writer
	Style Style
	Now   time.Time // the endpoint's now, for ages
	ASCII bool      // draw bars without Unicode
	Width int       // of the terminal; 0 is no terminal, and no limit
}

// Line writes one plain line.
func (p Printer) Line(format string, args ...any) {
	// A closed pipe means that the reader has seen enough.
	_, _ = fmt.Fprintf(p.W, format+"\n", args...)
}

// indented writes a line with two spaces before it.
func (p Printer) indented(text string) { p.wrapped("  ", text) }

// wrapped writes a line after an indent. A terminal that is too narrow for it gets
// it in several, broken between words.
func (p Printer) wrapped(indent, text string) {
	deeper := indent + "  "
	line := indent
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
		case p.Width > 0 && ansi.StringWidth(line)+1+ansi.StringWidth(word) > p.Width:
			p.Line("%s", line)
			line = deeper
		default:
			line += " "
		}
		line += word
	}
	p.Line("%s", line)
}

// JSON writes one value as indented JSON.
func (p Printer) JSON(v any) error {
	enc := json.NewEncoder(p.W)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "    ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return nil
}
