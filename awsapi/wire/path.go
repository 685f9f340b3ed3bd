package wire

import (
	"strconv"
	"strings"
)

// path remembers where in a document the codec is, for the message of an error.
type path struct {
	parts []step
}

// step is a member's name, or an index into a list when the name is empty.
type step struct {
	name  string
	index int
}

func (p *path) push(name string)    { p.parts = append(p.parts, step{name: name}) }
func (p *path) pushIndex(index int) { p.parts = append(p.parts, step{index: index}) }
func (p *path) pop()                { p.parts = p.parts[:len(p.parts)-1] }

// String gives the path as people write it: containerDefinitions[0].environment[2].name.
func (p *path) String() string {
	var text strings.Builder
	for i, s := range p.parts {
		switch {
		case s.name == "":
			text.WriteString("[" + strconv.Itoa(s.index) + "]")
		case i == 0:
			text.WriteString(s.name)
		default:
			text.WriteString("." + s.name)
		}
	}
	return text.String()
}
