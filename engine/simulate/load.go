package simulate

import (
	"time"

	"gantry/ecs"
)

// SetLoad says how much work comes to a service. The tasks that run share it,
// each by what it has reserved: the more of them there are, the less has each.
// A load of nothing takes the load away.
type SetLoad struct {
	Service   ecs.ServiceName `json:"service"`
	CPUUnits  int             `json:"cpu"`                // over all tasks; 1024 are the work of one vCPU
	MemoryMiB int             `json:"memory"`             // over all tasks
	Requests  int             `json:"requests,omitempty"` // a minute, that its load balancer shares out

	// Shape is more work that comes and goes: from point to point in straight
	// lines, as it was at the first one before it and at the last one after it.
	// Every is after how long it begins again; 0: never.
	Shape []LoadPoint `json:"shape,omitempty"`
	Every ecs.Seconds `json:"every,omitempty"`
}

// LoadPoint is how much more work there is at a time after the load was set.
type LoadPoint struct {
	After     ecs.Seconds `json:"after"`
	CPUUnits  int         `json:"cpu,omitempty"`
	MemoryMiB int         `json:"memory,omitempty"`
	Requests  int         `json:"requests,omitempty"`
}

// mostLoad bounds a load such that sums stay in range.
const mostLoad = 1 << 40

// load is the load on a service since a time.
type load struct {
	SetLoad
	Since time.Time `json:"since"`
}

func (s *Simulation) setLoad(now time.Time, cmd *SetLoad) error {
	if v, ok := s.cluster.Service(cmd.Service); !ok || v.Status != ecs.ServiceActive {
		return &ecs.Error{Code: ecs.CodeServiceNotFound, Message: "Service not found."}
	}
	points := append([]LoadPoint{{CPUUnits: cmd.CPUUnits, MemoryMiB: cmd.MemoryMiB, Requests: cmd.Requests}}, cmd.Shape...)
	for i, p := range points {
		if least, most := min(p.CPUUnits, p.MemoryMiB, p.Requests), max(p.CPUUnits, p.MemoryMiB, p.Requests); least < 0 || most > mostLoad {
			return refused("A load is from 0 to %d.", mostLoad)
		}
		if i > 0 && p.After < points[i-1].After || p.After.Duration() > longestFault {
			return refused("The points of a load follow each other in time.")
		}
	}
	last := points[len(points)-1].After
	if cmd.Every < 0 || cmd.Every > 0 && cmd.Every <= last {
		return refused("A load begins again after its last point.")
	}
	if cmd.CPUUnits == 0 && cmd.MemoryMiB == 0 && cmd.Requests == 0 && len(cmd.Shape) == 0 {
		delete(s.scaling.loads, cmd.Service)
	} else {
		s.scaling.loads[cmd.Service] = &load{SetLoad: *cmd, Since: now}
	}
	if cmd.Every == 0 {
		s.scaling.news(now.Add(last.Duration()))
	}
	return nil
}

// work is a load at a time.
type work struct{ cpu, memory, requests float64 }

// at is the work at a time; without a load there is none.
func (l *load) at(now time.Time) work {
	if l == nil {
		return work{}
	}
	out := work{float64(l.CPUUnits), float64(l.MemoryMiB), float64(l.Requests)}
	if len(l.Shape) == 0 {
		return out
	}
	after := now.Sub(l.Since)
	if l.Every > 0 {
		after %= l.Every.Duration()
	}
	from, to := l.Shape[0], l.Shape[0]
	for _, p := range l.Shape {
		from, to = to, p
		if p.After.Duration() > after {
			break
		}
		from = p
	}
	part := 0.0
	if span := to.After - from.After; span > 0 && after > from.After.Duration() {
		part = float64(after-from.After.Duration()) / float64(span.Duration())
	}
	between := func(from, to int) float64 { return float64(from) + part*float64(to-from) }
	out.cpu += between(from.CPUUnits, to.CPUUnits)
	out.memory += between(from.MemoryMiB, to.MemoryMiB)
	out.requests += between(from.Requests, to.Requests)
	return out
}
