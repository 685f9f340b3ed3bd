package simulate

import (
	"slices"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// How long the parts of a task's life take that no fate speaks of.
const (
	attachENI     = 4 * time.Second        // an awsvpc task's network interface on EC2
	attachFargate = 9 * time.Second        // a Fargate task's capacity and interface
	agentTurn     = 200 * time.Millisecond // the agent hears of a task, or of its stop
	detachENI     = 2 * time.Second
	// A container that waits for another one in vain gives up: the agent's
	// start timeout (ECS semantics 5.5, 5.8).
	dependencyTimeout = 3 * time.Minute
	defaultStop       = 30 * time.Second // stopTimeout (ECS semantics 4.14)
)

// maxFates is how many task definitions' fates are kept at hand.
const maxFates = 1024

// step is one moment of a task's life, as news for the scheduler.
type step struct {
	at     time.Time
	change scheduler.ChangeTask
	pull   bool // the images are asked for now
}

// life is one container's way through its task's life; zero times are never.
type life struct {
	def       *ecs.ContainerDefinition
	fate      Fate
	bad       bool // what may go wrong does
	start     time.Time
	exit      time.Time
	healthy   time.Time
	unhealthy time.Time
}

// player writes the steps of one task.
type player struct {
	s     *Simulation
	r     *run
	def   *ecs.TaskDefinition
	lives []life
	steps []step
	eni   bool
}

func (s *Simulation) player(r *run) player {
	def := s.cluster.TaskDefinitionOf(r.ID)
	n := len(def.Containers)
	p := player{s: s, r: r, def: def, eni: def.NetworkMode == ecs.NetworkAWSVPC, lives: make([]life, n)}
	most := 2 // steps up to the pull
	if r.Pulled {
		most += 3 + n
	}
	p.steps = make([]step, 0, most)
	for i, fate := range s.fatesOf(def) {
		p.lives[i] = life{def: &def.Containers[i], fate: fate}
	}
	return p
}

// fatesOf are the fates of a task definition's containers. They are read once:
// a revision never changes.
func (s *Simulation) fatesOf(def *ecs.TaskDefinition) []Fate {
	fates, ok := s.fates[def]
	if !ok {
		if len(s.fates) >= maxFates {
			clear(s.fates)
		}
		for i := range def.Containers {
			fates = append(fates, FateOf(&def.Containers[i]))
		}
		s.fates[def] = fates
	}
	return fates
}

// script is the life of a task up to its own end, by what is known of it now.
// It is a pure function of the run, so it is never saved.
func (s *Simulation) script(r *run) []step {
	p := s.player(r)
	pulled := p.pull()
	if r.PullError != "" {
		p.end(pulled, r.PullError, scheduler.ChangeTask{Containers: p.failed(r.PullFailed, r.PullError)})
		return p.steps
	}
	if !r.Pulled {
		return p.steps
	}
	p.live(pulled)
	return p.steps
}

// pull writes the steps up to the end of the image pull, and says when that is.
func (p *player) pull() time.Time {
	at := p.r.At
	if p.eni {
		at = at.Add(attachENI)
		if p.r.Fargate {
			at = at.Add(attachFargate - attachENI)
		}
		p.add(at, scheduler.ChangeTask{Status: ecs.TaskPending})
	}
	at = at.Add(agentTurn)
	p.steps = append(p.steps, step{at: at, pull: true, change: scheduler.ChangeTask{Status: ecs.TaskPending, PullStarted: true}})
	longest := time.Duration(0)
	for i := range p.lives {
		l := &p.lives[i]
		l.bad = l.fate.Chance == 0 || l.fate.Chance == 1 || p.draw("chance", l.def.Name) < l.fate.Chance
		longest = max(longest, p.span(l.fate.Pull, "pull", l.def.Name, 4*time.Second, 7*time.Second))
	}
	at = at.Add(longest)
	if !p.r.Pulled {
		return at
	}
	done := scheduler.ChangeTask{PullStopped: true}
	for i, digest := range p.r.Digests {
		done.Containers = append(done.Containers, scheduler.ContainerChange{Name: p.def.Containers[i].Name, ImageDigest: digest})
	}
	p.add(at, done)
	return at
}

// draw is a number from 0 up to 1 for this task.
func (p *player) draw(what, container string) float64 {
	return float64(p.s.cluster.Draw(p.r.ID, what+" "+container)>>11) / (1 << 53)
}

// span is a time that a fate sets, or one drawn between two bounds.
func (p *player) span(set time.Duration, what, container string, least, most time.Duration) time.Duration {
	if set > 0 {
		return set
	}
	return (least + time.Duration(p.draw(what, container)*float64(most-least))).Truncate(time.Millisecond)
}

func (p *player) add(at time.Time, c scheduler.ChangeTask) {
	p.steps = append(p.steps, step{at: at, change: c})
}

// live writes what happens once the images are there.
func (p *player) live(pulled time.Time) {
	p.schedule(pulled)
	end, why, last := p.firstEnd(pulled)
	ready, all := time.Time{}, true
	for i := range p.lives {
		l := &p.lives[i]
		all = all && !l.start.IsZero()
		if l.start.After(ready) {
			ready = l.start
		}
	}
	for i := range p.lives {
		l := &p.lives[i]
		if l.start.IsZero() || !end.IsZero() && !l.start.Before(end) && l.fate.Fail != "" {
			continue
		}
		p.add(l.start, scheduler.ChangeTask{Containers: []scheduler.ContainerChange{{Name: l.def.Name, Status: ecs.TaskRunning}}})
		if !l.exit.IsZero() && !l.def.Essential {
			p.add(l.exit, scheduler.ChangeTask{Containers: []scheduler.ContainerChange{p.exited(l)}})
		}
	}
	if all && (end.IsZero() || ready.Before(end)) {
		p.add(ready, scheduler.ChangeTask{Status: ecs.TaskRunning})
	}
	p.health()
	slices.SortStableFunc(p.steps, func(a, b step) int { return a.at.Compare(b.at) })
	if !end.IsZero() {
		p.steps = slices.DeleteFunc(p.steps, func(x step) bool { return x.at.After(end) })
		p.end(end, why, last)
	}
}

// schedule works out when each container starts and ends, dependencies first
// (ECS semantics 5.5).
func (p *player) schedule(pulled time.Time) {
	for range p.lives { // a chain is at most as long as there are containers
		for i := range p.lives {
			l := &p.lives[i]
			if l.start.IsZero() {
				p.scheduleOne(l, pulled)
			}
		}
	}
}

func (p *player) scheduleOne(l *life, pulled time.Time) {
	at := pulled
	for _, dep := range l.def.DependsOn {
		i := slices.IndexFunc(p.lives, func(o life) bool { return o.def.Name == dep.ContainerName })
		if i < 0 {
			continue
		}
		ready := p.lives[i].start
		switch dep.Condition {
		case "COMPLETE":
			ready = p.lives[i].exit
		case "SUCCESS":
			ready = p.lives[i].exit
			if f := p.lives[i].fate; f.Exit == nil || *f.Exit != 0 {
				return
			}
		case "HEALTHY":
			ready = p.lives[i].healthy
		}
		if ready.IsZero() {
			return // not yet known, or never
		}
		if ready.After(at) {
			at = ready
		}
	}
	f := l.fate
	l.start = at.Add(p.span(f.Start, "start", l.def.Name, 500*time.Millisecond, 1500*time.Millisecond))
	if f.Exit != nil && l.bad && f.Fail == "" {
		l.exit = l.start.Add(f.After)
	}
	l.plan()
}

// firstEnd is when the task ends by itself first, why, and what is then said of
// its containers; zero when it does not.
func (p *player) firstEnd(pulled time.Time) (time.Time, string, scheduler.ChangeTask) {
	var end time.Time
	var why string
	var last scheduler.ChangeTask
	for i := range p.lives {
		l := &p.lives[i]
		switch {
		case l.start.IsZero():
			if at := pulled.Add(dependencyTimeout); end.IsZero() || at.Before(end) {
				end, why = at, "TaskDependencyError: Task dependencies cannot be resolved, taskArn: "+string(p.arn())
				last = scheduler.ChangeTask{StopCode: ecs.TaskFailedToStart}
			}
		case l.fate.Fail != "" && l.bad:
			if end.IsZero() || l.start.Before(end) {
				end, why = l.start, l.fate.startError()
				last = scheduler.ChangeTask{StopCode: ecs.TaskFailedToStart, Containers: p.failed(i, why)}
			}
		case l.def.Essential && !l.exit.IsZero():
			if end.IsZero() || l.exit.Before(end) {
				end, why = l.exit, "Essential container in task exited"
				last = scheduler.ChangeTask{StopCode: ecs.EssentialContainerExited, Containers: []scheduler.ContainerChange{p.exited(l)}}
			}
		}
	}
	return end, why, last
}

func (p *player) arn() ecs.ARN {
	cfg := p.s.cluster.Config()
	return ecs.TaskARN(cfg.Scope, cfg.Name, p.r.ID)
}

// startError is what the container runtime says of a container that it cannot
// create or start.
func (f Fate) startError() string {
	text := f.Error
	switch f.Fail {
	case FailPull:
		if text == "" {
			text = "pull access denied, repository does not exist or may require authorization"
		}
		return "CannotPullContainerError: Error response from daemon: " + text
	case FailCreate:
		if text == "" {
			text = "invalid mount config for type \"bind\": bind source path does not exist"
		}
		return "CannotCreateContainerError: Error response from daemon: " + text
	}
	if text == "" {
		text = "failed to create task for container: failed to create shim task: OCI runtime create failed: exec: \"server\": executable file not found in $PATH: unknown"
	}
	return "CannotStartContainerError: Error response from daemon: " + text
}

func (p *player) failed(container int, reason string) []scheduler.ContainerChange {
	return []scheduler.ContainerChange{{Name: p.def.Containers[container].Name, Status: ecs.TaskStopped, Reason: reason}}
}

func (p *player) exited(l *life) scheduler.ContainerChange {
	code := *l.fate.Exit
	out := scheduler.ContainerChange{Name: l.def.Name, Status: ecs.TaskStopped, ExitCode: &code}
	if l.fate.OOM {
		out.Reason = "OutOfMemoryError: Container killed due to memory usage"
	}
	return out
}
