package api

import (
	"context"
	"errors"
	"slices"
	"time"

	"gantry/ecs"
	"gantry/emulator/runtime"
	"gantry/emulator/store"
	"gantry/engine/scheduler"
	"gantry/engine/target"
)

// targetGroup is a target group as it is kept.
type targetGroup struct {
	thing
	ecs.TargetGroup
	HealthCheckPort string         `json:"healthCheckPort,omitempty"`
	ProtocolVersion string         `json:"protocolVersion,omitempty"`
	IPAddressType   string         `json:"ipAddressType,omitempty"`
	VPC             string         `json:"vpcId,omitempty"`
	Manual          []manualTarget `json:"manualTargets,omitempty"` // registered by others than ECS
}

type manualTarget struct {
	ID   string `json:"id"`
	Port int    `json:"port"`
}

func (a *around) targetGroup(arn string) (g targetGroup, err error) {
	ok, err := a.tx.Document(kindTargetGroup, arn, &g)
	if err == nil && !ok {
		err = refuse(codeNoGroup, "One or more target groups not found")
	}
	return g, err
}

// elbNameRule is the form of the names here [API: CreateTargetGroup, Name].
var elbNameRule = ruleOf(`^[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?$`)

// settle puts health check settings into a group, and says what is wrong then.
func (g *targetGroup) settle(in *HealthCheckShape) error {
	text := func(to *string, from string) {
		if from != "" {
			*to = from
		}
	}
	number := func(to *int, from *int) {
		if from != nil {
			*to = *from
		}
	}
	seconds := func(to *ecs.Seconds, from *int) {
		if from != nil {
			*to = ecs.Seconds(time.Duration(*from) * time.Second)
		}
	}
	text(&g.HealthCheckProtocol, in.HealthCheckProtocol)
	text(&g.HealthCheckPort, in.HealthCheckPort)
	text(&g.HealthCheckPath, in.HealthCheckPath)
	seconds(&g.HealthCheckInterval, in.HealthCheckIntervalSeconds)
	seconds(&g.HealthCheckTimeout, in.HealthCheckTimeoutSeconds)
	number(&g.HealthyThresholdCount, in.HealthyThresholdCount)
	number(&g.UnhealthyThresholdCount, in.UnhealthyThresholdCount)
	if in.Matcher != nil {
		text(&g.Matcher, in.Matcher.HTTPCode)
		text(&g.Matcher, in.Matcher.GrpcCode)
	}
	g.TargetGroup.ARN = g.thing.ARN
	target.Settle(&g.TargetGroup)
	if wrong := target.Check(&g.TargetGroup); wrong != "" {
		return refuse("ValidationError", "%s", wrong)
	}
	return nil
}

// keep writes a group, and tells the clusters.
func (a *around) keep(g *targetGroup) error {
	if err := a.tx.PutDocument(kindTargetGroup, g.thing.ARN, g); err != nil {
		return err
	}
	return a.told(scheduler.Command{PutTargetGroup: &scheduler.PutTargetGroup{Group: g.TargetGroup}})
}

// CreateTargetGroup makes a target group.
func (a *around) CreateTargetGroup(_ context.Context, in *CreateTargetGroupInput) (*CreateTargetGroupOutput, error) {
	if !elbNameRule.MatchString(in.Name) {
		return nil, refuse("ValidationError", "Target group name '%s' must have 1 to 32 letters, digits and hyphens, and can neither begin nor end with a hyphen", in.Name)
	}
	groups, err := store.Documents[targetGroup](a.tx, kindTargetGroup, "")
	if err != nil {
		return nil, err
	}
	g := targetGroup{
		TargetGroup:     ecs.TargetGroup{Name: in.Name, Protocol: in.Protocol, TargetType: in.TargetType},
		ProtocolVersion: in.ProtocolVersion, IPAddressType: in.IPAddressType, VPC: in.VPC, HealthCheckPort: "traffic-port",
	}
	if in.Port != nil {
		g.Port = *in.Port
	}
	if g.VPC == "" {
		g.VPC = a.s.cfg.Network.VPC
	}
	if g.IPAddressType == "" {
		g.IPAddressType = "ipv4"
	}
	if g.ProtocolVersion == "" && (g.Protocol == "HTTP" || g.Protocol == "HTTPS") {
		g.ProtocolVersion = "HTTP1"
	}
	if g.Tags, err = settleTags(nil, in.Tags); err != nil {
		return nil, err
	}
	g.thing.ARN = a.elbARN("targetgroup/" + in.Name)
	if err := g.settle(&in.HealthCheckShape); err != nil {
		return nil, err
	}
	if at := slices.IndexFunc(groups, func(x targetGroup) bool { return x.Name == in.Name }); at >= 0 {
		if groups[at].same(&g) { // what is asked for again is answered again [API: CreateTargetGroup]
			used, err := a.groupsUsed()
			return &CreateTargetGroupOutput{[]targetGroupShape{showGroup(&groups[at], used)}}, err
		}
		return nil, refuse("DuplicateTargetGroupName", "A target group with the same name '%s' exists, but with different settings", in.Name)
	}
	if err := a.keep(&g); err != nil {
		return nil, err
	}
	return &CreateTargetGroupOutput{[]targetGroupShape{showGroup(&g, nil)}}, nil // nothing can use it yet
}

