package placement

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"gantry/ecs"
)

// Steps as a record names them. It outlives the program that wrote it, so none of
// these numbers ever changes.
const (
	keptZone      = 1
	keptInstance  = 2
	keptCPU       = 3
	keptMemory    = 4
	keptAttribute = 5 // its name and its value follow
	keptTieBreak  = 6
	keptRandom    = 7
)

// Append adds a record of the choice to some bytes: numbers as varints, since
// there is one with each task. It is to be called before anything else happens.
func (c *Choice) Append(to []byte) []byte {
	total, kinds := int32(0), byte(0)
	for v, count := range c.counts[:nobody] {
		if total += count; count > 0 && v > 0 {
			kinds++
		}
	}
	to = append(binary.AppendUvarint(to, uint64(total)), kinds)
	for v, count := range c.counts[:nobody] {
		if count > 0 && v > 0 {
			to = binary.AppendUvarint(append(to, byte(v)), uint64(count))
		}
	}
	for i := range c.steps {
		switch l := c.policy.step(i); {
		case i == len(c.policy.links):
			to = append(to, keptTieBreak)
		case l.kind == spreadInstance:
			to = append(to, keptInstance)
		case l.kind == binpackCPU:
			to = append(to, keptCPU)
		case l.kind == binpackMemory:
			to = append(to, keptMemory)
		case l.field == ecs.AttributeAvailabilityZone:
			to = append(to, keptZone)
		default:
			to = appendText(appendText(append(to, keptAttribute), l.field), c.node.attributes[l.field])
		}
		to = binary.AppendUvarint(binary.AppendUvarint(to, uint64(c.found[i])), uint64(c.left[i]))
	}
	if left := c.tied(); c.policy.random && left != 1 {
		to = binary.AppendUvarint(append(to, keptRandom), uint64(left))
	}
	return to
}

// tied is how many instances the steps leave, 0 for not counted.
func (c *Choice) tied() int32 {
	if c.steps == 0 {
		return c.counts[fitting]
	}
	return c.left[c.steps-1]
}

func appendText(to []byte, text string) []byte {
	return append(binary.AppendUvarint(to, uint64(len(text))), text...)
}

// Explain says what a record tells of a task of a group in a zone.
func Explain(record []byte, group, zone string, p *ecs.Placement) error {
	r := reader{rest: record}
	p.Considered = r.number()
	p.Fits = p.Considered
	for range r.number() {
		k := r.kind()
		count := ecs.RefusedCount{Kind: string(k), Instances: r.number()}
		count.Text = fmt.Sprintf("%d %s", count.Instances, k.label())
		p.Refused = append(p.Refused, count)
		p.Fits -= count.Instances
	}
	p.Text = summaryOf(p)
	whose := "of the group " + group
	if strings.HasPrefix(group, "service:") {
		whose = "of the service"
	}
	for len(r.rest) > 0 {
		s := r.step(zone)
		s.Text = StepText(&s, whose)
		p.Steps = append(p.Steps, s)
	}
	if n := len(p.Steps); n > 0 && p.Steps[n-1].Type != ecs.Random {
		switch s := &p.Steps[n-1]; {
		case s.Left > 1:
			s.Text += ": the lowest id of these"
		case s.Left == 0:
			s.Text += "; of equals, the lowest id"
		}
	}
	if r.broken {
		return errors.New("the record of a placement cannot be read")
	}
	return nil
}

// reader reads a record.
type reader struct {
	rest   []byte
	broken bool // Append did not write it
}

// breaks ends the reading.
func (r *reader) breaks() { r.rest, r.broken = nil, true }

func (r *reader) number() int {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 || n > 1<<31 {
		r.breaks()
		return 0
	}
	r.rest = r.rest[size:]
	return int(n)
}

func (r *reader) text() string {
	n := r.number()
	if n > len(r.rest) {
		r.breaks()
		return ""
	}
	text := string(r.rest[:n])
	r.rest = r.rest[n:]
	return text
}

func (r *reader) kind() Kind {
	all := kinds()
	n := r.number()
	if n < 1 || n > len(all) {
		r.breaks()
		return ""
	}
	return all[n-1]
}

func (r *reader) step(zone string) ecs.StrategyStep {
	var s ecs.StrategyStep
	var l link
	switch r.number() {
	case keptZone:
		l.field, s.Value = ecs.AttributeAvailabilityZone, zone
	case keptInstance:
		l.kind = spreadInstance
	case keptCPU:
		l.kind = binpackCPU
	case keptMemory:
		l.kind = binpackMemory
	case keptAttribute:
		l.field, s.Value = r.text(), r.text()
	case keptTieBreak:
		l.kind, s.TieBreak = spreadInstance, true
	case keptRandom:
		s.Type, s.Left = ecs.Random, r.number()
		return s
	default:
		r.breaks()
	}
	s.PlacementStrategy = l.strategy()
	s.Amount, s.Left = r.number(), r.number()
	return s
}

func (l link) strategy() ecs.PlacementStrategy {
	switch l.kind {
	case spreadInstance:
		return ecs.PlacementStrategy{Type: ecs.Spread, Field: "instanceId"}
	case binpackCPU:
		return ecs.PlacementStrategy{Type: ecs.Binpack, Field: "cpu"}
	case binpackMemory:
		return ecs.PlacementStrategy{Type: ecs.Binpack, Field: "memory"}
	}
	return ecs.PlacementStrategy{Type: ecs.Spread, Field: "attribute:" + l.field}
}

// summaryOf says how many instances were left to choose from.
func summaryOf(p *ecs.Placement) string {
	text, sep := fmt.Sprintf("%d of %d container instances fit", p.Fits, p.Considered), "; "
	switch {
	case p.Considered == 1:
		return "the only container instance"
	case p.Fits == 1:
		text, sep = fmt.Sprintf("the only one of %d container instances that fits", p.Considered), ": "
	case p.Fits == p.Considered && p.Fits == 2:
		return "both container instances fit"
	case p.Fits == p.Considered:
		return fmt.Sprintf("all %d container instances fit", p.Considered)
	}
	refused := make([]string, len(p.Refused))
	for i := range p.Refused {
		refused[i] = p.Refused[i].Text
	}
	return text + sep + strings.Join(refused, ", ")
}

// StepText says what a step found; whose are the tasks that it counts.
func StepText(s *ecs.StrategyStep, whose string) string {
	tasks := fmt.Sprintf("%d tasks %s", s.Amount, whose)
	if s.Amount == 1 {
		tasks = "1 task " + whose
	}
	text := fmt.Sprintf("%s %s: ", s.Type, s.Field)
	switch {
	case s.Type == ecs.Random && s.Left == 0:
		return "random: one of those"
	case s.Type == ecs.Random:
		return fmt.Sprintf("random: one of %d", s.Left)
	case s.TieBreak:
		text = fmt.Sprintf("of equals: %s there, the fewest", tasks)
	case s.Field == "instanceId":
		text += tasks + " there, the fewest"
	case s.Field == "cpu":
		text += fmt.Sprintf("%d CPU units left there, the least", s.Amount)
	case s.Field == "memory":
		text += fmt.Sprintf("%d MiB left there, the least", s.Amount)
	case s.Value == "":
		text += fmt.Sprintf("where it is not set were %s, the fewest", tasks)
	default:
		text += fmt.Sprintf("%s had %s, the fewest", s.Value, tasks)
	}
	switch s.Left {
	case 0:
		return text
	case 1:
		return text + "; 1 instance left"
	}
	return text + fmt.Sprintf("; %d instances left", s.Left)
}
