package report

import (
	"strings"

	"gantry/logs"
)

// Log is one log line with its time and the stream that wrote it, in that
// stream's own colour.
func (p Printer) Log(e logs.Event) string {
	name := e.Stream
	if e.Task != "" {
		name = e.Task[:min(8, len(e.Task))]
		if e.Container != "" {
			name = e.Container + "/" + name
		}
	}
	late := ""
	if e.Late {
		late = p.Style.Warn(" (late)")
	}
	return p.Style.Dim(e.Timestamp.UTC().Format("2006-01-02T15:04:05.000Z")) + " " + p.Style.Stream(e.Stream, name) + late + " " + clean(e.Message)
}

// clean keeps a container's output from steering the reader's terminal: control
// characters but the tab become visible, the end of line is dropped.
func clean(message string) string {
	message = strings.TrimRight(message, "\r\n")
	if !strings.ContainsFunc(message, isControl) {
		return message
	}
	return strings.Map(func(r rune) rune {
		if isControl(r) {
			return '\uFFFD'
		}
		return r
	}, message)
}

func isControl(r rune) bool { return r < ' ' && r != '\t' || r >= 0x7f && r < 0xa0 }
