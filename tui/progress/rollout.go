package progress

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"gantry/ecs"
	"gantry/workflow"
)

// The ranks of a rollout's rows: what goes last when there is little room.
const (
	rankHeading = iota
	rankPrimary
	rankReason
	rankDeployment
	rankTasks
	rankBounds
	rankEvent
)

const (
	labelWidth    = 8 // "PRIMARY ", "INACTIVE"
	revisionWidth = 24
	barMin        = 4
	barMax        = 30
	deployments   = 5 // shown; a service has seldom more than two
)

// rollout is what is known about a service on its way, or about the tasks of a
// group that no service owns.
type rollout struct {
	name       string
	owned      bool // name is a service's, else a task group's
	known      bool // the service below is
	service    ecs.Service
	before     []ecs.DeploymentID // there when the deployment that is watched began
	rolledBack bool               // a deployment failed and the one before came back
	tasks      []taskMark
	event      string
	eventAt    time.Time
	startedAt  time.Time
	endedAt    time.Time // zero while it is on its way
}

// begin notes which deployments are older than the one that is watched.
func (r *rollout) begin(e workflow.DeploymentStarted, now time.Time) {
	for _, d := range e.Service.Deployments {
		if e.DeploymentID != "" && d.ID != e.DeploymentID {
			r.before = append(r.before, d.ID)
		}
	}
	r.update(e.Service, now)
}

func (r *rollout) update(s ecs.Service, now time.Time) {
	r.service, r.known = s, true
	// A rollback can be over between two looks; then an older deployment is back.
	if p := s.PrimaryDeployment(); p != nil && slices.Contains(r.before, p.ID) {
		r.rolledBack = true
	}
	for _, d := range s.Deployments {
		if d.Status != ecs.DeploymentPrimary && d.RolloutState == ecs.RolloutFailed {
			r.rolledBack = true
		}
	}
	switch {
	case !r.settled() && !r.failed():
		r.endedAt = time.Time{}
	case r.endedAt.IsZero():
		r.endedAt = now
	}
}

func (r *rollout) ended() bool { return !r.endedAt.IsZero() }

// settled reports whether the service has what it wants.
func (r *rollout) settled() bool {
	s := &r.service
	if !r.known || len(s.Deployments) > 1 || s.PendingCount > 0 || s.RunningCount != s.DesiredCount {
		return false
	}
	p := s.PrimaryDeployment()
	return p == nil || p.RolloutState == ecs.RolloutCompleted || p.RolloutState == ""
}

// failed reports whether the service has given up.
func (r *rollout) failed() bool {
	p := r.service.PrimaryDeployment()
	return p != nil && p.RolloutState == ecs.RolloutFailed && p.PendingCount == 0
}

// rows are the rollout as it goes.
func (r *rollout) rows(l look, width int, sign string, now time.Time) []row {
	rows := r.last(l, width, now)
	if !r.ended() {
		rows[0].text = r.heading(l, width, sign, now)
	}
	if !r.known {
		return rows
	}
	if text := r.taskRow(l, width); text != "" {
		rows = append(rows, row{text: text, rank: rankTasks})
	}
	if text := r.bounds(l, width); text != "" {
		rows = append(rows, row{text: text, rank: rankBounds})
	}
	if r.event != "" {
		text := strings.TrimPrefix(r.event, "(service "+r.name+") ")
		rows = append(rows, row{text: l.label("event") + l.style.Dim(clockText(now.Sub(r.eventAt))+" ago") + "  " + text, rank: rankEvent})
	}
	return rows
}

// last is what stays of the rollout when the command is over: where the
// deployments stand.
func (r *rollout) last(l look, width int, now time.Time) []row {
	sign := " "
	switch {
	case r.failed():
		sign = l.style.Bad(l.pick("✕", "x"))
	case r.ended() && r.rolledBack:
		sign = l.style.Warn("!")
	case r.ended():
		sign = l.style.Good(l.pick("✓", "+"))
	}
	rows := []row{{text: r.heading(l, width, sign, now)}}
	if !r.known {
		if text := r.taskRow(l, width); text != "" {
			rows = append(rows, row{text: text, rank: rankPrimary})
		}
		return rows
	}
	return append(rows, r.deployments(l, width)...)
}

func (r *rollout) heading(l look, width int, sign string, now time.Time) string {
	until := now
	if r.ended() {
		until = r.endedAt
	}
	name := "service " + r.name
	if !r.owned {
		name = "tasks of " + r.name
	}
	return l.heading(sign, name, r.doing(l), clockText(until.Sub(r.startedAt)), width)
}

// doing is the change in a few words: "web:1 → web:2".
func (r *rollout) doing(l look) string {
	primary := r.service.PrimaryDeployment()
	if primary == nil {
		if r.known {
			return r.service.TaskDefinition.Short()
		}
		return ""
	}
	to := primary.TaskDefinition.Short()
	for i := range r.service.Deployments {
		d := &r.service.Deployments[i]
		switch {
		case d.Status == ecs.DeploymentPrimary:
		case d.RolloutState == ecs.RolloutFailed:
			return l.style.Warn("rolling back") + " " + d.TaskDefinition.Short() + " " + l.arrow() + " " + to
		case d.TaskDefinition == primary.TaskDefinition:
			return to + ", new deployment"
		default:
			return d.TaskDefinition.Short() + " " + l.arrow() + " " + to
		}
	}
	if r.rolledBack {
		return l.style.Warn("rolled back") + " to " + to
	}
	return to
}

