package taskdef

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gantry/internal/hint"
)

// Severity says whether a finding blocks.
type Severity int

// The severities, the gravest first.
const (
	// Error is what ECS refuses.
	Error Severity = iota
	// Warning is what ECS takes, but hardly as it was meant.
	Warning
	// Note is something that the reader may want to know.
	Note
)

// String is the word that stands in a finding.
func (s Severity) String() string {
	switch s {
	case Error:
		return "error"
	case Warning:
		return "warning"
	default:
		return "note"
	}
}

// Finding is one thing to say about a document.
type Finding struct {
	Severity Severity
	// Path leads to the member in the form that ECS takes, for example
	// containerDefinitions[0].image. It is empty for the whole document.
	Path string
	// File, Line and Column tell where it is written; Line is 0 when the
	// document did not come from a text.
	File   string
	Line   int
	Column int
	// Message is what ECS answers, where ECS has a message for it.
	Message string
	// Hint is the next step, or "".
	Hint string

	// within is the character of the string at Path that is meant, from 0.
	within int
}

// String is the finding on one line: file:line:column: severity: message.
// Without a text the path stands in front.
func (f Finding) String() string {
	where := f.File
	switch {
	case f.Line > 0 && f.File == "":
		where = fmt.Sprintf("%d:%d", f.Line, f.Column)
	case f.Line > 0:
		where = fmt.Sprintf("%s:%d:%d", f.File, f.Line, f.Column)
	case f.File == "":
		where = f.Path
	}
	if where == "" {
		return fmt.Sprintf("%s: %s", f.Severity, f.Message)
	}
	return fmt.Sprintf("%s: %s: %s", where, f.Severity, f.Message)
}

// Findings is all there is to say about a document: by line when it came from a
// text, else in the order in which the rules were checked.
type Findings []Finding

// Errors are the findings that block.
func (fs Findings) Errors() Findings { return fs.only(Error) }

// Warnings are the findings that ECS would not tell.
func (fs Findings) Warnings() Findings { return fs.only(Warning) }

func (fs Findings) only(s Severity) Findings {
	var out Findings
	for _, f := range fs {
		if f.Severity == s {
			out = append(out, f)
		}
	}
	return out
}

// Err is nil when nothing blocks. Else it is an *InvalidError of kind
// hint.Invalid that carries the findings that block, with the first next step
// among them.
func (fs Findings) Err() error {
	blocking := fs.Errors()
	if len(blocking) == 0 {
		return nil
	}
	next := ""
	for _, f := range blocking {
		if f.Hint != "" {
			next = f.Hint
			break
		}
	}
	return hint.As(hint.Invalid, hint.With(&InvalidError{Findings: blocking}, next))
}

// InvalidError is a document that ECS would refuse.
type InvalidError struct {
	// Findings are the errors among the findings; there is at least one.
	Findings Findings
}

// Error lists every finding that blocks, one a line.
func (e *InvalidError) Error() string {
	lines := make([]string, len(e.Findings))
	for i, f := range e.Findings {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}

// Blocking returns the findings that an error of this package carries, or nil.
func Blocking(err error) Findings {
	var invalid *InvalidError
	if errors.As(err, &invalid) {
		return invalid.Findings
	}
	return nil
}

// byPosition sorts the findings as they stand in the text. Findings of one
// place keep their order.
func (fs Findings) byPosition() Findings {
	slices.SortStableFunc(fs, func(a, b Finding) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return fs
}
