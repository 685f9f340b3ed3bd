package cmd

import (
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// Streams are the three standard streams and what is known about them. Data
// goes to Out and talk goes to Err, each with its own answer to "is this a
// terminal?".
type Streams struct {
	In  io.Reader
	Out io.Writer
	Err io.Writer

	InTTY, OutTTY, ErrTTY bool
	OutColor, ErrColor    bool
	env                   func(string) (string, bool)
}

func newStreams(p Process) *Streams {
	return &Streams{
		In: p.In, Out: p.Out, Err: p.Err,
		InTTY: isTerminal(p.In), OutTTY: isTerminal(p.Out), ErrTTY: isTerminal(p.Err),
		env: p.Env,
	}
}

// isTerminal reports whether the stream is a terminal.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// width is how many columns a stream's terminal has; 0 is no terminal.
func width(stream any) int {
	if f, ok := stream.(*os.File); ok {
		if columns, _, err := term.GetSize(int(f.Fd())); err == nil {
			return columns
		}
	}
	return 0
}

// decideColor applies --color and the environment, strongest first: the flag,
// NO_COLOR, CLICOLOR_FORCE, CLICOLOR=0, TERM=dumb, and then whether the stream
// is a terminal.
func (s *Streams) decideColor(flag string) {
	s.OutColor = s.colorFor(flag, s.OutTTY)
	s.ErrColor = s.colorFor(flag, s.ErrTTY)
}

func (s *Streams) colorFor(flag string, tty bool) bool {
	value := func(name string) string { v, _ := s.env(name); return v }
	switch {
	case flag == "always" || flag == "on":
		return true
	case flag == "never" || flag == "off":
		return false
	case value("NO_COLOR") != "":
		return false
	case value("CLICOLOR_FORCE") != "" && value("CLICOLOR_FORCE") != "0":
		return true
	case value("CLICOLOR") == "0" || strings.EqualFold(value("TERM"), "dumb"):
		return false
	}
	return tty
}

// Live reports whether progress may be redrawn in place: on a terminal that
// understands it.
func (s *Streams) Live() bool {
	v, _ := s.env("TERM")
	return s.ErrTTY && !strings.EqualFold(v, "dumb")
}

// ASCII reports whether the locale lacks UTF-8, so that bars are drawn with
// plain characters.
func (s *Streams) ASCII() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v, _ := s.env(name); v != "" {
			v = strings.ToUpper(v)
			return !strings.Contains(v, "UTF-8") && !strings.Contains(v, "UTF8")
		}
	}
	return false
}
