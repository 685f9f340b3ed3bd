package workflow

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gantry/ecs"
	"gantry/internal/hint"
)

// verdict looks at the service, as the observer has just seen it, and says whether
// the wait is over and how.
type verdict func(ctx context.Context, service ecs.Service) (outcome Outcome, over bool, err error)

// errTimeout ends a wait that has taken longer than the session allows.
var errTimeout = errors.New("the timeout is over")

// await looks again and again until the verdict is out, the timeout is over or the
// context ends. A look that is refused for the moment (throttling, a connection
// that broke) is repeated, more slowly; any other error ends the wait.
func (s *Session) await(ctx context.Context, o *observer, judge verdict) (ecs.Service, Outcome, error) {
	ctx, cancel := s.bounded(ctx, o.begun)
	defer cancel()
	pause := s.poll()
	var last ecs.Service
	for {
		service, err := o.look(ctx)
		if err == nil {
			last = service
			var outcome Outcome
			var over bool
			if outcome, over, err = judge(ctx, service); over && err == nil {
				// What the verdict rests on may be younger than this look at the service.
				if final, err := o.look(ctx); err == nil {
					service = final
				}
				return service, outcome, nil
			}
		}
		if pause, err = s.nextPause(ctx, pause, err); err != nil {
			return last, "", err
		}
		if err := s.pause(ctx, o.begun, pause); err != nil {
			return last, TimedOut, err
		}
	}
}

// nextPause is how long to wait after a look that ended in err.
func (s *Session) nextPause(ctx context.Context, pause time.Duration, err error) (time.Duration, error) {
	switch {
	case ctx.Err() != nil:
		return 0, context.Cause(ctx)
	case err == nil:
		return s.poll(), nil
	case hint.KindOf(err) != hint.Throttled:
		return 0, err
	}
	slower := min(max(2*pause, time.Second), max(slowestPoll, s.poll()))
	s.emit(Notice{Text: fmt.Sprintf("%v; asking again in %s", err, slower), Hint: hint.Of(err)})
	return slower, nil
}

// bounded ends with the timeout whatever a wait asks for: an endpoint that does not
// answer must not hold up the command any longer.
func (s *Session) bounded(ctx context.Context, begun time.Time) (context.Context, context.CancelFunc) {
	if s.Timeout <= 0 {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, s.Timeout-s.wall().Sub(begun), errTimeout)
}

// pause sleeps, but not past the timeout.
func (s *Session) pause(ctx context.Context, begun time.Time, d time.Duration) error {
	if s.Timeout > 0 {
		left := s.Timeout - s.wall().Sub(begun)
		if left <= 0 {
			return errTimeout
		}
		d = min(d, left)
	}
	if err := s.sleep(ctx, d); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return err
	}
	return nil
}

// pursuit is the wait for one deployment: the one that a verb started.
type pursuit struct {
	*observer
	id      ecs.DeploymentID
	arn     ecs.ARN // of the service deployment; "" while it is not known
	before  ecs.ARN // the service deployment that was there before ours
	created time.Time
	rollout rolloutWatch

	deployment *ecs.ServiceDeployment // as last seen
	looks      int                    // for the ARN
	blind      bool                   // service deployments cannot be read here
}

// looksForARN is how many polls a service deployment may take to appear in the
// list of the service before the wait does without it.
const looksForARN = 10

// pursue waits for the deployment to end and explains how it did.
func (s *Session) pursue(ctx context.Context, p *pursuit, service ecs.Service) (Result, error) {
	result := Result{Outcome: NotWaited, Service: service, DeploymentID: p.id, Stopped: []StopGroup{}}
	s.emit(DeploymentStarted{Service: service, DeploymentID: p.id, ServiceDeploymentARN: p.arn})
	if s.NoWait {
		return result, nil
	}
	last, outcome, err := s.await(ctx, p.observer, p.judge)
	if last.ARN != "" {
		result.Service = last
	}
	result.Outcome, result.ServiceDeployment, result.Took = outcome, p.deployment, ecs.Seconds(s.wall().Sub(p.begun))
	if outcome == Done && err == nil {
		result.Stopped = p.stops.list()
		return result, nil
	}
	result.Stopped = s.explainStops(ctx, &p.stops)
	return result, p.failure(ctx, &result, err)
}

// judge reads the outcome from the service deployment, or where that cannot be
// read from the service's list of deployments.
func (p *pursuit) judge(ctx context.Context, service ecs.Service) (Outcome, bool, error) {
	if err := p.findARN(ctx, service); err != nil {
		return "", false, err
	}
	p.rollout.see(service, p.id)
	if p.arn != "" && !p.blind {
		found, _, err := p.s.API.DescribeServiceDeployments(ctx, []ecs.ARN{p.arn})
		if err != nil && !p.goBlind(err) {
			return "", false, err
		}
		if err == nil && len(found) == 1 {
			p.tellStage(service.Name, &found[0])
			p.deployment = &found[0]
			outcome, over := p.rollout.outcomeOf(p.deployment, service, p.id)
			return outcome, over, nil
		}
	}
	if p.arn == "" && !p.blind {
		return "", false, nil // it may still appear
	}
	outcome, over := p.rollout.outcomeByID(service, p.id)
	return outcome, over, nil
}

// tellStage tells a stage of our deployment that the last look did not see, or how
// much of the traffic has come to it since.
func (p *pursuit) tellStage(service ecs.ServiceName, d *ecs.ServiceDeployment) {
	at := func(d *ecs.ServiceDeployment) string {
		if d == nil || d.LifecycleStage == "" {
			return ""
		}
		weight := -1.0
		if t := d.TargetServiceRevision; t != nil && t.ProductionTrafficWeight != nil {
			weight = *t.ProductionTrafficWeight
		}
		return fmt.Sprint(d.LifecycleStage, weight)
	}
	if now := at(d); now != "" && now != at(p.deployment) && !d.Status.Ended() {
		p.emit(StageEvent{Service: service, Deployment: *d})
	}
}

// findARN finds the service deployment that belongs to our deployment: ECS links
// the two by nothing but the moment they were made.
func (p *pursuit) findARN(ctx context.Context, service ecs.Service) error {
	if p.arn != "" || p.blind {
		return nil
	}
	list, err := p.s.API.ListServiceDeployments(ctx, p.listInput())
	if err != nil {
		if p.goBlind(err) {
			return nil
		}
		return err
	}
	p.looks++
	if nearest := nearestTo(list, p.created, p.before); nearest != nil {
		p.arn = nearest.ARN
		return nil
	}
	if p.looks >= looksForARN {
		p.blind = true
		p.s.emit(Notice{Text: fmt.Sprintf("no service deployment of %s appeared; following its list of deployments instead", service.Name)})
	}
	return nil
}

// goBlind reports whether the error means that service deployments cannot be read
// here at all, and says so once.
func (p *pursuit) goBlind(err error) bool {
	if !noServiceDeployments(err) {
		return false
	}
	why := "this endpoint has no service deployments"
	if hint.KindOf(err) == hint.Denied {
		why = "permission to read service deployments is missing"
	}
	p.blind = true
	p.s.emit(Notice{Text: why + "; following the service's list of deployments instead"})
	return true
}
