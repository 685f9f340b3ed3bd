package progress

import "io"

// terminal is what Bubble Tea wants of an output whose size it can ask for.
type terminal interface {
	io.ReadWriteCloser
	Fd() uintptr
}

// watched is w, calling wrote after each write. A terminal stays one.
func watched(w io.Writer, wrote func()) io.Writer {
	if f, ok := w.(terminal); ok {
		return watchedTerminal{terminal: f, wrote: wrote}
	}
	return watchedWriter{Writer: w, wrote: wrote}
}

type watchedWriter struct {
	io.Writer
	wrote func()
}

func (w watchedWriter) Write(p []byte) (int, error) {
	defer w.wrote()
	return w.Writer.Write(p)
}

type watchedTerminal struct {
	terminal
	wrote func()
}

func (w watchedTerminal) Write(p []byte) (int, error) {
	defer w.wrote()
	return w.terminal.Write(p)
}
