package scheduler

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"gantry/ecs"
	"gantry/engine/placement"
)

// why is why a task is where it is, as things stood when that was decided, in as
// few bytes as it takes: a cluster keeps 100,000 of them. The first byte is the
// rule, with marks; then comes for how many milliseconds the task had no place,
// where that is marked, and what the rule has to say.
type why string

// The rules and marks. States are saved with them, so none ever changes.
const (
	whyStrategy   = 1 // what placement.Choice appends follows
	whyDaemon     = 2
	whyTold       = 3
	whyFargate    = 4 // numbers of zones follow, see onFargate
	whyRebalances = 0x40
	whyWaited     = 0x80

	asDaemon why = "\x02"
	asTold   why = "\x03"
)

// byStrategy is why a task is where the fleet placed it.
func (c *Cluster) byStrategy(b *blueprint, choice *placement.Choice, waited time.Duration) why {
	c.reason = choice.Append(appendRule(c.reason[:0], whyStrategy, b, waited))
	return why(c.reason)
}

// onFargate is why a task is in a zone: of all zones that its subnets lie in some
// have capacity, and of these some have as few tasks as it, the fewest.
func (c *Cluster) onFargate(b *blueprint, zones, available, fewest, tasks int) why {
	out := appendRule(c.reason[:0], whyFargate, b, 0)
	for _, n := range [...]int{zones, available, fewest, tasks} {
		out = binary.AppendUvarint(out, uint64(n))
	}
	c.reason = out
	return why(out)
}

func appendRule(to []byte, rule byte, b *blueprint, waited time.Duration) []byte {
	if b.rebalances {
		rule |= whyRebalances
	}
	if waited <= 0 {
		return append(to, rule)
	}
	return binary.AppendUvarint(append(to, rule|whyWaited), uint64(waited.Milliseconds()))
}

// MarshalText writes it for a saved state.
func (w why) MarshalText() ([]byte, error) {
	return base64.RawStdEncoding.AppendEncode(nil, []byte(w)), nil
}

// UnmarshalText reads what MarshalText wrote.
func (w *why) UnmarshalText(text []byte) error {
	data, err := base64.RawStdEncoding.AppendDecode(nil, text)
	if err != nil {
		return fmt.Errorf("why a task is where it is: %w", err)
	}
	*w = why(data)
	_, err = w.explain(&task{})
	return err
}

// explain says it in full.
func (w why) explain(t *task) (p ecs.Placement, err error) {
	data := []byte(w)
	if len(data) == 0 {
		return p, errors.New("nothing is kept of why a task is where it is")
	}
	mark := data[0]
	data = data[1:]
	p.Rebalances = mark&whyRebalances != 0
	p.DecidedAt = t.Task.CreatedAt.Time()
	if mark&whyWaited != 0 {
		waited, size := binary.Uvarint(data)
		data = data[max(0, size):]
		p.DecidedAt = p.DecidedAt.Add(time.Duration(waited) * time.Millisecond)
	}
	group := ""
	if t.Task.Origin != nil {
		group = t.Task.Group
	}
	switch mark &^ (whyRebalances | whyWaited) {
	case whyStrategy:
		p.Rule = ecs.PlacedByStrategy
		err = placement.Explain(data, group, t.Task.AvailabilityZone, &p)
	case whyDaemon:
		p.Rule, p.Text = ecs.PlacedAsDaemon, "a DAEMON service has one task on each container instance that suits it"
	case whyTold:
		p.Rule, p.Text = ecs.PlacedAsTold, "StartTask named the container instance"
	case whyFargate:
		p.Rule = ecs.PlacedOnFargate
		err = explainFargate(data, group, t.Task.AvailabilityZone, &p)
	default:
		err = fmt.Errorf("why a task is where it is: there is no rule %d", mark)
	}
	if p.Rebalances {
		p.Text = strings.TrimSuffix("to balance the service over the Availability Zones again; "+p.Text, "; ")
	}
	return p, err
}

// explainFargate is about zones (ECS semantics 2.11).
func explainFargate(data []byte, group, zone string, p *ecs.Placement) error {
	var n [4]int
	for i := range n {
		x, size := binary.Uvarint(data)
		if size <= 0 {
			return errors.New("why a task is in its zone cannot be read")
		}
		n[i], data = int(x), data[size:]
	}
	p.Considered, p.Fits = n[0], n[1]
	switch refused := p.Considered - p.Fits; {
	case p.Considered == 1 && p.Rebalances: // no other was asked
	case p.Considered == 1:
		p.Text = "the only Availability Zone of its subnets"
	case p.Fits == 1:
		p.Text = fmt.Sprintf("the only one of %d Availability Zones with capacity", p.Considered)
	case refused == 0:
		p.Text = fmt.Sprintf("all %d Availability Zones of its subnets have capacity", p.Considered)
	default:
		p.Text = fmt.Sprintf("%d of %d Availability Zones of its subnets have capacity", p.Fits, p.Considered)
	}
	if refused := p.Considered - p.Fits; refused > 0 {
		p.Refused = []ecs.RefusedCount{{Kind: "CAPACITY", Instances: refused, Text: fmt.Sprintf("%d without capacity", refused)}}
	}
	if p.Fits == 1 {
		return nil
	}
	s := ecs.StrategyStep{
		PlacementStrategy: ecs.PlacementStrategy{Type: ecs.Spread, Field: "attribute:" + ecs.AttributeAvailabilityZone},
		Value:             zone, Amount: n[3],
	}
	whose := "of the service"
	if !strings.HasPrefix(group, "service:") {
		whose = "of this RunTask" // no others are counted
	}
	s.Text = placement.StepText(&s, whose)
	if s.Left = n[2]; s.Left > 1 {
		s.Text += fmt.Sprintf("; of %d as good, the first of its subnets", s.Left)
	}
	p.Steps = append(p.Steps, s)
	return nil
}
