package api

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"gantry/ecs"
	"gantry/emulator/store"
)

// byHand is a route that makes what a client of AWS would make with a service
// around ECS: it does so with that service's operations, whose rules hold.
func byHand[I, O any](s *Server, do func(*around, context.Context, *I) (*O, error)) func(*http.Request) (any, error) {
	return func(r *http.Request) (any, error) {
		in := new(I)
		if err := readBody(r, in); err != nil {
			return nil, err
		}
		var out *O
		err := s.update(func(tx *store.Tx) error {
			given := *in // the change may be made twice
			var err error
			out, err = do(onAround(s, r, tx), r.Context(), &given)
			return err
		})
		return out, inOneWord(err)
	}
}

// inOneWord is a refusal of any service under one of three codes: each service
// has its own for what is there already, for what is not there, and for the rest.
func inOneWord(err error) error {
	refusal, ok := errors.AsType[*ecs.Error](err)
	if !ok {
		return err
	}
	switch code := refusal.Code; {
	case strings.HasPrefix(code, "Duplicate") || strings.Contains(code, "AlreadyExists") || strings.Contains(code, "ResourceExists"):
		return refuse(ecs.CodeConflict, "%s", refusal.Message)
	case strings.Contains(code, "NotFound") || strings.Contains(code, "NoSuch"):
		return refuse(codeSecretMissing, "%s", refusal.Message)
	}
	return invalid("%s", refusal.Message)
}

// arnAnswer is the ARN of what was made.
type arnAnswer struct {
	ARN string `json:"arn"`
}

type newTargetGroup struct {
	Name                       string `json:"name"`
	Protocol                   string `json:"protocol"`
	Port                       *int   `json:"port"`
	TargetType                 string `json:"targetType"`
	HealthCheckPath            string `json:"healthCheckPath"`
	HealthCheckIntervalSeconds *int   `json:"healthCheckIntervalSeconds"`
	HealthCheckTimeoutSeconds  *int   `json:"healthCheckTimeoutSeconds"`
	HealthyThresholdCount      *int   `json:"healthyThresholdCount"`
	UnhealthyThresholdCount    *int   `json:"unhealthyThresholdCount"`
	Matcher                    string `json:"matcher"`
	DeregistrationDelay        string `json:"deregistrationDelay"` // in seconds
}

func (a *around) addTargetGroup(ctx context.Context, in *newTargetGroup) (*arnAnswer, error) {
	request := &CreateTargetGroupInput{Name: in.Name, Protocol: in.Protocol, Port: in.Port, TargetType: in.TargetType, HealthCheckShape: HealthCheckShape{
		HealthCheckPath: in.HealthCheckPath, HealthCheckIntervalSeconds: in.HealthCheckIntervalSeconds, HealthCheckTimeoutSeconds: in.HealthCheckTimeoutSeconds,
		HealthyThresholdCount: in.HealthyThresholdCount, UnhealthyThresholdCount: in.UnhealthyThresholdCount,
	}}
	if in.Matcher != "" {
		request.Matcher = &matcherShape{HTTPCode: in.Matcher}
	}
	made, err := a.CreateTargetGroup(ctx, request)
	if err != nil {
		return nil, err
	}
	arn := made.TargetGroups[0].TargetGroupArn
	if in.DeregistrationDelay != "" {
		_, err = a.ModifyTargetGroupAttributes(ctx, &ModifyTargetGroupAttributesInput{TargetGroupArn: arn, Attributes: []attributeShape{{attributeDelay, in.DeregistrationDelay}}})
	}
	return &arnAnswer{arn}, err
}

type newLoadBalancer struct {
	Name      string        `json:"name"`
	Type      string        `json:"type"`
	Scheme    string        `json:"scheme"`
	Listeners []newListener `json:"listeners"`
}

type newListener struct {
	Port        int    `json:"port"`
	Protocol    string `json:"protocol"`
	TargetGroup string `json:"targetGroup"` // its name or ARN
}

type loadBalancerAnswer struct {
	LoadBalancerARN string           `json:"loadBalancerArn"`
	DNSName         string           `json:"dnsName"`
	Listeners       []listenerAnswer `json:"listeners"`
}

