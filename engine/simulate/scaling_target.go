package simulate

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gantry/ecs"
	"gantry/engine/autoscaling"
)

func (s *Simulation) resource(name ecs.ServiceName) string {
	return ecs.ScalingResource(s.cluster.Config().Name, name)
}

func invalidScaling(format string, args ...any) error {
	return &ecs.Error{Code: ecs.CodeValidation, Message: fmt.Sprintf(format, args...)}
}

// notFound is the API's sentence for what is not there, with the name of a part
// of the target behind it, if one is given.
func (s *Simulation) notFound(what string, service ecs.ServiceName, name string) error {
	text := fmt.Sprintf("%s for service namespace: ecs, resource ID: %s, scalable dimension: %s", what, s.resource(service), ecs.DesiredCountScaling)
	if name != "" {
		text += ": " + name
	}
	return &ecs.Error{Code: ecs.CodeObjectNotFound, Message: text}
}

// registered is the scalable target of a service, or the refusal.
func (s *Simulation) registered(name ecs.ServiceName) (*scalable, error) {
	if t := s.scaling.targets[name]; t != nil {
		return t, nil
	}
	return nil, s.notFound("No scalable target registered", name, "")
}

// ScalableTarget is the scalable target of a service.
func (s *Simulation) ScalableTarget(name ecs.ServiceName) (ecs.ScalableTarget, bool) {
	if t := s.scaling.targets[name]; t != nil {
		return t.Target, true
	}
	return ecs.ScalableTarget{}, false
}

// ScalableTargets are the services that are scalable targets, sorted.
func (s *Simulation) ScalableTargets() []ecs.ServiceName {
	var out []ecs.ServiceName
	for _, t := range s.scaling.targetList() {
		out = append(out, t.Service)
	}
	return out
}

// ScalingPolicies are the policies of a service, by name.
func (s *Simulation) ScalingPolicies(name ecs.ServiceName) []ecs.ScalingPolicy {
	t := s.scaling.targets[name]
	if t == nil {
		return nil
	}
	var out []ecs.ScalingPolicy
	for _, p := range t.Policies {
		noun := *p
		noun.Alarms = s.alarmsOf(p.ARN)
		out = append(out, noun)
	}
	return out
}

// ScalingAnswers are what became of the latest calls of a service's policies:
// why it was scaled, or why not. It is empty while no alarm calls.
func (s *Simulation) ScalingAnswers(name ecs.ServiceName) []autoscaling.Answer {
	if t := s.scaling.targets[name]; t != nil {
		return slices.Clone(t.Answers)
	}
	return nil
}

func (s *Simulation) registerScalableTarget(now time.Time, cmd *RegisterScalableTarget) error {
	v, ok := s.cluster.Service(cmd.Service)
	if !ok || v.Status != ecs.ServiceActive {
		return invalidScaling("ECS service doesn't exist: %s", s.resource(cmd.Service))
	}
	if v.SchedulingStrategy == ecs.Daemon {
		return invalidScaling("ECS service %s has the scheduling strategy DAEMON, which has no desired count to scale", s.resource(cmd.Service))
	}
	t := s.scaling.targets[cmd.Service]
	if t == nil {
		if cmd.MinCapacity == nil || cmd.MaxCapacity == nil {
			return invalidScaling("MinCapacity and MaxCapacity are required to register a new scalable target")
		}
		t = s.newTarget(now, cmd.Service)
	}
	least, most := t.Target.MinCapacity, t.Target.MaxCapacity
	set(&least, cmd.MinCapacity)
	set(&most, cmd.MaxCapacity)
	if err := autoscaling.ValidateBounds(least, most); err != nil {
		return err
	}
	if s.scaling.targets[cmd.Service] == nil {
		id := s.scalingID("target")
		t.Target.ARN = s.cluster.Config().Scope.ARN("application-autoscaling", "scalable-target/"+strings.ReplaceAll(id, "-", ""))
		s.scaling.targets[cmd.Service] = t
	}
	t.Target.MinCapacity, t.Target.MaxCapacity = least, most
	if cmd.RoleARN != "" {
		t.Target.RoleARN = cmd.RoleARN
	}
	if x := cmd.SuspendedState; x != nil {
		set(&t.Target.SuspendedState.DynamicScalingInSuspended, x.DynamicScalingIn)
		set(&t.Target.SuspendedState.DynamicScalingOutSuspended, x.DynamicScalingOut)
		set(&t.Target.SuspendedState.ScheduledScalingSuspended, x.ScheduledScaling)
	}
	if cmd.MinCapacity != nil || cmd.MaxCapacity != nil {
		s.clamp(now, t)
	}
	return nil
}

func set[T any](into, from *T) {
	if from != nil {
		*into = *from
	}
}

// serviceLinkedRole is what Application Auto Scaling acts as, for ECS.
const serviceLinkedRole = "role/aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService"

