// Package hint attaches to an error what a person needs besides its text: the
// next step to take, and the kind of failure, which decides the exit code.
//
// Floor 1: it imports the standard library alone, and every other room may
// import it.
//
//	err := fmt.Errorf("service %q is not in cluster %q", name, cluster)
//	err = hint.With(err, "list the services with: gantry list services")
//	return hint.As(hint.NotFound, err)
//
// Both wrappers leave the text of the error and errors.Is and errors.As as they
// were, so they can be added at any depth. When several layers say something,
// the outermost wins: it knows most about what was asked.
//
// The package never prints, never exits and never words an error itself; the
// only place that asks for a hint or an exit code is the edge of the program.
package hint