type listenerAnswer struct {
	Port           int    `json:"port"`
	Protocol       string `json:"protocol"`
	TargetGroupARN string `json:"targetGroupArn"`
	ListenerARN    string `json:"listenerArn"`
	// RuleARN is of the rule by which the listener forwards everything; one of a
	// network load balancer has no rules.
	RuleARN string `json:"ruleArn,omitempty"`
}

// addLoadBalancer makes a load balancer in the subnets of three zones, with
// listeners.
func (a *around) addLoadBalancer(ctx context.Context, in *newLoadBalancer) (*loadBalancerAnswer, error) {
	request := &CreateLoadBalancerInput{Name: in.Name, Type: in.Type, Scheme: in.Scheme}
	for _, zone := range sortedKeys(a.s.cfg.Network.Subnets)[:3] {
		request.Subnets = append(request.Subnets, a.s.cfg.Network.Subnets[zone])
	}
	made, err := a.CreateLoadBalancer(ctx, request)
	if err != nil {
		return nil, err
	}
	l := made.LoadBalancers[0]
	out := &loadBalancerAnswer{LoadBalancerARN: l.LoadBalancerArn, DNSName: l.DNSName, Listeners: []listenerAnswer{}}
	for _, x := range in.Listeners {
		added, err := a.addListener(ctx, &l, x)
		if err != nil {
			return nil, err
		}
		out.Listeners = append(out.Listeners, *added)
	}
	return out, nil
}

func (a *around) addListener(ctx context.Context, l *loadBalancerShape, in newListener) (*listenerAnswer, error) {
	groups, err := a.DescribeTargetGroups(ctx, &DescribeTargetGroupsInput{})
	if err != nil {
		return nil, err
	}
	group := in.TargetGroup
	for _, g := range groups.TargetGroups {
		if g.TargetGroupName == group {
			group = g.TargetGroupArn
		}
	}
	if in.Protocol == "" {
		in.Protocol = map[bool]string{true: "HTTP", false: "TCP"}[l.Type == "application"]
	}
	forward := []actionShape{{Type: "forward", TargetGroupArn: group}}
	made, err := a.CreateListener(ctx, &CreateListenerInput{LoadBalancerArn: l.LoadBalancerArn, Protocol: in.Protocol, Port: &in.Port, DefaultActions: forward})
	if err != nil {
		return nil, err
	}
	out := &listenerAnswer{Port: in.Port, Protocol: in.Protocol, TargetGroupARN: group, ListenerARN: made.Listeners[0].ListenerArn}
	if l.Type != "application" {
		return out, nil
	}
	rule, err := a.forwardEverything(ctx, out.ListenerARN, forward)
	out.RuleARN = rule
	return out, err
}

// forwardEverything is the first rule of a listener, which is there already when
// the same was made before.
func (a *around) forwardEverything(ctx context.Context, listener string, forward []actionShape) (string, error) {
	first, everything := 1, []conditionShape{{Field: "path-pattern", Values: []string{"/*"}}}
	forward, err := a.settleActions(forward)
	if err != nil {
		return "", err
	}
	there, err := a.rulesOf(listener)
	if err != nil {
		return "", err
	}
	if len(there) > 0 && there[0].Priority == first && alike(there[0].Actions, forward) && alike(there[0].Conditions, everything) {
		return there[0].ARN, nil
	}
	made, err := a.CreateRule(ctx, &CreateRuleInput{ListenerArn: listener, Priority: &first, Actions: forward, Conditions: everything})
	if err != nil {
		return "", err
	}
	return made.Rules[0].RuleArn, nil
}

type newAlarm struct {
	Name              string                `json:"name"`
	Namespace         string                `json:"namespace"`
	MetricName        string                `json:"metricName"`
	Dimensions        []ecs.MetricDimension `json:"dimensions"`
	Statistic         string                `json:"statistic"`
	Period            ecs.Seconds           `json:"period"`
	EvaluationPeriods int                   `json:"evaluationPeriods"`
	DatapointsToAlarm int                   `json:"datapointsToAlarm"`
	Threshold         float64               `json:"threshold"`
	Comparison        string                `json:"comparisonOperator"`
	TreatMissingData  string                `json:"treatMissingData"`
}