// same reports whether a target group has the settings of another that was just
// asked for. Attributes are set later, and are none of them.
func (g *targetGroup) same(x *targetGroup) bool {
	settings := x.TargetGroup
	settings.ARN, settings.DeregistrationDelay = g.TargetGroup.ARN, g.DeregistrationDelay
	return g.TargetGroup == settings && g.HealthCheckPort == x.HealthCheckPort && g.ProtocolVersion == x.ProtocolVersion &&
		g.IPAddressType == x.IPAddressType && g.VPC == x.VPC
}

// ModifyTargetGroup changes the health checks of a target group.
func (a *around) ModifyTargetGroup(_ context.Context, in *ModifyTargetGroupInput) (*ModifyTargetGroupOutput, error) {
	g, err := a.targetGroup(in.TargetGroupArn)
	if err != nil {
		return nil, err
	}
	err = g.settle(&in.HealthCheckShape)
	if err := first(err, a.keep(&g)); err != nil {
		return nil, err
	}
	used, err := a.groupsUsed()
	return &ModifyTargetGroupOutput{[]targetGroupShape{showGroup(&g, used)}}, err
}

// DescribeTargetGroups describes target groups.
func (a *around) DescribeTargetGroups(_ context.Context, in *DescribeTargetGroupsInput) (*DescribeTargetGroupsOutput, error) {
	groups, err := store.Documents[targetGroup](a.tx, kindTargetGroup, "")
	if err != nil {
		return nil, err
	}
	used, err := a.groupsUsed()
	if err != nil {
		return nil, err
	}
	groups, err = pick(groups, append(slices.Clone(in.TargetGroupArns), in.Names...),
		func(g *targetGroup) []string { return []string{g.thing.ARN, g.Name} },
		func(string) error { return refuse(codeNoGroup, "One or more target groups not found") })
	if err != nil {
		return nil, err
	}
	if in.LoadBalancerArn != "" {
		if _, err := a.loadBalancer(in.LoadBalancerArn); err != nil {
			return nil, err
		}
		groups = slices.DeleteFunc(groups, func(g targetGroup) bool { return !slices.Contains(used[g.thing.ARN], in.LoadBalancerArn) })
	}
	groups, next, err := elbPaged(groups, func(g *targetGroup) string { return g.thing.ARN }, in.Marker, in.PageSize)
	if err != nil {
		return nil, err
	}
	out := &DescribeTargetGroupsOutput{TargetGroups: []targetGroupShape{}, NextMarker: next}
	for i := range groups {
		out.TargetGroups = append(out.TargetGroups, showGroup(&groups[i], used))
	}
	return out, nil
}

// DeleteTargetGroup deletes a target group that no listener uses. A service that
// names it goes on with what it knew of it.
func (a *around) DeleteTargetGroup(_ context.Context, in *DeleteTargetGroupInput) (*DeleteTargetGroupOutput, error) {
	used, err := a.groupsUsed()
	if err != nil {
		return nil, err
	}
	if len(used[in.TargetGroupArn]) > 0 {
		return nil, refuse(codeGroupInUse, "Target group '%s' is currently in use by a listener or a rule", in.TargetGroupArn)
	}
	for _, name := range a.tx.LiveClusters() {
		cmd := scheduler.Command{DeleteTargetGroup: &scheduler.DeleteTargetGroup{ARN: in.TargetGroupArn}}
		_, err := a.tx.Apply(name, runtime.Command{Command: cmd})
		if refusal, ok := errors.AsType[*ecs.Error](err); err != nil && (!ok || refusal.Code != codeGroupInUse && refusal.Code != codeNoGroup) {
			return nil, err
		}
	}
	return &DeleteTargetGroupOutput{}, a.tx.DeleteDocument(kindTargetGroup, in.TargetGroupArn)
}

// What the engine of a cluster says of a target group that a service uses, and
// of one that it does not know.
const (
	codeGroupInUse = "ResourceInUse"
	codeNoGroup    = "TargetGroupNotFound"
)

// showGroup is a group as the API shows it; used are the load balancers of groups.
func showGroup(g *targetGroup, used map[string][]string) targetGroupShape {
	seconds := func(s ecs.Seconds) int { return int(s.Duration() / time.Second) }
	out := targetGroupShape{
		TargetGroupArn: g.thing.ARN, TargetGroupName: g.Name, Protocol: g.Protocol, Port: &g.Port, VPC: g.VPC,
		HealthCheckProtocol: g.HealthCheckProtocol, HealthCheckPort: g.HealthCheckPort, HealthCheckEnabled: true,
		HealthCheckIntervalSeconds: seconds(g.HealthCheckInterval), HealthCheckTimeoutSeconds: seconds(g.HealthCheckTimeout),
		HealthyThresholdCount: g.HealthyThresholdCount, UnhealthyThresholdCount: g.UnhealthyThresholdCount,
		HealthCheckPath: g.HealthCheckPath, LoadBalancerArns: used[g.thing.ARN], TargetType: g.TargetType,
		ProtocolVersion: g.ProtocolVersion, IPAddressType: g.IPAddressType,
	}
	if out.LoadBalancerArns == nil {
		out.LoadBalancerArns = []string{}
	}
	if g.Matcher != "" {
		out.Matcher = &matcherShape{HTTPCode: g.Matcher}
		if g.ProtocolVersion == "GRPC" {
			out.Matcher = &matcherShape{GrpcCode: g.Matcher}
		}
	}
	return out
}
