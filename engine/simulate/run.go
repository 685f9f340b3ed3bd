package simulate

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"time"

	"gantry/ecs"
	"gantry/engine/life"
	"gantry/engine/scheduler"
)

// run is one task that lives.
type run struct {
	ID        ecs.TaskID   `json:"id"`
	Seq       uint64       `json:"seq"`
	Fargate   bool         `json:"fargate,omitempty"`
	At        time.Time    `json:"at"`                  // when it was started
	Steps     int          `json:"steps,omitempty"`     // of its life
	Images    []life.Image `json:"images,omitempty"`    // as they were when they were asked for
	Ports     []int        `json:"ports,omitempty"`     // dynamic host ports
	StopAt    time.Time    `json:"stopAt,omitzero"`     // when it was told to stop
	StopAfter int          `json:"stopAfter,omitempty"` // so many steps
	Overrules []overrule   `json:"overrules,omitempty"` // of its fates, by faults
	Due       time.Time    `json:"due,omitzero"`        // of the next step; zero when there is none
	Periodic  bool         `json:"periodic,omitempty"`  // the next step is a repeat
	Held      bool         `json:"held,omitempty"`      // its agent is disconnected: news waits
	StopHeld  bool         `json:"stopHeld,omitempty"`  // and so does the word to stop

	ref     scheduler.TaskRef
	host    *host      // nil on Fargate
	index   int        // in the agenda, -1 when not there
	counted bool       // among the agenda's progress
	life    *life.Life // worked out when needed
}

func hexOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// actor is who does what comes next.
type actor int

// The actors, in the order in which they act in one moment: commands that were
// scheduled come last, as they would if somebody gave them then.
const (
	actScheduler actor = iota
	actTask
	actScaling
	actGroup
	actPlanned
)

// first is what happens next by itself; repeats says that the scheduler has
// nothing but repeats left.
func (s *Simulation) first() (at time.Time, who actor, repeats, ok bool) {
	at, repeats, ok = s.cluster.Next()
	repeats = repeats || !ok
	sooner := func(when time.Time, does actor) {
		if !ok || when.Before(at) {
			at, who, ok = when, does, true
		}
	}
	if r := s.due.first(); r != nil {
		sooner(r.Due, actTask)
	}
	if !s.scaling.due.IsZero() {
		sooner(s.scaling.due, actScaling)
	}
	if g, when, _ := s.nextGroup(); g != nil {
		sooner(when, actGroup)
	}
	if len(s.planned) > 0 {
		sooner(s.planned[0].At, actPlanned)
	}
	return at, who, repeats, ok
}

// next is when something happens by itself.
func (s *Simulation) next() (at time.Time, periodic, ok bool) {
	at, _, repeats, ok := s.first()
	_, _, launching := s.nextGroup()
	return at, ok && repeats && !launching && s.due.progress == 0 && !s.scaling.progress() && len(s.planned) == 0, ok
}

// runUntil lets everything happen until then.
func (s *Simulation) runUntil(to time.Time) {
	for {
		at, who, _, ok := s.first()
		if !ok || at.After(to) {
			break
		}
		switch who {
		case actTask:
			s.step(s.due.first())
		case actScaling:
			s.tick(at)
		case actGroup:
			group, _, _ := s.nextGroup()
			s.obey(s.cluster.Advance(at)) // so that its clock is there
			s.stepGroup(at, group)
		case actPlanned:
			s.perform()
		default:
			s.obey(s.cluster.Advance(at))
		}
	}
	s.obey(s.cluster.Advance(to))
}

// apply does a command when everything has happened that is due by then.
func (s *Simulation) apply(now time.Time, cmd Command) (scheduler.Outcome, error) {
	now = now.Round(0).UTC()
	if now.Before(s.cluster.Now()) {
		now = s.cluster.Now()
	}
	if at, _, ok := s.next(); ok && !at.After(now) {
		s.runUntil(now)
	}
	return s.told(now, cmd)
}

// do does a command at a time up to which everything has happened.
func (s *Simulation) do(now time.Time, cmd Command) (scheduler.Outcome, error) {
	if own, err := s.doOwn(now, &cmd); own {
		if err == nil {
			s.obey(s.cluster.Advance(now)) // nothing is due, but the time has come
		}
		return scheduler.Outcome{}, err
	}
	out, err := s.cluster.Apply(now, cmd.Command)
	if err != nil {
		return out, err
	}
	s.obey(out.Decisions)
	if cmd.DeleteService != nil {
		s.unscale(now, cmd.DeleteService.Name)
	}
	if cmd.SetAgentConnected != nil && cmd.SetAgentConnected.Connected {
		s.release(cmd.SetAgentConnected.ID)
	}
	if cmd.TerminateInstance != nil || cmd.StopInstance != nil || cmd.SetZone != nil {
		s.checkGroups(now)
	}
	return out, nil
}

// doOwn does a command that is none for the cluster; own is false for those that
// are.
func (s *Simulation) doOwn(now time.Time, cmd *Command) (own bool, err error) {
	switch {
	case cmd.Images != nil:
		s.setImages(cmd.Images)
		return true, nil
	case cmd.Fault != nil:
		return true, s.beginFault(now, *cmd.Fault)
	case cmd.EndFault != nil:
		return true, s.endFault(now, cmd.EndFault)
	case cmd.Schedule != nil:
		return true, s.schedule(now, cmd.Schedule)
	case cmd.Scaling != nil:
		return true, s.scale(now, cmd.Scaling)
	case cmd.PutAutoScalingGroup != nil:
		return true, s.putGroup(now, cmd.PutAutoScalingGroup)
	case cmd.DeleteAutoScalingGroup != nil:
		return true, s.deleteGroup(now, cmd.DeleteAutoScalingGroup)
	}
	return false, nil
}

