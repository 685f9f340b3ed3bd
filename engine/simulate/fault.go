package simulate

import (
	"fmt"
	"slices"
	"time"

	"gantry/ecs"
)

// Fault is something that goes wrong in the world that a cluster lives in.
// Exactly one kind is set.
type Fault struct {
	Name string      `json:"name,omitempty"` // by which it can be ended; without one it gets "fault-1" and so on
	For  ecs.Seconds `json:"for,omitempty"`  // how long it lasts; 0: until it is ended

	InstanceLoss *InstanceLoss `json:"instanceLoss,omitempty"`
	ZoneLoss     *ZoneLoss     `json:"zoneLoss,omitempty"`
	AgentLoss    *AgentLoss    `json:"agentLoss,omitempty"`
	OtherFate    *OtherFate    `json:"otherFate,omitempty"`
	Throttling   *Throttling   `json:"throttling,omitempty"`
	HookFailure  *HookFailure  `json:"hookFailure,omitempty"`

	CapacityShortage *CapacityShortage `json:"capacityShortage,omitempty"`
	SpotInterruption *SpotInterruption `json:"spotInterruption,omitempty"`
}

// longestFault bounds how long a fault may last, so that sums of times stay in
// range.
const longestFault = 10 * 365 * 24 * time.Hour

// EndFault ends a fault before its time. When none of the name lasts, those that
// are still to come are taken back, or it is forgotten that they were refused.
type EndFault struct {
	Name string `json:"name"`
}

// faultKind is what a kind of fault does.
type faultKind interface {
	// check refuses what can be judged before the fault's time has come. An error
	// is an *ecs.Error.
	check() error
	// begin does what the fault does at once. An error is an *ecs.Error, and
	// then nothing has changed.
	begin(s *Simulation, now time.Time, f *activeFault) error
	// end takes back what can be taken back.
	end(s *Simulation, now time.Time, f *activeFault)
	// passing reports whether the fault is over as soon as it happened, so that
	// there is nothing to end.
	passing() bool
}

// kinds are the kinds of the fault that are set.
func (f *Fault) kinds() []faultKind {
	var out []faultKind
	if f.InstanceLoss != nil {
		out = append(out, f.InstanceLoss)
	}
	if f.ZoneLoss != nil {
		out = append(out, f.ZoneLoss)
	}
	if f.AgentLoss != nil {
		out = append(out, f.AgentLoss)
	}
	if f.OtherFate != nil {
		out = append(out, f.OtherFate)
	}
	if f.Throttling != nil {
		out = append(out, f.Throttling)
	}
	if f.CapacityShortage != nil {
		out = append(out, f.CapacityShortage)
	}
	if f.SpotInterruption != nil {
		out = append(out, f.SpotInterruption)
	}
	if f.HookFailure != nil {
		out = append(out, f.HookFailure)
	}
	return out
}

// activeFault is a fault that lasts.
type activeFault struct {
	Ordinal   int                       `json:"ordinal,omitempty"` // among all faults, from 1 on
	Fault     Fault                     `json:"fault"`
	Since     time.Time                 `json:"since"`
	Instances []ecs.ContainerInstanceID `json:"instances,omitempty"` // that it fell on
}

// CheckFault refuses a fault that could begin at no time.
func CheckFault(f *Fault) error {
	kinds := f.kinds()
	if len(kinds) != 1 {
		return refused("A fault has exactly one kind, but %d are set.", len(kinds))
	}
	if f.For < 0 || f.For.Duration() > longestFault {
		return refused("A fault cannot last %s.", f.For)
	}
	if kinds[0].passing() && f.For > 0 {
		return refused("The fault cannot last for %s: what it does is not taken back.", f.For)
	}
	return kinds[0].check()
}

// LastingFault is a fault that lasts, and since when it does.
type LastingFault struct {
	Fault
	Since time.Time
}

// LastingFaults are the faults that last, in the order in which they began.
func (s *Simulation) LastingFaults() []LastingFault {
	out := make([]LastingFault, 0, len(s.faults))
	for _, f := range s.faults {
		out = append(out, LastingFault{f.Fault, f.Since})
	}
	return out
}

// Faults are the faults that last, in the order in which they began.
func (s *Simulation) Faults() []Fault {
	out := make([]Fault, 0, len(s.faults))
	for _, f := range s.faults {
		out = append(out, f.Fault)
	}
	return out
}

// beginFault lets a fault happen.
func (s *Simulation) beginFault(now time.Time, f Fault) error {
	if err := CheckFault(&f); err != nil {
		return err
	}
	kind := f.kinds()[0]
	switch {
	case f.Name == "":
		f.Name = s.faultName()
	case s.lasts(f.Name):
		return refused("A fault with the name %s lasts already.", f.Name)
	}
	active := &activeFault{Ordinal: s.faultOrdinal + 1, Fault: f, Since: now}
	if err := kind.begin(s, now, active); err != nil {
		return err
	}
	s.faultOrdinal++
	if kind.passing() {
		return nil
	}
	s.faults = append(s.faults, active)
	if f.For > 0 {
		s.put(planned{At: active.Since.Add(f.For.Duration()), Command: Command{EndFault: &EndFault{Name: f.Name}}, Own: true, Ends: active.Ordinal})
	}
	return nil
}

// lasts reports whether a fault with the name lasts.
func (s *Simulation) lasts(name string) bool {
	return slices.ContainsFunc(s.faults, func(a *activeFault) bool { return a.Fault.Name == name })
}

// faultName is a name for a fault that got none: by its number, or the next one
// that no other fault has for its name.
func (s *Simulation) faultName() string {
	n := s.faultOrdinal + 1
	for s.lasts(fmt.Sprintf("fault-%d", n)) {
		n++
	}
	return fmt.Sprintf("fault-%d", n)
}

// endFault ends a fault that lasts.
func (s *Simulation) endFault(now time.Time, cmd *EndFault) error {
	i := slices.IndexFunc(s.faults, func(a *activeFault) bool { return a.Fault.Name == cmd.Name })
	if i < 0 {
		return s.takeBack(cmd.Name)
	}
	f := s.faults[i]
	s.faults = slices.Delete(s.faults, i, i+1)
	// It may have been going to end later by itself. What somebody scheduled stays.
	s.planned = slices.DeleteFunc(s.planned, func(p planned) bool { return p.Own && p.Ends == f.Ordinal })
	f.Fault.kinds()[0].end(s, now, f)
	return nil
}

// takeBack forgets the faults of a name that are still to come, and those that
// were refused.
func (s *Simulation) takeBack(name string) error {
	before := len(s.planned) + len(s.results)
	s.planned = slices.DeleteFunc(s.planned, func(p planned) bool { return p.Command.Fault.named(name) })
	s.results = slices.DeleteFunc(s.results, func(r Result) bool { return r.Error != "" && r.Command.Fault.named(name) })
	if len(s.planned)+len(s.results) == before {
		return refused("No fault with the name %s lasts.", name)
	}
	return nil
}

func (f *Fault) named(name string) bool { return f != nil && f.Name == name }

func refused(format string, args ...any) error {
	return &ecs.Error{Code: ecs.CodeInvalidParameter, Message: fmt.Sprintf(format, args...)}
}
