package simulate

import (
	"gantry/ecs"
	"gantry/engine/life"
	"gantry/engine/scheduler"
)

// maxFates is how many task definitions' fates are kept at hand.
const maxFates = 1024

// fatesOf are the fates of a task definition's containers. They are read once:
// a revision never changes.
func (s *Simulation) fatesOf(def *ecs.TaskDefinition) []life.Fate {
	fates, ok := s.fates[def]
	if !ok {
		if len(s.fates) >= maxFates {
			clear(s.fates)
		}
		for i := range def.Containers {
			fates = append(fates, life.FateOf(&def.Containers[i]))
		}
		s.fates[def] = fates
	}
	return fates
}

// Fate is the fate of a container of a task; ok is false when there is no such
// container.
func (s *Simulation) Fate(task ecs.TaskID, container string) (f life.Fate, ok bool) {
	def := s.cluster.Ref(task).Definition()
	if def == nil {
		return life.Fate{}, false
	}
	for i := range def.Containers {
		if def.Containers[i].Name == container {
			return life.FateOf(&def.Containers[i]), true
		}
	}
	return life.Fate{}, false
}

// taskOf is what a run's life depends on.
func (s *Simulation) taskOf(r *run) *life.Task {
	cfg := s.cluster.Config()
	def := r.ref.Definition()
	return &life.Task{
		ARN: ecs.TaskARN(cfg.Scope, cfg.Name, r.ID), Definition: def, Fates: s.fatesOf(def),
		Draw:    r.ref.Draw,
		Fargate: r.Fargate, At: r.At, Pulled: r.Pulled, PullError: r.PullError, PullFailed: r.PullFailed, Digests: r.Digests,
	}
}

// stepsOf are the steps of the run's life, or of its stop, and how many are done.
func (s *Simulation) stepsOf(r *run) ([]life.Step, int) {
	if r.steps == nil {
		if r.StopAt.IsZero() {
			r.steps = s.taskOf(r).Script()
		} else {
			r.steps = s.taskOf(r).StopScript(r.StopAt, r.Done)
		}
	}
	if r.StopAt.IsZero() {
		return r.steps, r.Done
	}
	return r.steps, r.StopDone
}

// changeOf is a step as news for the scheduler.
func changeOf(id ecs.TaskID, x *life.Step) *scheduler.ChangeTask {
	out := &scheduler.ChangeTask{
		ID: id, Status: x.Status, Health: x.Health, PullStarted: x.PullStarted, PullStopped: x.PullStopped,
		StopCode: x.StopCode, StoppedReason: x.StoppedReason,
	}
	for i := range x.Containers {
		c := &x.Containers[i]
		out.Containers = append(out.Containers, scheduler.ContainerChange{
			Name: c.Name, Status: c.Status, Health: c.Health, ExitCode: c.ExitCode, Reason: c.Reason, ImageDigest: c.ImageDigest,
		})
	}
	return out
}
