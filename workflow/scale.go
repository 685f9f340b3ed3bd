package workflow

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"

	"gantry/ecs"
	"gantry/internal/hint"
)

// Scale changes the desired count, nothing else, and waits for the tasks. It starts
// no deployment (ECS semantics 4.12), so there is none to wait for: it is done when
// as many tasks run as should and stay so.
func (s *Session) Scale(ctx context.Context, cluster, service string, n int) (Result, error) {
	begun := s.wall()
	if n < 0 || n > math.MaxInt32 {
		return Result{}, hint.As(hint.Usage, fmt.Errorf("the desired count is a number of tasks, 0 or more, not %d", n))
	}
	before, err := s.findService(ctx, cluster, service)
	if err != nil {
		return Result{}, err
	}
	if before.DesiredCount == n && before.RunningCount == n && before.PendingCount == 0 {
		return Result{Outcome: Unchanged, Service: before, Stopped: []StopGroup{}}, nil
	}
	s.step("scaling service %s from %d to %d", before.Name, before.DesiredCount, n)
	asked := s.now(ctx)
	after, err := s.API.UpdateService(ctx, &awsecs.UpdateServiceInput{
		Cluster: optional(cluster), Service: aws.String(service), DesiredCount: aws.Int32(int32(n)),
	})
	if err != nil {
		return Result{}, err
	}
	result, err := s.awaitCount(ctx, cluster, &before, after, asked)
	result.Took = ecs.Seconds(s.wall().Sub(begun))
	return result, err
}

// steadyLooks is how many looks in a row must find the tasks as they should be.
const steadyLooks = 2

// awaitCount waits until as many tasks run as the service now wants.
func (s *Session) awaitCount(ctx context.Context, cluster string, before *ecs.Service, after ecs.Service, asked time.Time) (Result, error) {
	result := Result{Outcome: NotWaited, Service: after, Stopped: []StopGroup{}}
	if s.NoWait {
		return result, nil
	}
	o := s.observe(cluster, string(after.Name), asked, before)
	good := 0
	judge := func(_ context.Context, now ecs.Service) (Outcome, bool, error) {
		switch {
		case now.DesiredCount != after.DesiredCount:
			return Superseded, true, nil
		case stalled(now) && now.RunningCount < now.DesiredCount:
			return Failed, true, nil // a failed deployment starts no more tasks (ECS semantics 4.7)
		case steady(now), stalled(now) && now.RunningCount == now.DesiredCount && now.PendingCount == 0:
			good++
		default:
			good = 0
		}
		return Done, good >= steadyLooks, nil
	}
	last, outcome, err := s.await(ctx, o, judge)
	if last.ARN != "" {
		result.Service = last
	}
	result.Outcome, result.Took = outcome, ecs.Seconds(s.wall().Sub(o.begun))
	if outcome == Done && err == nil {
		result.Stopped = o.stops.list()
		return result, nil
	}
	result.Stopped = s.explainStops(ctx, &o.stops)
	return result, o.countFailure(ctx, &result, after.DesiredCount, err)
}

// stalled is a service whose newest deployment has failed and stays: the tasks of
// the one before it stay too, and can still be scaled in.
func stalled(service ecs.Service) bool {
	primary := service.PrimaryDeployment()
	return primary != nil && primary.RolloutState == ecs.RolloutFailed && !service.DeploymentConfiguration.CircuitBreaker.Rollback
}

// countFailure is the error of a wait for a desired count.
func (o *observer) countFailure(ctx context.Context, result *Result, wanted int, err error) error {
	s, name := o.s, o.service
	next := "ECS goes on trying; look again with: " + s.command("status %s%s", name, on(o.cluster))
	now := result.Service
	switch {
	case errors.Is(err, errTimeout):
		result.Outcome = TimedOut
		text := fmt.Sprintf("service %s runs %d of %d tasks after %s", name, now.RunningCount, wanted, s.Timeout)
		text, look := o.whyWaiting(ctx, text)
		if look != "" {
			next = "ECS goes on trying; see what it waits for with: " + look
		}
		return hint.With(hint.As(hint.TimedOut, errors.New(text)), next)
	case ctx.Err() != nil:
		result.Outcome = BrokenOff
		return interrupted(ctx, "watching service "+name, next)
	case err != nil:
		result.Outcome = BrokenOff
		return hint.With(fmt.Errorf("watching service %s: %w", name, err), next)
	case result.Outcome == Superseded:
		return hint.With(hint.As(hint.Superseded, fmt.Errorf("the desired count of service %s was changed to %d by another", name, now.DesiredCount)),
			"look at it with: "+s.command("status %s%s", name, on(o.cluster)))
	}
	if len(result.Stopped) > 0 {
		if advice := s.adviseStop(o.cluster, result.Stopped[0]); advice != "" {
			next = advice
		}
	}
	return hint.With(hint.As(hint.Failed, fmt.Errorf("the deployment of service %s has failed, so no more tasks are started", name)), next)
}
