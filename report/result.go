package report

import (
	"fmt"
	"slices"
	"strings"

	"gantry/ecs"
	"gantry/workflow"
)

// Result says how a change of a service ended, in one line, and why tasks
// stopped when it did not end well.
func (p Printer) Result(r workflow.Result) {
	s := &r.Service
	tasks := fmt.Sprintf("%s, task definition %s", runningOn(s), s.TaskDefinition.Short())
	switch r.Outcome {
	case workflow.Done:
		p.Line("%s service %s: %s, in %s", p.Style.Good("done"), p.Style.Bold(string(s.Name)), tasks, Duration(r.Took.Duration()))
	case workflow.Unchanged:
		p.Line("%s service %s: nothing to do, %s", p.Style.Good("unchanged"), p.Style.Bold(string(s.Name)), tasks)
	case workflow.Changed:
		p.Line("%s service %s: its settings, which start no deployment; %s", p.Style.Good("changed"), p.Style.Bold(string(s.Name)), tasks)
	case workflow.NotWaited:
		p.Line("%s service %s: %d desired, task definition %s; not waited for", p.Style.Good("accepted"), p.Style.Bold(string(s.Name)), s.DesiredCount, s.TaskDefinition.Short())
	case "":
		return // the change was refused; the error says why
	default:
		p.Line("%s service %s: %s, after %s", p.Style.Bad(outcomeWords(r.Outcome)), p.Style.Bold(string(s.Name)), tasks, Duration(r.Took.Duration()))
	}
}

// runningOn is how many tasks run, and of which task definitions where these are
// not all of the service's: after a failure without a rollback the old ones stay.
func runningOn(s *ecs.Service) string {
	text := fmt.Sprintf("%d/%d running", s.RunningCount, s.DesiredCount)
	var names []string
	counts := map[string]int{}
	for i := range s.Deployments {
		d := &s.Deployments[i]
		if d.RunningCount == 0 {
			continue
		}
		name := d.TaskDefinition.Short()
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
		counts[name] += d.RunningCount
	}
	switch {
	case len(names) == 0, len(names) == 1 && names[0] == s.TaskDefinition.Short():
		return text
	case len(names) == 1:
		return text + " " + names[0]
	}
	for i, name := range names {
		names[i] = fmt.Sprintf("%d %s", counts[name], name)
	}
	return text + " (" + strings.Join(names, ", ") + ")"
}

func outcomeWords(o workflow.Outcome) string {
	switch o {
	case workflow.RolledBack:
		return "rolled back"
	case workflow.Failed:
		return "failed"
	case workflow.TimedOut:
		return "timed out"
	case workflow.Superseded:
		return "superseded"
	case workflow.BrokenOff:
		return "broken off"
	}
	return string(o)
}

// Stopped lists why tasks stopped, each group with the last log lines of one of
// its tasks.
func (p Printer) Stopped(groups []workflow.StopGroup) {
	if len(groups) == 0 {
		return
	}
	p.Line("why tasks stopped:")
	for _, g := range groups {
		p.Line("  %s", p.Group(g))
		for _, e := range g.Logs {
			p.Line("    %s", p.Log(e))
		}
	}
}

// Pushed says what a push had to send.
func (p Printer) Pushed(r workflow.PushResult) {
	text := fmt.Sprintf("%s %s:%s: %s pushed, %d there already", p.Style.Good("pushed"), r.Repository.Name, r.Tag, Count(r.Pushed, "layer"), r.Skipped)
	if r.Created {
		text += "; repository made"
	}
	p.Line("%s", text)
}

// mostFailures is how many failures are listed. RunTask has one of them for each
// container instance and each task that found no place (ECS semantics 2.9).
const mostFailures = 12

// Failures lists what a call could not do, each with ECS's reason, and the same
// only once.
func (p Printer) Failures(failures []ecs.Failure) {
	var different []ecs.Failure
	for _, f := range failures {
		if !slices.Contains(different, f) {
			different = append(different, f)
		}
	}
	for i, f := range different {
		if i == mostFailures {
			p.Line("%s and %d more; all of them with --output json", p.Style.Bad("failure"), len(different)-i)
			return
		}
		text := f.Reason
		if f.Detail != "" {
			text += ": " + f.Detail
		}
		if f.ARN != "" {
			text = f.ARN.Short() + ": " + text
		}
		p.Line("%s %s", p.Style.Bad("failure"), text)
	}
}

// Up lists what a project needed.
func (p Printer) Up(r workflow.UpResult) {
	rows := make([][]string, 0, len(r.Steps))
	for _, s := range r.Steps {
		state := p.Style.Dim("unchanged")
		if s.Changed {
			state = p.Style.Good("changed")
		}
		rows = append(rows, []string{s.Kind, s.Name, state, orDash(s.Detail)})
	}
	p.table([]string{"KIND", "NAME", "STATE", "DETAIL"}, rows)
	if r.Unchanged {
		p.Line("nothing to do: everything is as the project wants it")
	}
}
