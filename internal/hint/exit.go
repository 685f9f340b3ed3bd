package hint

import "fmt"

// exited is an error that brings its own exit code.
type exited struct {
	err  error
	code int
}

func (e *exited) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exited with code %d", e.code)
	}
	return e.err.Error()
}

func (e *exited) Unwrap() error { return e.err }

// Exit passes a container's own exit code through to the caller of the program.
// err may be nil when the code says everything; Exit(0, nil) is nil.
func Exit(code int, err error) error {
	if err == nil && code == exitDone {
		return nil
	}
	return &exited{err: err, code: code}
}

// ExitCode is the exit code of a program that ends with err: 0 for nil, else
// what the outermost As or Exit in the chain says, else 1. A container's code
// that a process cannot return (below 0 or above 255: the system would cut it
// down, to 0 at worst) becomes 1.
func ExitCode(err error) int {
	if err == nil {
		return exitDone
	}
	code := exitUnexpected
	walk(err, func(e error) bool {
		switch e := e.(type) { //nolint:errorlint // walk visits every link by itself
		case *exited:
			code = e.code
		case *kinded:
			code = e.kind.ExitCode()
		default:
			return false
		}
		return true
	})
	if code < exitDone || code > exitMost {
		return exitUnexpected
	}
	return code
}
