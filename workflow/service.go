package workflow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"

	"gantry/ecs"
	"gantry/internal/hint"
)

// CreateService creates a service and waits for its first deployment.
func (s *Session) CreateService(ctx context.Context, in *awsecs.CreateServiceInput) (Result, error) {
	cluster, name := aws.ToString(in.Cluster), aws.ToString(in.ServiceName)
	s.step("creating service %s", name)
	asked := s.now(ctx)
	service, err := s.API.CreateService(ctx, in)
	if err != nil {
		return Result{}, err
	}
	return s.pursueNew(ctx, cluster, nil, service, asked)
}

// Update changes a service and waits for the deployment that the change started.
func (s *Session) Update(ctx context.Context, in *awsecs.UpdateServiceInput, o UpdateOptions) (Result, error) {
	begun := s.wall()
	cluster := aws.ToString(in.Cluster)
	before, err := s.findService(ctx, cluster, aws.ToString(in.Service))
	if err != nil {
		return Result{}, err
	}
	var registered *ecs.TaskDefinition
	if len(o.Images) > 0 {
		def, changed, err := s.withImages(ctx, cmp.Or(aws.ToString(in.TaskDefinition), string(before.TaskDefinition)), o.Images)
		if err != nil {
			return Result{}, err
		}
		changing := *in
		changing.TaskDefinition = aws.String(string(def.ARN))
		in = &changing
		if changed {
			registered = &def
		}
	}
	s.step("updating service %s", before.Name)
	asked := s.now(ctx)
	after, err := s.API.UpdateService(ctx, in)
	if err != nil {
		s.takeBack(ctx, registered, err)
		return Result{}, err
	}
	result, err := s.settle(ctx, cluster, &before, after, asked)
	result.TaskDefinition = registered
	result.Took = ecs.Seconds(s.wall().Sub(begun))
	return result, err
}

// takeBack deregisters the revision that an update made for itself when ECS has
// refused the update: a typing error leaves nothing behind. Where it is not certain
// that ECS refused, the revision stays.
func (s *Session) takeBack(ctx context.Context, registered *ecs.TaskDefinition, refusal error) {
	if kind := hint.KindOf(refusal); registered == nil || kind != hint.Invalid && kind != hint.NotFound && kind != hint.Conflict {
		return
	}
	s.step("deregistering %s, as the update was refused", registered.Name())
	if _, err := s.API.DeregisterTaskDefinition(ctx, string(registered.ARN)); err != nil {
		s.emit(Notice{Text: fmt.Sprintf("%s stays registered: %v", registered.Name(), err)})
	}
}

// settle waits for whatever an update has set in motion: a deployment, tasks that
// come or go, or nothing.
func (s *Session) settle(ctx context.Context, cluster string, before *ecs.Service, after ecs.Service, asked time.Time) (Result, error) {
	was, is := before.PrimaryDeployment(), after.PrimaryDeployment()
	switch {
	case is != nil && (was == nil || was.ID != is.ID), newARN(before, after) != "":
		return s.pursueNew(ctx, cluster, before, after, asked)
	case before.DesiredCount != after.DesiredCount:
		return s.awaitCount(ctx, cluster, before, after, asked)
	case sameSettings(*before, after):
		return Result{Outcome: Unchanged, Service: after, Stopped: []StopGroup{}}, nil
	}
	return Result{Outcome: Changed, Service: after, Stopped: []StopGroup{}}, nil // there is nothing to wait for
}

// pursueNew waits for the deployment that is PRIMARY right after the change.
func (s *Session) pursueNew(ctx context.Context, cluster string, before *ecs.Service, after ecs.Service, asked time.Time) (Result, error) {
	primary := after.PrimaryDeployment()
	if primary == nil {
		s.emit(Notice{Text: fmt.Sprintf("service %s has a deployment controller of its own; there is nothing here to wait for", after.Name)})
		return Result{Outcome: NotWaited, Service: after, DeploymentID: "", Stopped: []StopGroup{}}, nil
	}
	p := &pursuit{id: primary.ID, created: primary.CreatedAt, arn: newARN(before, after)}
	p.observer = s.observe(cluster, string(after.Name), earlier(asked, primary.CreatedAt), before)
	if before != nil {
		p.before = before.CurrentServiceDeployment
	}
	if before != nil && before.PrimaryDeployment() != nil && before.PrimaryDeployment().ID == primary.ID {
		p.id = "" // ours has come and gone already: a fast world can roll back at once
	}
	p.mine = p.id
	return s.pursue(ctx, p, after)
}

// newARN is the service deployment that a change started, where the answer says so.
func newARN(before *ecs.Service, after ecs.Service) ecs.ARN {
	if before != nil && before.CurrentServiceDeployment == after.CurrentServiceDeployment {
		return ""
	}
	return after.CurrentServiceDeployment
}

// Watch waits for a deployment that is going on; an empty deployment means the
// service's newest, and a name its id or service deployment ARN.
func (s *Session) Watch(ctx context.Context, cluster, service, deployment string) (Result, error) {
	found, err := s.findService(ctx, cluster, service)
	if err != nil {
		return Result{}, err
	}
	p, err := s.pursuitOf(ctx, cluster, found, deployment)
	if err != nil {
		return Result{}, err
	}
	p.observer = s.observe(cluster, string(found.Name), p.created, nil)
	watching := *s
	watching.NoWait = false // to watch is to wait
	p.s = &watching
	return watching.pursue(ctx, p, found)
}

