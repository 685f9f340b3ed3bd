package life

import (
	"slices"
	"time"

	"gantry/ecs"
)

// end writes the task's own end: what is left of it is stopped.
func (p *player) end(at time.Time, why string, last Step) {
	last.StoppedReason = why
	if last.StopCode == "" {
		last.StopCode = ecs.TaskFailedToStart
	}
	gone := ""
	if len(last.Containers) > 0 {
		gone = last.Containers[0].Name
	}
	rest := slices.DeleteFunc(running(p.steps), func(name string) bool { return name == gone })
	p.wind(at, rest, last)
}

// running are the containers that run after the steps.
func running(steps []Step) []string {
	var out []string
	for _, x := range steps {
		for _, c := range x.Containers {
			switch c.Status {
			case ecs.TaskRunning:
				out = append(out, c.Name)
			case ecs.TaskStopped:
				out = slices.DeleteFunc(out, func(n string) bool { return n == c.Name })
			}
		}
	}
	return out
}

// wind writes the way to STOPPED: SIGTERM for what runs, the network interface
// taken away (ECS semantics 4.14).
func (p *player) wind(at time.Time, names []string, first Step) {
	if len(names) > 0 {
		first.Status = ecs.TaskStopping
		p.add(at, first)
		first = Step{}
	}
	from := at
	for _, name := range names {
		i := slices.IndexFunc(p.lives, func(l life) bool { return l.def.Name == name })
		took, code := p.stop(&p.lives[i])
		p.add(from.Add(took), Step{Containers: []Change{{Name: name, Status: ecs.TaskStopped, ExitCode: &code}}})
		if end := from.Add(took); end.After(at) {
			at = end
		}
	}
	slices.SortStableFunc(p.steps, func(a, b Step) int { return a.At.Compare(b.At) })
	if p.eni {
		first.Status = ecs.TaskDeprovisioning
		p.add(at, first)
		first, at = Step{}, at.Add(detachENI)
	}
	first.Status = ecs.TaskStopped
	p.add(at, first)
}

// stop is how long a container takes to end after SIGTERM, and its exit code.
func (p *player) stop(l *life) (time.Duration, int) {
	timeout := l.def.StopTimeout.Duration()
	if timeout <= 0 {
		timeout = defaultStop
	}
	took := p.span(l.fate.Stop, "stop", l.def.Name, 300*time.Millisecond, 800*time.Millisecond)
	if l.fate.Ignores || took > timeout {
		return timeout, 137
	}
	return took, l.fate.StopExit
}

// StopScript is the life of a task that was told to stop then, after so many
// of its steps.
func (t *Task) StopScript(at time.Time, done int) []Step {
	p := newPlayer(t)
	p.wind(at.Add(agentTurn), running(t.Script()[:done]), Step{})
	return p.steps
}
