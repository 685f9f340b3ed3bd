package report

import "gantry/taskdef"

// Findings lists what a definition's check found, each with its place.
func (p Printer) Findings(findings taskdef.Findings) {
	for _, f := range findings {
		text := f.String()
		switch f.Severity {
		case taskdef.Error:
			text = p.Style.Bad(text)
		case taskdef.Warning:
			text = p.Style.Warn(text)
		}
		p.Line("%s", text)
	}
}
