package simulate

import (
	"gantry/ecs"
	"gantry/engine/life"
	"gantry/engine/scheduler"
)

// maxPlans is how many task definitions' plans are kept at hand.
const maxPlans = 1024

// plans is what is at hand of a task definition.
type plans struct {
	plan   *life.Plan
	images []life.Image // that its tasks were told of last

	changed *life.Plan // with the changes that were laid on last
	fates   []FateChange
}

// plansOf is what is at hand of a task definition. Its fates are read once: a
// revision never changes.
func (s *Simulation) plansOf(def *ecs.TaskDefinition) *plans {
	p, ok := s.plans[def]
	if !ok {
		if len(s.plans) >= maxPlans {
			clear(s.plans)
		}
		p = &plans{plan: life.PlanOf(def)}
		s.plans[def] = p
	}
	return p
}

// Fate is the fate of a container of a task, with what faults make of it now; ok
// is false when there is no such container.
func (s *Simulation) Fate(task ecs.TaskID, container string) (f life.Fate, ok bool) {
	def := s.cluster.Ref(task).Definition()
	if def == nil {
		return life.Fate{}, false
	}
	plan := s.plansOf(def).plan
	if r := s.runs[task]; r != nil && len(r.Overrules) > 0 {
		plan = s.planWith(r, r.Overrules[len(r.Overrules)-1].Fates)
	}
	return plan.Fate(container)
}

// Draw is a number derived for the run's task.
func (r *run) Draw(salt string) uint64 { return r.ref.Draw(salt) }

// ARN is that of the run's task.
func (r *run) ARN() ecs.ARN { return r.ref.ARN() }

// lifeOf is the run's life, lived again up to where it is: it is a pure function
// of what is known of the run, so it is never saved.
func (s *Simulation) lifeOf(r *run) *life.Life {
	if r.life != nil {
		return r.life
	}
	r.life = s.plansOf(r.ref.Definition()).plan.Begin(s.spareLife(), r, r.At, r.Fargate)
	for i := range r.Steps {
		s.turn(r, i)
		r.life.Take(&s.taken)
		if s.taken.Pull {
			r.life.Pulled(r.Images)
		}
	}
	s.turn(r, r.Steps)
	return r.life
}

// rest drops the run's life until it is needed again. Its room is for the next one.
func (s *Simulation) rest(r *run) {
	if r.life != nil {
		s.spare, r.life = append(s.spare, r.life), nil
	}
}

// spareLife is room for a life, or nil.
func (s *Simulation) spareLife() *life.Life {
	last := len(s.spare) - 1
	if last < 0 {
		return nil
	}
	l := s.spare[last]
	s.spare = s.spare[:last]
	return l
}

// turn tells the life what the run was told after so many steps.
func (s *Simulation) turn(r *run, steps int) {
	for i := range r.Overrules {
		if o := &r.Overrules[i]; o.After == steps {
			r.life.Turn(o.At, s.planWith(r, o.Fates))
		}
	}
	if !r.StopAt.IsZero() && r.StopAfter == steps {
		r.life.Stop(r.StopAt)
	}
}

// take does the next step of the run's life.
func (s *Simulation) take(r *run) *life.Step {
	l := s.lifeOf(r)
	l.Take(&s.taken)
	r.Steps++
	if s.taken.Pull {
		r.Images = s.imagesOf(r)
		l.Pulled(r.Images)
	}
	return &s.taken
}

// changeOf is a step as news for the scheduler. It is good until the next one.
func (s *Simulation) changeOf(r *run, x *life.Step) *scheduler.ChangeTask {
	out := &s.change
	*out = scheduler.ChangeTask{
		ID: r.ID, Ref: r.ref, Status: x.Status, Health: x.Health, Attachment: x.Attachment, PullStarted: x.PullStarted, PullStopped: x.PullStopped,
		StopCode: x.StopCode, StoppedReason: x.StoppedReason, Containers: out.Containers[:0],
	}
	for i := range x.Containers {
		c := &x.Containers[i]
		n := scheduler.ContainerChange{Name: c.Name, Status: c.Status, Health: c.Health, Reason: c.Reason, ImageDigest: c.ImageDigest}
		if c.Exited {
			code := c.ExitCode
			n.ExitCode = &code
		}
		if c.Port != life.PortUnchanged {
			responds := c.Port == life.PortAnswers
			n.Responds, n.ResponseReason = &responds, c.Answer
		}
		out.Containers = append(out.Containers, n)
	}
	return out
}
