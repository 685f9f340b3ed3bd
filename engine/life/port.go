package life

import "time"

// answering is how a container's port answers, when that is not always well.
// Times are since the container's start.
type answering struct {
	course course
	well   bool
	at     time.Duration // when it changes; never when it stays
	turns  int           // changes so far
}

// begin is the port of a container that is started now.
func (a *answering) begin(c course) {
	a.course = c
	a.well, a.at = c.at(0)
}

// change goes on with another course from a time on. When it answers otherwise
// now, that is the next change.
func (a *answering) change(c course, now time.Duration) {
	a.course = c
	well, until := c.at(now)
	if a.at = until; well != a.well {
		a.at = now
	}
}

// pass lets the change happen that was foreseen.
func (a *answering) pass() {
	a.turns++
	a.well, a.at = a.course.at(a.at)
}

// tellPort says how the container's port answers now.
func (p *planned) tellPort(c *container, n *Change) {
	n.Port = PortAnswers
	if !c.port.well {
		n.Port, n.Answer = PortFails, p.answer()
	}
}

// answer is what a port that fails says: an HTTP code, or nothing.
func (p *planned) answer() string {
	switch p.fate.Code {
	case "":
		return "503"
	case NoAnswer:
		return ""
	}
	return p.fate.Code
}