// give gives the cluster a command for a fault.
func (s *Simulation) give(now time.Time, cmd scheduler.Command) error {
	_, err := s.do(now, Command{Command: cmd})
	return err
}

func (s *Simulation) setImages(cmd *SetImages) {
	if cmd.ECRHost != "" {
		s.host = cmd.ECRHost
	}
	for _, image := range slices.Sorted(maps.Keys(cmd.Images)) {
		if digest := cmd.Images[image]; digest != "" {
			s.images[image] = digest
		} else {
			delete(s.images, image)
		}
	}
}

// obey does in the simulated world what the scheduler decided.
func (s *Simulation) obey(decisions []scheduler.Decision) {
	for _, d := range decisions {
		switch {
		case d.Start != "":
			s.begin(d)
		case d.Stop != "":
			s.halt(d)
		case d.Changed != "":
			status, _ := s.cluster.Ref(d.Changed).Status() // a task that waits for a place has no run
			s.tell(Change{At: d.At, Task: d.Changed, Status: status})
		case d.Invoke != nil:
			s.invoke(d.At, d.Invoke)
		case d.Gone != "":
			s.tell(Change{At: d.At, Task: d.Gone, Gone: true})
		case d.Scale != nil:
			s.scaleGroup(d.At, d.Scale)
		case d.Terminate != "":
			s.terminate(d.At, d.Terminate)
		}
	}
}

func (s *Simulation) note(at time.Time, r *run) {
	status, _ := r.ref.Status()
	s.tell(Change{At: at, Task: r.ID, Status: status})
}

// tell keeps a change for whoever asks next. There can be hundreds of thousands,
// which append alone would copy five times.
func (s *Simulation) tell(x Change) {
	if len(s.changes) == cap(s.changes) {
		s.changes = slices.Grow(s.changes, max(16, len(s.changes)))
	}
	s.changes = append(s.changes, x)
}

func (s *Simulation) begin(d scheduler.Decision) {
	ref := d.Ref
	if status, _ := ref.Status(); status == ecs.TaskStopped || status == "" {
		return
	}
	s.seq++
	r := &run{ID: d.Start, Seq: s.seq, At: d.At, Fargate: ref.LaunchType() == ecs.LaunchFargate, ref: ref, index: -1}
	s.settleOn(ref.Instance(), r)
	s.runs[r.ID] = r
	s.note(d.At, r)
	if len(s.faults) > 0 {
		s.meet(r)
	}
	s.plan(r)
}

// halt tells a task to stop. One that the scheduler has forgotten already (its
// container instance was deregistered) is at its end.
func (s *Simulation) halt(d scheduler.Decision) {
	r, ok := s.runs[d.Stop]
	if !ok {
		return
	}
	if status, _ := r.ref.Status(); status == ecs.TaskStopped || status == "" {
		s.forget(r)
		s.note(d.At, r)
		return
	}
	if !r.ref.Connected() {
		r.StopHeld = true
		return
	}
	s.haltAt(r, d.At)
}

func (s *Simulation) haltAt(r *run, at time.Time) {
	if !r.StopAt.IsZero() {
		return
	}
	r.StopAt, r.StopAfter = at, r.Steps
	if r.life != nil {
		r.life.Stop(at)
	}
	s.plan(r)
}

// release lets the news through that waited for an agent.
func (s *Simulation) release(id ecs.ContainerInstanceID) {
	if s.hosts[id] == nil {
		return
	}
	for _, r := range s.hosts[id].runs {
		held := r.Held
		r.Held = false
		if r.StopHeld {
			r.StopHeld = false
			s.haltAt(r, s.cluster.Now())
		} else if held {
			s.plan(r)
		}
	}
}

func (s *Simulation) forget(r *run) {
	s.due.take(r)
	s.depart(r)
	delete(s.runs, r.ID)
	s.rest(r)
}

// plan puts the run's next step on the agenda.
func (s *Simulation) plan(r *run) {
	l := s.lifeOf(r)
	at, ok := l.Next()
	if !ok {
		s.due.take(r)
		r.Due = time.Time{}
		s.rest(r) // nothing comes before it is told to stop
		return
	}
	r.Due = at
	if now := s.cluster.Now(); r.Due.Before(now) {
		r.Due = now // news that was held up
	}
	r.Periodic = l.Repeats() || r.ref.Restless()
	s.due.put(r)
}

// step does the next step of a run.
func (s *Simulation) step(r *run) {
	if !r.ref.Connected() {
		s.due.take(r)
		r.Held, r.Due = true, time.Time{}
		return
	}
	at := r.Due
	before, _ := r.ref.Status()
	change := s.changeOf(r, s.take(r))
	s.bind(r, change)
	out, err := s.cluster.Apply(at, scheduler.Command{ChangeTask: change})
	if err != nil {
		s.forget(r) // the record is gone, and with it the task
		return
	}
	after, _ := r.ref.Status()
	if after != before {
		s.note(at, r)
	}
	if after == ecs.TaskStopped {
		s.forget(r)
	} else {
		s.plan(r)
	}
	s.obey(out.Decisions)
}
