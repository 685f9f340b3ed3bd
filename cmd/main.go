package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"gantry/internal/hint"
	"gantry/report"
)

// Process is what the operating system gives a program. Tests hand in their own.
type Process struct {
	Args    []string
	Env     func(name string) (string, bool)
	In      io.Reader
	Out     io.Writer
	Err     io.Writer
	Version string
}

// Main runs one command line and returns the exit code of its outcome.
func Main(p Process) int {
	ctx, pipe, stop := withSignals(context.Background())
	defer stop()
	p.Out, p.Err = outlet(p.Out, pipe), outlet(p.Err, pipe)
	f := newFactory(p)
	err := run(ctx, f, p.Args)
	if cause := context.Cause(ctx); err != nil && errors.Is(cause, errSignal{}) {
		err = interrupted(cause, err)
	}
	if closeErr := f.close(); err == nil {
		err = closeErr
	}
	if err == nil {
		return 0
	}
	f.tell(err)
	return hint.ExitCode(err)
}

func run(ctx context.Context, f *Factory, args []string) error {
	root := newRootCmd(f)
	root.SetArgs(spread(args))
	root.SetIn(f.Streams.In)
	root.SetOut(f.Streams.Out)
	root.SetErr(f.Streams.Err)
	if _, err := root.ExecuteContextC(ctx); err != nil {
		if !f.started {
			// Cobra refused the line before any command ran.
			err = hint.As(hint.Usage, err)
		}
		return err
	}
	return nil
}

// errSignal is the cause of a context that a signal ended.
type errSignal struct{ signal os.Signal }

func (e errSignal) Error() string {
	if e.signal == os.Interrupt {
		return "interrupted"
	}
	return "ended by the signal " + e.signal.String()
}

// Is makes every errSignal match, whichever signal it was.
func (e errSignal) Is(target error) bool { _, ok := target.(errSignal); return ok }

// withSignals ends the context at the first SIGINT, SIGTERM or SIGHUP. The second one
// finds the default handler again and ends the process at once. SIGPIPE is caught, so
// that it never ends the process, and says nothing: it comes for every socket whose
// other side went away, such as a client of the emulator, too. Whoever finds that the
// reader of an output has gone calls pipe, which ends the context: what was opened is
// closed and what was made for the time being is removed.
func withSignals(parent context.Context) (_ context.Context, pipe, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals, ignored := make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	signal.Notify(ignored, syscall.SIGPIPE)
	done := make(chan struct{})
	go func() {
		select {
		case s := <-signals:
			signal.Stop(signals)
			cancel(errSignal{s})
		case <-done:
		}
	}()
	pipe = func() { cancel(errSignal{syscall.SIGPIPE}) }
	return ctx, pipe, func() { signal.Stop(signals); signal.Stop(ignored); close(done); cancel(nil) }
}

// readerLeft reports whether the context ended because nobody reads an output.
func readerLeft(ctx context.Context) bool {
	var s errSignal
	return errors.As(context.Cause(ctx), &s) && s.signal == syscall.SIGPIPE
}

// outlet is a stream that tells when its reader has gone. A terminal stays what it
// is: it has no reader.
func outlet(stream io.Writer, gone func()) io.Writer {
	if stream == nil || isTerminal(stream) {
		return stream
	}
	return &piped{Writer: stream, gone: gone}
}

type piped struct {
	io.Writer
	gone func()
}

func (p *piped) Write(text []byte) (int, error) {
	n, err := p.Writer.Write(text)
	if errors.Is(err, syscall.EPIPE) {
		p.gone()
	}
	return n, err
}

// interrupted gives an end by signal its own exit code, and keeps the hint
// that a wait attached (how to watch the deployment again).
func interrupted(cause, err error) error {
	var s errSignal
	if !errors.As(cause, &s) {
		return err
	}
	switch s.signal {
	case os.Interrupt:
		return hint.As(hint.Interrupted, err)
	case syscall.SIGPIPE:
		return hint.Exit(exitPipe, err)
	}
	return hint.As(hint.Terminated, err)
}

// exitPipe is what a shell reports of a program whose reader went away.
const exitPipe = 128 + int(syscall.SIGPIPE)

// tell prints an error once, with its next step.
func (f *Factory) tell(err error) {
	next := hint.Of(err)
	if hint.KindOf(err) == hint.Interrupted && next == "" {
		return // who pressed Ctrl-C knows, and there is nothing to do about it
	}
	style := report.Style{Color: f.Streams.ErrColor}
	_, _ = fmt.Fprintf(f.Streams.Err, "%s %s\n", style.Bad("error:"), err)
	if next != "" {
		_, _ = fmt.Fprintf(f.Streams.Err, "%s %s\n", style.Warn("hint:"), next)
	}
}