// deployments are one row each, their bars and counts under one another, and
// the reason of one that failed.
func (r *rollout) deployments(l look, width int) []row {
	all := r.service.Deployments
	shown := all[:min(len(all), deployments)]
	column, scale := revisionColumn(all), r.service.DesiredCount
	for _, d := range shown {
		scale = max(scale, d.DesiredCount, d.RunningCount+d.PendingCount)
	}
	texts, cells := l.counts(shown, width-2-labelWidth-1-column-2)
	var rows []row
	for i, d := range shown {
		status, paint, rank := string(d.Status), l.style.Good, rankPrimary
		if d.Status != ecs.DeploymentPrimary {
			paint, rank = l.style.Dim, rankDeployment
		}
		text := l.label(status) + pad(l.fit(d.TaskDefinition.Short(), column), column) + " "
		if cells > 0 {
			text += l.bar(d.RunningCount, d.PendingCount, scale, -1, cells, paint) + " "
		}
		rows = append(rows, row{text: text + " " + texts[i], rank: rank})
		if d.RolloutState == ecs.RolloutFailed && d.RolloutStateReason != "" {
			rows = append(rows, row{text: l.label("reason") + d.RolloutStateReason, rank: rankReason})
		}
	}
	if more := len(all) - len(shown); more > 0 {
		rows = append(rows, row{text: l.style.Dim(fmt.Sprintf("  +%d more", more)), rank: rankDeployment})
	}
	return rows
}

// label is the first column of a row.
func (l look) label(text string) string {
	styled := l.style.Dim(text)
	if text == string(ecs.DeploymentPrimary) {
		styled = l.style.Bold(text)
	}
	return "  " + pad(styled, labelWidth) + " "
}

// counts are the numbers of each deployment, as many words as leave room for a
// bar, and how many cells the bar gets.
func (l look) counts(all []ecs.Deployment, room int) ([]string, int) {
	texts := make([]string, len(all))
	cells := 0
	for words := 2; words >= 0; words-- {
		widest := 0
		for i := range all {
			texts[i] = l.count(&all[i], words)
			widest = max(widest, ansi.StringWidth(texts[i]))
		}
		if cells = min(barMax, room-widest-2); cells >= barMin {
			return texts, cells
		}
	}
	return texts, 0
}

func (l look) count(d *ecs.Deployment, words int) string {
	running := fmt.Sprintf("%d", d.RunningCount)
	if d.Status == ecs.DeploymentPrimary {
		running = fmt.Sprintf("%d/%d", d.RunningCount, d.DesiredCount)
	}
	if words > 0 {
		running += " running"
	}
	parts := []string{running}
	if d.PendingCount > 0 && words > 0 {
		parts = append(parts, l.style.Warn(fmt.Sprintf("%d pending", d.PendingCount)))
	}
	if d.FailedTasks > 0 {
		parts = append(parts, l.style.Bad(fmt.Sprintf("%d failed", d.FailedTasks)))
	}
	if d.RolloutState != "" && words > 1 && (d.Status == ecs.DeploymentPrimary || d.RolloutState == ecs.RolloutFailed) {
		parts = append(parts, l.style.Status(string(d.RolloutState)))
	}
	return strings.Join(parts, "  ")
}

// bounds shows all tasks of the service between the lower bound that minimum
// healthy percent sets, rounded up, and the upper one of maximum percent,
// rounded down (ECS semantics 4.1).
func (r *rollout) bounds(l look, width int) string {
	s, c := &r.service, r.service.DeploymentConfiguration
	if s.DesiredCount <= 0 || c.MaximumPercent <= 0 || s.SchedulingStrategy == ecs.Daemon || r.ended() {
		return ""
	}
	lower := (s.DesiredCount*c.MinimumHealthyPercent + 99) / 100
	upper := s.DesiredCount * c.MaximumPercent / 100
	label, column := l.label("bounds"), revisionColumn(s.Deployments)
	_, cells := l.counts(s.Deployments[:min(len(s.Deployments), deployments)], width-2-labelWidth-1-column-2)
	bar := ""
	if cells > 0 {
		full := l.style.Good
		if s.RunningCount < lower {
			full = l.style.Warn
		}
		bar = strings.Repeat(" ", column+1) + l.bar(s.RunningCount, s.PendingCount, max(upper, 1), lower, cells, full) + "  "
	}
	text := ""
	for _, text = range []string{
		fmt.Sprintf("at least %d running, at most %d tasks (%d/%d %%)", lower, upper, c.MinimumHealthyPercent, c.MaximumPercent),
		fmt.Sprintf("%d to %d tasks (%d/%d %%)", lower, upper, c.MinimumHealthyPercent, c.MaximumPercent),
		fmt.Sprintf("%d to %d tasks", lower, upper),
		fmt.Sprintf("%d-%d", lower, upper),
	} {
		if ansi.StringWidth(label)+ansi.StringWidth(bar)+ansi.StringWidth(text) <= width {
			break
		}
	}
	return label + bar + text
}

// revisionColumn is how wide the column of task definitions is.
func revisionColumn(all []ecs.Deployment) int {
	column := 0
	for _, d := range all[:min(len(all), deployments)] {
		column = max(column, min(ansi.StringWidth(d.TaskDefinition.Short()), revisionWidth))
	}
	return column
}

// task takes in the state of one task.
func (r *rollout) task(t ecs.Task, now time.Time) {
	mark, shown := markOf(t)
	i := slices.IndexFunc(r.tasks, func(m taskMark) bool { return m.arn == t.ARN })
	switch {
	case i >= 0 && shown:
		r.tasks[i] = mark
	case i >= 0:
		r.tasks = slices.Delete(r.tasks, i, i+1)
	case shown:
		r.tasks = append(r.tasks, mark)
	}
	if r.owned {
		return // the service says when it is done
	}
	r.endedAt = time.Time{}
	if !slices.ContainsFunc(r.tasks, func(m taskMark) bool { return m.state < taskFailed }) {
		r.endedAt = now
	}
}
