package workflow

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gantry/ecs"
	"gantry/internal/hint"
)

// failure is the error of a wait for a deployment that did not end well. It sets
// the outcome where the wait itself broke off.
func (p *pursuit) failure(ctx context.Context, result *Result, err error) error {
	s, name := p.s, ecs.ARN(p.service).Short()
	watch := s.command("watch %s%s", name, on(p.cluster))
	switch {
	case errors.Is(err, errTimeout):
		result.Outcome = TimedOut
		text := fmt.Sprintf("the deployment of service %s was not done after %s", name, s.Timeout)
		text, look := p.whyWaiting(ctx, text)
		next := "the deployment goes on; watch it again with: " + watch
		if look != "" {
			next += ", or see what it waits for with: " + look
		}
		return hint.With(hint.As(hint.TimedOut, errors.New(text)), next)
	case ctx.Err() != nil:
		result.Outcome = BrokenOff
		return interrupted(ctx, "watching service "+name, "the deployment goes on; watch it again with: "+watch)
	case err != nil:
		result.Outcome = BrokenOff
		next := "the deployment goes on; watch it again with: " + watch
		if known := hint.Of(err); known != "" {
			next = known + "; " + next
		}
		return hint.With(fmt.Errorf("watching service %s: %w", name, err), next)
	}
	switch result.Outcome {
	case RolledBack:
		err = hint.As(hint.RolledBack, errors.New(because(fmt.Sprintf("the deployment of service %s was rolled back", name), p.whyFailed())))
	case Superseded:
		err = hint.As(hint.Superseded, fmt.Errorf("another deployment of service %s took the place of ours", name))
		return hint.With(err, "watch the new one with: "+watch)
	default:
		err = hint.As(hint.Failed, errors.New(p.failed(&result.Service)))
	}
	next := ""
	if len(result.Stopped) > 0 {
		next = s.adviseStop(p.cluster, result.Stopped[0])
	}
	if next == "" {
		next = "see what ECS says about it with: " + s.command("events %s%s", name, on(p.cluster))
	}
	if back := wayBack(&result.Service); back != "" {
		next += "; go back to what still runs with: " + s.command("update %s --task-definition %s%s", name, back, on(p.cluster))
	}
	return hint.With(err, next)
}

// wayBack is the task definition that most of a service's tasks still run after
// its newest deployment failed and nothing rolled it back, or "".
func wayBack(service *ecs.Service) string {
	primary := service.PrimaryDeployment()
	if primary == nil || primary.RolloutState != ecs.RolloutFailed {
		return ""
	}
	most, back := 0, ""
	for i := range service.Deployments {
		d := &service.Deployments[i]
		if d.RunningCount > most && d.TaskDefinition != primary.TaskDefinition {
			most, back = d.RunningCount, d.TaskDefinition.Short()
		}
	}
	return back
}

// whyTimeout bounds what is asked after the timeout is over: an endpoint that does
// not answer holds up the command no longer.
const whyTimeout = 2 * time.Second

// whyWaiting adds what the service waits for, where somebody can tell, to the text
// of a timeout; elsewhere why tasks found no place. look is the command that says more then.
func (o *observer) whyWaiting(ctx context.Context, text string) (why, look string) {
	s, name := o.s, ecs.ARN(o.service).Short()
	ctx, cancel := context.WithTimeout(ctx, whyTimeout)
	defer cancel()
	e, err := s.Explain(ctx, o.cluster, o.service)
	if err != nil || e == nil {
		return o.withUnplaced(text), ""
	}
	look = s.command("describe service %s%s", name, on(o.cluster))
	if len(e.Waits) == 0 {
		return o.withUnplaced(text), look
	}
	waits := make([]string, len(e.Waits))
	for i := range e.Waits {
		waits[i] = e.Waits[i].Text
	}
	return text + "; it waits: " + strings.Join(waits, "; "), look
}

// withUnplaced adds why tasks are still waiting for a place.
func (o *observer) withUnplaced(text string) string {
	if o.unplaced == nil {
		return text
	}
	if len(o.unplaced.Reasons) == 0 {
		return because(text, o.unplaced.Text)
	}
	reasons := make([]string, 0, len(o.unplaced.Reasons))
	for _, r := range o.unplaced.Reasons {
		reasons = append(reasons, r.Reason)
	}
	return text + ": no container instance can take another task (" + strings.Join(counted(reasons), ", ") + ")"
}

// counted turns [a b a] into ["2 × a", "b"], in the order of first appearance.
func counted(list []string) []string {
	var out []string
	seen := map[string]int{}
	for _, item := range list {
		seen[item]++
	}
	for _, item := range list {
		switch n := seen[item]; {
		case n > 1:
			out = append(out, fmt.Sprintf("%d × %s", n, item))
		case n == 1:
			out = append(out, item)
		}
		seen[item] = 0
	}
	return out
}
