package awsapi

import (
	"context"
	"net/http"

	"gantry/ecs"
)

// NewTargetGroup asks for a target group in an emulated world. What is zero has
// the default of Elastic Load Balancing.
type NewTargetGroup struct {
	Name                       string `json:"name"`
	Protocol                   string `json:"protocol,omitempty"`
	Port                       int    `json:"port"`
	TargetType                 string `json:"targetType,omitempty"`
	HealthCheckPath            string `json:"healthCheckPath,omitempty"`
	HealthCheckIntervalSeconds int    `json:"healthCheckIntervalSeconds,omitempty"`
	HealthCheckTimeoutSeconds  int    `json:"healthCheckTimeoutSeconds,omitempty"`
	HealthyThresholdCount      int    `json:"healthyThresholdCount,omitempty"`
	UnhealthyThresholdCount    int    `json:"unhealthyThresholdCount,omitempty"`
	Matcher                    string `json:"matcher,omitempty"`
	DeregistrationDelay        string `json:"deregistrationDelay,omitempty"` // in seconds
}

// NewLoadBalancer asks for a load balancer in an emulated world.
type NewLoadBalancer struct {
	Name      string        `json:"name"`
	Type      string        `json:"type,omitempty"`
	Scheme    string        `json:"scheme,omitempty"`
	Listeners []NewListener `json:"listeners"`
}

// NewListener is a listener that forwards to a target group.
type NewListener struct {
	Port        int    `json:"port"`
	Protocol    string `json:"protocol,omitempty"`
	TargetGroup string `json:"targetGroup"` // its name or ARN
}

// LoadBalancer is a load balancer that was added.
type LoadBalancer struct {
	ARN       string     `json:"loadBalancerArn"`
	DNSName   string     `json:"dnsName"`
	Listeners []Listener `json:"listeners"`
}

// Listener is a listener of a load balancer. RuleARN is of the rule by which it
// forwards everything, or "" for one that has no rules.
type Listener struct {
	Port           int    `json:"port"`
	Protocol       string `json:"protocol"`
	TargetGroupARN string `json:"targetGroupArn"`
	ListenerARN    string `json:"listenerArn"`
	RuleARN        string `json:"ruleArn,omitempty"`
}

// NewAlarm asks for an alarm on one metric in an emulated world.
type NewAlarm struct {
	Name              string                `json:"name"`
	Namespace         string                `json:"namespace"`
	MetricName        string                `json:"metricName"`
	Dimensions        []ecs.MetricDimension `json:"dimensions,omitempty"`
	Statistic         string                `json:"statistic"`
	Period            ecs.Seconds           `json:"period"`
	EvaluationPeriods int                   `json:"evaluationPeriods"`
	DatapointsToAlarm int                   `json:"datapointsToAlarm,omitempty"`
	Threshold         float64               `json:"threshold"`
	Comparison        string                `json:"comparisonOperator"`
	TreatMissingData  string                `json:"treatMissingData,omitempty"`
}

// AddTargetGroup makes a target group and returns its ARN.
func (c *Client) AddTargetGroup(ctx context.Context, in NewTargetGroup) (string, error) {
	return c.makes(ctx, "make the target group "+in.Name, "target-groups", in)
}

// AddLoadBalancer makes a load balancer with listeners.
func (c *Client) AddLoadBalancer(ctx context.Context, in NewLoadBalancer) (LoadBalancer, error) {
	var out LoadBalancer
	err := c.admins(ctx, "make the load balancer "+in.Name, http.MethodPost, "load-balancers", in, &out)
	return out, err
}

// AddAlarm makes an alarm, or replaces it, and returns its ARN.
func (c *Client) AddAlarm(ctx context.Context, in NewAlarm) (string, error) {
	return c.makes(ctx, "make the alarm "+in.Name, "alarms", in)
}

// SetAlarm puts an alarm into a state.
func (c *Client) SetAlarm(ctx context.Context, name, state, reason string) error {
	in := map[string]string{"name": name, "state": state, "reason": reason}
	return c.admins(ctx, "set the alarm "+name, http.MethodPost, "alarm-states", in, nil)
}

// PutMetric sends a value of a metric, now.
func (c *Client) PutMetric(ctx context.Context, namespace, metric string, dimensions []ecs.MetricDimension, value float64) error {
	in := map[string]any{"namespace": namespace, "metricName": metric, "dimensions": dimensions, "value": value}
	return c.admins(ctx, "send the metric "+metric, http.MethodPost, "metric-data", in, nil)
}

// AddSecret makes a secret of Secrets Manager and returns its ARN.
func (c *Client) AddSecret(ctx context.Context, name, value string) (string, error) {
	return c.makes(ctx, "make the secret "+name, "secrets", map[string]string{"name": name, "value": value})
}

// AddParameter makes a parameter of Parameter Store and returns its ARN.
func (c *Client) AddParameter(ctx context.Context, name, kind, value string) (string, error) {
	return c.makes(ctx, "make the parameter "+name, "parameters", map[string]string{"name": name, "type": kind, "value": value})
}

// AddNamespace makes an HTTP namespace of Cloud Map and returns its ARN.
func (c *Client) AddNamespace(ctx context.Context, name string) (string, error) {
	return c.makes(ctx, "make the namespace "+name, "namespaces", map[string]string{"name": name})
}

// AddServiceRegistry makes a service of Cloud Map and returns its ARN.
func (c *Client) AddServiceRegistry(ctx context.Context, namespace, name string) (string, error) {
	return c.makes(ctx, "make the service registry "+name, "service-registries", map[string]string{"name": name, "namespace": namespace})
}

// makes asks for something that has an ARN.
func (c *Client) makes(ctx context.Context, doing, path string, in any) (string, error) {
	var out struct {
		ARN string `json:"arn"`
	}
	err := c.admins(ctx, doing, http.MethodPost, path, in, &out)
	return out.ARN, err
}
