package simulate

import (
	"slices"
	"strconv"
	"time"

	"gantry/engine/scheduler"
)

// Throttling is too many calls of the API: a share of those from outside is
// refused with a ThrottlingException, and a share of the scheduler's own starts
// has to be tried again later (ECS semantics 4.15, 8.2).
type Throttling struct {
	Calls      float64  `json:"calls,omitempty"`      // the share that is refused, from 0 to 1
	Operations []string `json:"operations,omitempty"` // that it falls on, such as DescribeTasks; none stands for all
	Scheduler  float64  `json:"scheduler,omitempty"`  // the share of the scheduler's own operations
}

func (x *Throttling) passing() bool { return false }

func (x *Throttling) check() error {
	for _, share := range []float64{x.Calls, x.Scheduler} {
		if !(share >= 0 && share <= 1) {
			return refused("The share of throttled calls must be between 0 and 1, but was %g.", share)
		}
	}
	if x.Calls == 0 && x.Scheduler == 0 {
		return refused("A share of calls, or of the scheduler's operations, has to be throttled.")
	}
	return nil
}

func (x *Throttling) begin(s *Simulation, now time.Time, f *activeFault) error {
	return s.throttle(now, append(s.faults[:len(s.faults):len(s.faults)], f))
}

func (x *Throttling) end(s *Simulation, now time.Time, _ *activeFault) {
	_ = s.throttle(now, s.faults) // the shares were valid before
}

// throttle tells the scheduler the largest share of all faults that last.
func (s *Simulation) throttle(now time.Time, faults []*activeFault) error {
	share := 0.0
	for _, f := range faults {
		if x := f.Fault.Throttling; x != nil {
			share = max(share, x.Scheduler)
		}
	}
	return s.give(now, scheduler.Command{SetThrottling: &scheduler.SetThrottling{Share: share}})
}

// Throttles reports whether a call of the API is refused now with a
// ThrottlingException. The caller counts its calls: the ordinal, the operation
// and the seed decide, so that the same calls are refused when they are made
// again.
func (s *Simulation) Throttles(operation string, ordinal uint64) bool {
	for _, f := range s.faults {
		x := f.Fault.Throttling
		if x == nil || x.Calls == 0 || len(x.Operations) > 0 && !slices.Contains(x.Operations, operation) {
			continue
		}
		draw := s.cluster.Number("throttled call", f.Fault.Name, operation, strconv.FormatUint(ordinal, 10))
		if float64(draw>>11)/(1<<53) < x.Calls {
			return true
		}
	}
	return false
}
