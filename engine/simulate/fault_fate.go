package simulate

import (
	"strings"
	"time"

	"gantry/ecs"
	"gantry/engine/life"
)

// OtherFate changes what becomes of containers as long as it lasts, of those
// that run and of those that are started meanwhile: a slow pull ("pull=5m"), a
// crash loop ("exit=1 after=10s"), flapping health ("flap=40s/20s"). It falls on
// the tasks that all its members match; the empty ones match every task.
type OtherFate struct {
	Service   ecs.ServiceName `json:"service,omitempty"`
	Family    ecs.Family      `json:"family,omitempty"`
	Image     string          `json:"image,omitempty"`     // of its containers, those with this image, or with this name of it
	Container string          `json:"container,omitempty"` // of its containers, the one with this name
	Fate      string          `json:"fate"`                // what is otherwise than in the task definition
}

func (x *OtherFate) passing() bool { return false }

func (x *OtherFate) check() error {
	if x.Fate == "" {
		return refused("The fate can not be blank.")
	}
	if _, err := life.ParseFate(x.Fate); err != nil {
		return refused("Invalid %s.", err)
	}
	return nil
}

func (x *OtherFate) begin(s *Simulation, now time.Time, f *activeFault) error {
	s.relay(now, x, append(s.faults[:len(s.faults):len(s.faults)], f))
	return nil
}

func (x *OtherFate) end(s *Simulation, now time.Time, _ *activeFault) { s.relay(now, x, s.faults) }

// relay lays the faults on the fates of the tasks that x falls on.
func (s *Simulation) relay(now time.Time, x *OtherFate, faults []*activeFault) {
	for _, r := range s.runsInOrder() {
		if len(x.on(r)) > 0 {
			s.overrule(r, now, changesOn(r, faults))
		}
	}
}

// changesOn are the changes of a run's fates by the faults, the latest last.
func changesOn(r *run, faults []*activeFault) []FateChange {
	var out []FateChange
	for _, f := range faults {
		if f.Fault.OtherFate != nil {
			out = append(out, f.Fault.OtherFate.on(r)...)
		}
	}
	return out
}

// on are the changes of the fates of a run's containers.
func (x *OtherFate) on(r *run) []FateChange {
	def := r.ref.Definition()
	var out []FateChange
	for i := range def.Containers {
		if x.falls(r.ref.Service(), def, i) {
			out = append(out, FateChange{Container: def.Containers[i].Name, Fate: strings.TrimSpace(x.Fate)})
		}
	}
	return out
}

// falls reports whether the fault falls on a container of a service's task.
func (x *OtherFate) falls(service ecs.ServiceName, def *ecs.TaskDefinition, container int) bool {
	d := &def.Containers[container]
	return (x.Service == "" || x.Service == service) && (x.Family == "" || x.Family == def.Family) &&
		(x.Container == "" || x.Container == d.Name) && (x.Image == "" || x.Image == d.Image || x.Image == repository(d.Image))
}
