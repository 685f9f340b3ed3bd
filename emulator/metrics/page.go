package metrics

import (
	"bytes"
	"math"
	"strconv"
	"strings"
)

// ContentType is that of a page.
const ContentType = "text/plain; version=0.0.4; charset=utf-8"

// Kind is what the samples of a family are.
type Kind string

// The kinds of families.
const (
	Counter   Kind = "counter"
	Gauge     Kind = "gauge"
	Histogram Kind = "histogram"
	Summary   Kind = "summary"
)

// Page is families of samples in the text form of Prometheus. The samples of a
// family follow one another.
type Page struct{ text bytes.Buffer }

// Bytes is what was written.
func (p *Page) Bytes() []byte { return p.text.Bytes() }

// Family begins a family.
func (p *Page) Family(name string, kind Kind, help string) {
	help = strings.NewReplacer(`\`, `\\`, "\n", `\n`).Replace(help)
	p.text.WriteString("# HELP " + name + " " + help + "\n# TYPE " + name + " " + string(kind) + "\n")
}

// Sample writes one number; labels are names and values in turn.
func (p *Page) Sample(name string, value float64, labels ...string) {
	p.text.WriteString(name)
	for i := 0; i+1 < len(labels); i += 2 {
		sign := ","
		if i == 0 {
			sign = "{"
		}
		p.text.WriteString(sign + labels[i] + `="`)
		_, _ = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).WriteString(&p.text, labels[i+1]) // a buffer takes everything
		p.text.WriteByte('"')
	}
	if len(labels) > 1 {
		p.text.WriteByte('}')
	}
	p.text.WriteString(" " + number(value) + "\n")
}

// number is a value as Prometheus reads it.
func number(value float64) string {
	switch {
	case math.IsInf(value, 1):
		return "+Inf"
	case math.IsInf(value, -1):
		return "-Inf"
	}
	return strconv.FormatFloat(value, 'g', -1, 64)
}
