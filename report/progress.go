package report

import (
	"fmt"
	"strings"
	"time"

	"gantry/ecs"
	"gantry/image"
	"gantry/workflow"
)

// Lines writes events as they come, one line for each change and each line
// whole: the form for a pipe, a file or a CI log.
type Lines struct {
	Printer
	Clock func() time.Time // real time, in front of each line; nil leaves it out
}

// Event writes one event.
func (l Lines) Event(e workflow.Event) {
	if line, ok := e.(workflow.LogEvent); ok {
		l.Line("%s", l.Log(line.Event)) // it has a time of its own
		return
	}
	for _, text := range l.Describe(e) {
		l.stamped(text)
	}
}

// Close ends the lines; there is nothing to end.
func (l Lines) Close() {}

func (l Lines) stamped(text string) {
	if l.Clock == nil {
		l.Line("%s", text)
		return
	}
	l.Line("%s  %s", l.Style.Dim(l.Clock().Format("15:04:05")), text)
}

// Describe is an event in words: no line for what says nothing new, more than
// one where there is a list.
func (l Lines) Describe(e workflow.Event) []string {
	switch e := e.(type) {
	case workflow.StepEvent:
		return []string{l.Style.Bold(e.Text)}
	case workflow.PushEvent:
		return l.push(e.Progress)
	case workflow.RegisteredEvent:
		return []string{"registered task definition " + l.Style.Bold(e.TaskDefinition.Name())}
	case workflow.DeploymentStarted:
		return []string{deploymentStarted(e)}
	case workflow.ProgressEvent:
		return []string{l.Progress(e.Service)}
	case workflow.StageEvent:
		return []string{l.Style.Dim("stage") + "  " + stage(&e.Deployment)}
	case workflow.ServiceEventEvent:
		return []string{l.Style.Dim("event") + "  " + clean(e.Event.Message)}
	case workflow.StoppedEvent:
		return []string{l.Style.Bad("stopped") + "  " + l.Group(e.Group)}
	case workflow.UnplacedEvent:
		return append([]string{l.Style.Warn("not placed") + "  " + clean(e.Text)}, l.Reasons(e.Reasons)...)
	case workflow.LogEvent:
		return []string{l.Log(e.Event)}
	case workflow.Notice:
		return l.notice(e)
	case workflow.HeartbeatEvent:
		return []string{l.Style.Dim("still waiting after "+Duration(e.Waited.Duration())) + "  " + l.Progress(e.Service)}
	}
	return nil // a single task's change is in the counts already
}

func (l Lines) push(p image.Progress) []string {
	name := ShortDigest(p.Digest)
	switch p.State {
	case image.Exists:
		return []string{fmt.Sprintf("layer %s  already there (%s)", name, Bytes(p.Size))}
	case image.Pushed:
		return []string{fmt.Sprintf("layer %s  pushed (%s)", name, Bytes(p.Size))}
	}
	return nil // how far a layer is belongs on a live display
}

// ShortDigest is the first twelve digits of a digest, as docker shows it.
func ShortDigest(digest string) string {
	_, hex, ok := strings.Cut(digest, ":")
	if !ok {
		hex = digest
	}
	return hex[:min(12, len(hex))]
}

func deploymentStarted(e workflow.DeploymentStarted) string {
	s := &e.Service
	text := fmt.Sprintf("deployment %s of service %s: %s to %s, minimum/maximum %s %%",
		orDash(string(e.DeploymentID)), s.Name, Count(s.DesiredCount, "task"), s.TaskDefinition.Short(), percents(s.DeploymentConfiguration))
	if s.DeploymentConfiguration.CircuitBreaker.Enable {
		text += ", circuit breaker on"
	}
	return text
}

// Progress is where a service stands, in one line.
func (l Lines) Progress(s ecs.Service) string {
	parts := []string{fmt.Sprintf("%s  %d/%d running", s.Name, s.RunningCount, s.DesiredCount)}
	if s.PendingCount > 0 {
		parts[0] += fmt.Sprintf(", %d pending", s.PendingCount)
	}
	for _, d := range s.Deployments {
		text := fmt.Sprintf("%s %s %d running", strings.ToLower(string(d.Status)), d.TaskDefinition.Short(), d.RunningCount)
		if d.PendingCount > 0 {
			text += fmt.Sprintf(" + %d pending", d.PendingCount)
		}
		if d.FailedTasks > 0 {
			text += ", " + l.Style.Bad(fmt.Sprintf("%d failed", d.FailedTasks))
		}
		if d.RolloutState != "" && d.Status == ecs.DeploymentPrimary {
			text += ", " + l.Style.Status(string(d.RolloutState))
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, " | ")
}

func (l Lines) notice(n workflow.Notice) []string {
	lines := []string{l.Style.Warn("note") + "  " + n.Text}
	if n.Hint != "" {
		lines = append(lines, l.Style.Warn("hint")+"  "+n.Hint)
	}
	return lines
}

// Group is a group of stopped tasks in one line.
func (p Printer) Group(g workflow.StopGroup) string {
	text := fmt.Sprintf("%s: %s", Count(g.Count, "task"), orDash(clean(g.Reason)))
	var details []string
	if g.StopCode != "" {
		details = append(details, string(g.StopCode))
	}
	if g.Container != "" {
		details = append(details, "container "+g.Container)
	}
	if g.ExitCode != nil {
		details = append(details, fmt.Sprintf("exit code %d", *g.ExitCode))
	}
	if !g.LastAt.IsZero() && !p.Now.IsZero() {
		details = append(details, "the last "+Age(p.Now, g.LastAt)+" ago")
	}
	if g.Example != "" {
		details = append(details, "for one "+string(g.Example))
	}
	if len(details) > 0 {
		text += " (" + strings.Join(details, ", ") + ")"
	}
	return text
}

// Reasons lists why each container instance was refused.
func (p Printer) Reasons(failures []ecs.Failure) []string {
	lines := make([]string, 0, len(failures))
	for _, f := range failures {
		text := fmt.Sprintf("    %s  %s", f.ARN.Short(), f.Reason)
		if f.Detail != "" {
			text += "  " + p.Style.Dim(f.Detail)
		}
		lines = append(lines, text)
	}
	return lines
}
