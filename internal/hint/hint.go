package hint

import "fmt"

// hinted is an error with its next step.
type hinted struct {
	err  error
	next string
}

func (h *hinted) Error() string { return h.err.Error() }
func (h *hinted) Unwrap() error { return h.err }

// With attaches the next step to err: one sentence or a command line that the
// reader can type. The text of err does not change. A nil error stays nil, and
// an empty next returns err itself.
func With(err error, next string) error {
	if err == nil || next == "" {
		return err
	}
	return &hinted{err: err, next: next}
}

// Withf is With for a next step that needs formatting.
func Withf(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return With(err, fmt.Sprintf(format, args...))
}

// Of returns the outermost next step in err's chain, or "" when there is none.
func Of(err error) string {
	next := ""
	walk(err, func(e error) bool {
		if h, ok := e.(*hinted); ok { //nolint:errorlint // walk visits every link by itself
			next = h.next
			return true
		}
		return false
	})
	return next
}

// walk visits err and everything it wraps, outermost first and joined errors
// from left to right, until found returns true. It reports whether it did.
func walk(err error, found func(error) bool) bool {
	if err == nil {
		return false
	}
	if found(err) {
		return true
	}
	switch e := err.(type) { //nolint:errorlint // this is the walk itself
	case interface{ Unwrap() error }:
		return walk(e.Unwrap(), found)
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			if walk(inner, found) {
				return true
			}
		}
	}
	return false
}
