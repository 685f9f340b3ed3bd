package life

import (
	"slices"
	"time"

	"gantry/ecs"
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
	t     *Task
	lives []life
	steps []Step
	eni   bool
}

func newPlayer(t *Task) player {
	n := len(t.Definition.Containers)
	p := player{t: t, eni: t.Definition.NetworkMode == ecs.NetworkAWSVPC, lives: make([]life, n)}
	most := 2 // steps up to the pull
	if t.Pulled {
		most += 3 + n
	}
	p.steps = make([]Step, 0, most)
	for i := range p.lives {
		p.lives[i] = life{def: &t.Definition.Containers[i], fate: t.Fates[i]}
	}
	return p
}

// Script is the life of the task up to its own end, by what is known of it now.
// It is a pure function of the task, so nobody has to keep it.
func (t *Task) Script() []Step {
	p := newPlayer(t)
	pulled := p.pull()
	if t.PullError != "" {
		p.end(pulled, t.PullError, Step{Containers: p.failed(t.PullFailed, t.PullError)})
		return p.steps
	}
	if !t.Pulled {
		return p.steps
	}
	p.live(pulled)
	return p.steps
}

// pull writes the steps up to the end of the image pull, and says when that is.
func (p *player) pull() time.Time {
	at := p.t.At
	if p.eni {
		at = at.Add(attachENI)
		if p.t.Fargate {
			at = at.Add(attachFargate - attachENI)
		}
		p.add(at, Step{Status: ecs.TaskPending})
	}
	at = at.Add(agentTurn)
	p.add(at, Step{Pull: true, Status: ecs.TaskPending, PullStarted: true})
	longest := time.Duration(0)
	for i := range p.lives {
		l := &p.lives[i]
		l.bad = l.fate.Chance == 0 || l.fate.Chance == 1 || p.draw("chance", l.def.Name) < l.fate.Chance
		longest = max(longest, p.span(l.fate.Pull, "pull", l.def.Name, 4*time.Second, 7*time.Second))
	}
	at = at.Add(longest)
	if !p.t.Pulled {
		return at
	}
	done := Step{PullStopped: true}
	for i, digest := range p.t.Digests {
		done.Containers = append(done.Containers, Change{Name: p.t.Definition.Containers[i].Name, ImageDigest: digest})
	}
	p.add(at, done)
	return at
}

// draw is a number from 0 up to 1 for this task.
func (p *player) draw(what, container string) float64 {
	return float64(p.t.Draw(what+" "+container)>>11) / (1 << 53)
}

// span is a time that a fate sets, or one drawn between two bounds.
func (p *player) span(set time.Duration, what, container string, least, most time.Duration) time.Duration {
	if set > 0 {
		return set
	}
	return (least + time.Duration(p.draw(what, container)*float64(most-least))).Truncate(time.Millisecond)
}

func (p *player) add(at time.Time, x Step) {
	x.At = at
	p.steps = append(p.steps, x)
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
		p.add(l.start, Step{Containers: []Change{{Name: l.def.Name, Status: ecs.TaskRunning}}})
		if !l.exit.IsZero() && !l.def.Essential {
			p.add(l.exit, Step{Containers: []Change{p.exited(l)}})
		}
	}
	if all && (end.IsZero() || ready.Before(end)) {
		p.add(ready, Step{Status: ecs.TaskRunning})
	}
	p.health()
	slices.SortStableFunc(p.steps, func(a, b Step) int { return a.At.Compare(b.At) })
	if !end.IsZero() {
		p.steps = slices.DeleteFunc(p.steps, func(x Step) bool { return x.At.After(end) })
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
func (p *player) firstEnd(pulled time.Time) (time.Time, string, Step) {
	var end time.Time
	var why string
	var last Step
	for i := range p.lives {
		l := &p.lives[i]
		switch {
		case l.start.IsZero():
			if at := pulled.Add(dependencyTimeout); end.IsZero() || at.Before(end) {
				end, why = at, "TaskDependencyError: Task dependencies cannot be resolved, taskArn: "+string(p.t.ARN)
				last = Step{StopCode: ecs.TaskFailedToStart}
			}
		case l.fate.Fail != "" && l.bad:
			if end.IsZero() || l.start.Before(end) {
				end, why = l.start, l.fate.StartError()
				last = Step{StopCode: ecs.TaskFailedToStart, Containers: p.failed(i, why)}
			}
		case l.def.Essential && !l.exit.IsZero():
			if end.IsZero() || l.exit.Before(end) {
				end, why = l.exit, "Essential container in task exited"
				last = Step{StopCode: ecs.EssentialContainerExited, Containers: []Change{p.exited(l)}}
			}
		}
	}
	return end, why, last
}

// StartError is what the container runtime says of a container that it cannot
// create or start.
func (f Fate) StartError() string {
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

func (p *player) failed(container int, reason string) []Change {
	return []Change{{Name: p.t.Definition.Containers[container].Name, Status: ecs.TaskStopped, Reason: reason}}
}

func (p *player) exited(l *life) Change {
	code := *l.fate.Exit
	out := Change{Name: l.def.Name, Status: ecs.TaskStopped, ExitCode: &code}
	if l.fate.OOM {
		out.Reason = "OutOfMemoryError: Container killed due to memory usage"
	}
	return out
}