func (a *around) addAlarm(ctx context.Context, in *newAlarm) (*arnAnswer, error) {
	_, err := a.PutMetricAlarm(ctx, &PutMetricAlarmInput{
		AlarmName: in.Name, Namespace: in.Namespace, MetricName: in.MetricName, Dimensions: in.Dimensions, Statistic: in.Statistic, Period: in.Period,
		EvaluationPeriods: in.EvaluationPeriods, DatapointsToAlarm: in.DatapointsToAlarm, Threshold: in.Threshold, ComparisonOperator: in.Comparison,
		TreatMissingData: in.TreatMissingData,
	})
	return &arnAnswer{string(a.tx.Scope().ARN("cloudwatch", "alarm:"+in.Name))}, err
}

type newAlarmState struct {
	Name   string         `json:"name"`
	State  ecs.AlarmState `json:"state"`
	Reason string         `json:"reason"`
}

func (a *around) setAlarm(ctx context.Context, in *newAlarmState) (*struct{}, error) {
	_, err := a.SetAlarmState(ctx, &SetAlarmStateInput{AlarmName: in.Name, StateValue: in.State, StateReason: in.Reason})
	return &struct{}{}, err
}

type newDatum struct {
	Namespace  string                `json:"namespace"`
	MetricName string                `json:"metricName"`
	Dimensions []ecs.MetricDimension `json:"dimensions"`
	Value      *float64              `json:"value"`
}

// addMetricData sends a value of a metric, of one of AWS's own too, such as those
// that its load balancers would send: nothing here sends them.
func (a *around) addMetricData(_ context.Context, in *newDatum) (*struct{}, error) {
	return &struct{}{}, a.putMetrics(&PutMetricDataInput{Namespace: in.Namespace, MetricData: []datumShape{{MetricName: in.MetricName, Dimensions: in.Dimensions, Value: in.Value}}})
}

type newValue struct {
	Name  string `json:"name"`
	Type  string `json:"type"` // of a parameter
	Value string `json:"value"`
}

func (a *around) addSecret(ctx context.Context, in *newValue) (*arnAnswer, error) {
	made, err := a.CreateSecret(ctx, &CreateSecretInput{Name: in.Name, SecretString: in.Value})
	if err != nil {
		return nil, err
	}
	return &arnAnswer{made.ARN}, nil
}

func (a *around) addParameter(ctx context.Context, in *newValue) (*arnAnswer, error) {
	if _, err := a.PutParameter(ctx, &PutParameterInput{Name: in.Name, Type: in.Type, Value: in.Value}); err != nil {
		return nil, err
	}
	made, err := a.GetParameter(ctx, &GetParameterInput{Name: in.Name})
	if err != nil {
		return nil, err
	}
	return &arnAnswer{string(made.Parameter.ARN)}, nil
}

type newRegistry struct {
	Name      string `json:"name"`
	Namespace string `json:"namespace"` // its name, id or ARN
}

// addNamespace makes an HTTP namespace of Cloud Map.
func (a *around) addNamespace(ctx context.Context, in *newRegistry) (*arnAnswer, error) {
	_, err := a.CreateHTTPNamespace(ctx, &CreateHTTPNamespaceInput{newNamespace{Name: in.Name}})
	if err != nil {
		return nil, err
	}
	arn, _, err := a.connectNamespace(in.Name)
	return &arnAnswer{arn}, err
}

// addServiceRegistry makes a service of Cloud Map whose health ECS tells.
func (a *around) addServiceRegistry(ctx context.Context, in *newRegistry) (*arnAnswer, error) {
	namespace := in.Namespace
	if arn, ok, err := a.connectNamespace(namespace); err != nil {
		return nil, err
	} else if ok {
		namespace = arn
	}
	made, err := a.CreateService(ctx, &CreateServiceInput{Name: in.Name, NamespaceID: namespace, Type: discoveredByHTTP, HealthCheckCustomConfig: &customHealthShape{}})
	if err != nil {
		return nil, err
	}
	return &arnAnswer{made.Service.ARN}, nil
}