func (s *Simulation) newTarget(now time.Time, name ecs.ServiceName) *scalable {
	scope := s.cluster.Config().Scope
	return &scalable{Service: name, Target: ecs.ScalableTarget{
		ServiceNamespace: ecs.ScalingNamespace, ResourceID: s.resource(name), ScalableDimension: ecs.DesiredCountScaling,
		RoleARN: fmt.Sprintf("arn:%s:iam::%s:%s", scope.Partition, scope.Account, serviceLinkedRole), CreationTime: now,
	}}
}

// clamp brings a target within its bounds at once: they hold for what is there
// when they are set, by somebody or by a scheduled action, and for what policies
// do. A desired count that somebody sets outside of them later stays [DG: Service
// auto scaling, considerations].
func (s *Simulation) clamp(now time.Time, t *scalable) {
	desired, _, ok := s.cluster.Capacity(t.Service)
	switch {
	case !ok:
	case desired < t.Target.MinCapacity:
		s.setDesired(now, t, t.Target.MinCapacity, fmt.Sprintf("minimum capacity was set to %d", t.Target.MinCapacity), nil, 0)
	case desired > t.Target.MaxCapacity:
		s.setDesired(now, t, t.Target.MaxCapacity, fmt.Sprintf("maximum capacity was set to %d", t.Target.MaxCapacity), nil, 0)
	}
}

func (s *Simulation) deregisterScalableTarget(now time.Time, cmd *DeregisterScalableTarget) error {
	if s.scaling.targets[cmd.Service] == nil {
		return s.notFound("No scalable target found", cmd.Service, "")
	}
	s.dropTarget(now, cmd.Service)
	return nil
}

// dropTarget forgets a target with its policies, their own alarms and its
// scheduled actions.
func (s *Simulation) dropTarget(now time.Time, name ecs.ServiceName) {
	t := s.scaling.targets[name]
	if t == nil {
		return
	}
	s.closeActivity(now, t, ecs.ActivityOverridden, "The scalable target was deregistered.")
	for _, p := range t.Policies {
		s.dropManaged(now, p.ARN)
	}
	delete(s.scaling.targets, name)
}

func (s *Simulation) putScalingPolicy(now time.Time, cmd *PutScalingPolicy) error {
	t, err := s.registered(cmd.Service)
	if err != nil {
		return err
	}
	p := cmd.Policy
	if p.Type == "" {
		p.Type = ecs.StepScaling // the API's default
	}
	if err := autoscaling.ValidatePolicy(&p); err != nil {
		return err
	}
	if err := s.checkLabel(cmd.Service, &p); err != nil {
		return err
	}
	at, found := slices.BinarySearchFunc(t.Policies, p.Name, func(x *ecs.ScalingPolicy, name string) int { return strings.Compare(x.Name, name) })
	if !found && len(t.Policies) >= autoscaling.MaxPolicies {
		return &ecs.Error{Code: ecs.CodeLimitExceeded, Message: fmt.Sprintf("A scalable target has at most %d scaling policies", autoscaling.MaxPolicies)}
	}
	for _, other := range t.Policies {
		if other.Name != p.Name && sameMetric(other, &p) {
			return invalidScaling("Only one TargetTrackingScaling policy for a given metric specification is allowed.")
		}
	}
	p.ServiceNamespace, p.ResourceID, p.ScalableDimension, p.Alarms = ecs.ScalingNamespace, t.Target.ResourceID, ecs.DesiredCountScaling, nil
	if found {
		p.ARN, p.CreationTime = t.Policies[at].ARN, t.Policies[at].CreationTime
		t.Policies[at] = &p
	} else {
		p.ARN = s.cluster.Config().Scope.ARN("autoscaling", fmt.Sprintf("scalingPolicy:%s:resource/ecs/%s:policyName/%s", s.scalingID("policy"), t.Target.ResourceID, p.Name))
		p.CreationTime = now
		t.Policies = slices.Insert(t.Policies, at, &p)
	}
	s.manageAlarms(now, cmd.Service, &p)
	return nil
}

// sameMetric reports whether two target tracking policies follow one metric.
func sameMetric(a, b *ecs.ScalingPolicy) bool {
	if a.TargetTracking == nil || b.TargetTracking == nil {
		return false
	}
	p, q := a.TargetTracking, b.TargetTracking
	if p.PredefinedMetric != nil && q.PredefinedMetric != nil {
		return *p.PredefinedMetric == *q.PredefinedMetric
	}
	m, n := p.CustomizedMetric, q.CustomizedMetric
	return m != nil && n != nil && m.Namespace == n.Namespace && m.MetricName == n.MetricName && m.Statistic == n.Statistic &&
		slices.Equal(m.Dimensions, n.Dimensions)
}

func (s *Simulation) deleteScalingPolicy(now time.Time, cmd *DeleteScalingPolicy) error {
	t := s.scaling.targets[cmd.Service]
	i := -1
	if t != nil {
		i = slices.IndexFunc(t.Policies, func(p *ecs.ScalingPolicy) bool { return p.Name == cmd.Name })
	}
	if i < 0 {
		return s.notFound("No scaling policy found", cmd.Service, cmd.Name)
	}
	s.dropManaged(now, t.Policies[i].ARN)
	t.Policies = slices.Delete(t.Policies, i, i+1)
	return nil
}
