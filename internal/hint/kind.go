package hint

// Kind is the class of a failure. A script tells classes apart by exit code, so
// the numbers that ExitCode gives are part of the contract of the program.
type Kind int

// The kinds of failure.
const (
	// Unexpected is everything that has no class of its own.
	Unexpected Kind = iota
	// Usage is a command line that cannot be carried out as typed.
	Usage
	// Invalid is a file or a request whose content is wrong.
	Invalid
	// NotFound is a thing that does not exist or is inactive.
	NotFound
	// Denied is a lack of credentials or of permission.
	Denied
	// Differences is not a failure: differences were found, and the caller asked
	// for them to be told by the exit code.
	Differences
	// CannotFinish is a plan that predicts that the change cannot finish.
	CannotFinish
	// Failed is a deployment that failed and was not rolled back.
	Failed
	// RolledBack is a deployment that was rolled back, whoever did it.
	RolledBack
	// Superseded is a deployment that another one replaced before it was done.
	Superseded
	// TimedOut is a wait that ended while the deployment was still going.
	TimedOut
	// Stale is a plan whose base has moved, or a lock that another holds.
	Stale
	// Conflict is a thing that exists already, is in use or is being changed by
	// another.
	Conflict
	// Paused is a deployment that waits for a person.
	Paused
	// Throttled is a transient refusal that outlasted all retries.
	Throttled
	// NeverStarted is a task that stopped before its containers ran.
	NeverStarted
	// Interrupted is an end by SIGINT.
	Interrupted
	// Terminated is an end by SIGTERM.
	Terminated
)

// Exit codes with a meaning of their own outside of the table of kinds.
const (
	exitDone       = 0
	exitUnexpected = 1
	exitMost       = 255 // what a process can hand to its parent
)

// class is what is written down about one kind.
type class struct {
	name string
	code int
}

func (k Kind) class() class {
	switch k {
	case Unexpected:
		return class{"unexpected", exitUnexpected}
	case Usage:
		return class{"usage", 2}
	case Invalid:
		return class{"invalid", 2}
	case NotFound:
		return class{"not found", 3}
	case Denied:
		return class{"denied", 4}
	case Differences:
		return class{"differences", 5}
	case CannotFinish:
		return class{"cannot finish", 6}
	case Failed:
		return class{"failed", 7}
	case RolledBack:
		return class{"rolled back", 8}
	case Superseded:
		return class{"superseded", 9}
	case TimedOut:
		return class{"timed out", 10}
	case Stale:
		return class{"stale", 11}
	case Conflict:
		return class{"conflict", 11}
	case Paused:
		return class{"paused", 12}
	case Throttled:
		return class{"throttled", 13}
	case NeverStarted:
		return class{"never started", 14}
	case Interrupted:
		return class{"interrupted", 130}
	case Terminated:
		return class{"terminated", 143}
	default:
		return class{"unexpected", exitUnexpected}
	}
}

// String is the name of the kind, in lower-case words.
func (k Kind) String() string { return k.class().name }

// ExitCode is the exit code that stands for the kind.
func (k Kind) ExitCode() int { return k.class().code }

// kinded is an error with its kind.
type kinded struct {
	err  error
	kind Kind
}

func (k *kinded) Error() string { return k.err.Error() }
func (k *kinded) Unwrap() error { return k.err }

// As says of which kind err is. The text of err does not change, and a nil
// error stays nil.
func As(kind Kind, err error) error {
	if err == nil {
		return nil
	}
	return &kinded{err: err, kind: kind}
}

// KindOf returns the outermost kind in err's chain, and Unexpected when no one
// said.
func KindOf(err error) Kind {
	kind := Unexpected
	walk(err, func(e error) bool {
		if k, ok := e.(*kinded); ok { //nolint:errorlint // walk visits every link by itself
			kind = k.kind
			return true
		}
		return false
	})
	return kind
}