// pursuitOf finds the deployment that a person means.
func (s *Session) pursuitOf(ctx context.Context, cluster string, service ecs.Service, wanted string) (*pursuit, error) {
	next := "list them with: " + s.command("list deployments --service %s%s", service.Name, on(cluster))
	if !ecs.ARN(wanted).IsARN() {
		for _, d := range service.Deployments {
			if string(d.ID) == wanted || wanted == "" && d.Status == ecs.DeploymentPrimary {
				p := &pursuit{id: d.ID, created: d.CreatedAt}
				if d.Status == ecs.DeploymentPrimary {
					p.arn = service.CurrentServiceDeployment
				}
				return p, nil
			}
		}
		return nil, hint.With(hint.As(hint.NotFound, fmt.Errorf("service %s has no deployment %q going on", service.Name, wanted)), next)
	}
	d, err := s.ServiceDeployment(ctx, cluster, string(service.Name), wanted)
	if err != nil {
		return nil, err
	}
	p := &pursuit{arn: d.ARN, created: d.CreatedAt}
	if nearest := nearestDeployment(service.Deployments, d.CreatedAt); nearest != nil {
		p.id = nearest.ID
	}
	return p, nil
}

func nearestDeployment(list []ecs.Deployment, at time.Time) *ecs.Deployment {
	var nearest *ecs.Deployment
	for i := range list {
		far := list[i].CreatedAt.Sub(at).Abs()
		if far <= madeLater && (nearest == nil || far < nearest.CreatedAt.Sub(at).Abs()) {
			nearest = &list[i]
		}
	}
	return nearest
}

// DeleteService deletes a service and waits until it is INACTIVE.
func (s *Session) DeleteService(ctx context.Context, cluster, service string, force bool) (ecs.Service, error) {
	s.step("deleting service %s", ecs.ARN(service).Short())
	in := &awsecs.DeleteServiceInput{Cluster: optional(cluster), Service: &service}
	if force {
		in.Force = aws.Bool(true)
	}
	last, err := s.API.DeleteService(ctx, in)
	if err != nil {
		return ecs.Service{}, err
	}
	if s.NoWait {
		return last, nil
	}
	next := "the service goes on draining; look with: " + s.command("describe services %s%s", last.Name, on(cluster))
	last, err = s.awaitGone(ctx, cluster, last)
	switch {
	case err == nil:
		return last, nil
	case errors.Is(err, errTimeout):
		return last, hint.With(hint.As(hint.TimedOut, fmt.Errorf("service %s was not deleted after %s", last.Name, s.Timeout)), next)
	case ctx.Err() != nil:
		return last, interrupted(ctx, "watching service "+string(last.Name)+" drain", next)
	}
	return last, hint.With(err, next)
}

// awaitGone waits until a service that drains is INACTIVE or forgotten.
func (s *Session) awaitGone(ctx context.Context, cluster string, last ecs.Service) (ecs.Service, error) {
	begun, quiet := s.wall(), s.wall()
	ctx, cancel := s.bounded(ctx, begun)
	defer cancel()
	for pause := s.poll(); last.Status != ecs.ServiceInactive; {
		if err := s.pause(ctx, begun, pause); err != nil {
			return last, err
		}
		found, _, err := s.API.DescribeServices(ctx, cluster, []string{string(last.Name)})
		forgotten := err == nil && len(found) == 0
		if pause, err = s.nextPause(ctx, pause, err); err != nil {
			return last, err
		}
		if forgotten {
			break
		}
		if len(found) == 0 {
			continue // refused for the moment
		}
		now := found[0]
		if now.Status != last.Status || now.RunningCount != last.RunningCount || now.PendingCount != last.PendingCount {
			quiet = s.wall()
			s.emit(ProgressEvent{At: s.now(ctx), Service: now})
		} else if s.wall().Sub(quiet) >= s.heartbeat() {
			quiet = s.wall()
			s.emit(HeartbeatEvent{At: s.now(ctx), Waited: ecs.Seconds(quiet.Sub(begun)), Service: now})
		}
		last = now
	}
	return last, nil
}

// withImages registers the revision that runs other images, if it is another one.
func (s *Session) withImages(ctx context.Context, base string, images map[string]string) (def ecs.TaskDefinition, changed bool, err error) {
	def, err = s.API.DescribeTaskDefinition(ctx, base)
	if err != nil {
		return def, false, err
	}
	in, err := inputOf(&def)
	if err != nil {
		return def, false, err
	}
	next := in
	for _, container := range slices.Sorted(maps.Keys(images)) {
		if next, err = withImage(next, container, images[container]); err != nil {
			return def, false, err
		}
	}
	if same(in, next) {
		return def, false, nil
	}
	registered, err := s.register(ctx, next)
	return registered, err == nil, err
}

// sameSettings compares what an update can change and what starts no deployment.
func sameSettings(a, b ecs.Service) bool {
	settings := func(s ecs.Service) ecs.Service {
		return ecs.Service{
			TaskDefinition: s.TaskDefinition, DesiredCount: s.DesiredCount, PlatformVersion: s.PlatformVersion,
			CapacityProviderStrategy: s.CapacityProviderStrategy, DeploymentConfiguration: s.DeploymentConfiguration,
			PlacementConstraints: s.PlacementConstraints, PlacementStrategy: s.PlacementStrategy,
			LoadBalancers: s.LoadBalancers, NetworkConfiguration: s.NetworkConfiguration,
			HealthCheckGracePeriod: s.HealthCheckGracePeriod, AvailabilityZoneRebalancing: s.AvailabilityZoneRebalancing,
			EnableExecuteCommand: s.EnableExecuteCommand, EnableECSManagedTags: s.EnableECSManagedTags, PropagateTags: s.PropagateTags,
		}
	}
	return sameJSON(settings(a), settings(b))
}

// earlier is the earlier of two times, of which one may not be known.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
