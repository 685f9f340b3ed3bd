package ecs

import "time"

// TargetGroup is where a load balancer sends requests: to the tasks of services,
// each a target, and only to those that pass its health checks.
type TargetGroup struct {
	ARN                     string   `json:"targetGroupArn"`
	Name                    string   `json:"targetGroupName,omitempty"`
	Protocol                string   `json:"protocol,omitempty"` // HTTP, HTTPS, TCP, TLS, UDP, TCP_UDP
	Port                    int      `json:"port,omitempty"`
	TargetType              string   `json:"targetType,omitempty"`          // ip, instance
	HealthCheckProtocol     string   `json:"healthCheckProtocol,omitempty"` // HTTP, HTTPS, TCP
	HealthCheckPath         string   `json:"healthCheckPath,omitempty"`
	HealthCheckInterval     Seconds  `json:"healthCheckIntervalSeconds,omitempty"`
	HealthCheckTimeout      Seconds  `json:"healthCheckTimeoutSeconds,omitempty"`
	HealthyThresholdCount   int      `json:"healthyThresholdCount,omitempty"`
	UnhealthyThresholdCount int      `json:"unhealthyThresholdCount,omitempty"`
	Matcher                 string   `json:"matcher,omitempty"`                           // HTTP codes that pass
	DeregistrationDelay     *Seconds `json:"deregistrationDelayTimeoutSeconds,omitempty"` // nil for the default; 0 is a delay too
}

// TargetState is the state of a target in its target group.
type TargetState string

// The states of a target.
const (
	TargetInitial   TargetState = "initial"
	TargetHealthy   TargetState = "healthy"
	TargetUnhealthy TargetState = "unhealthy"
	TargetDraining  TargetState = "draining"
	TargetUnused    TargetState = "unused"
)

// TargetHealth is how a target of a target group is, with the reason of any
// state but healthy as Elastic Load Balancing gives it.
type TargetHealth struct {
	ID           string      `json:"id"` // IP address, or EC2 instance id
	Port         int         `json:"port"`
	Task         TaskID      `json:"task"`
	Container    string      `json:"container"`
	State        TargetState `json:"state"`
	Reason       string      `json:"reason,omitempty"` // Target.Timeout, …
	Description  string      `json:"description,omitempty"`
	RegisteredAt time.Time   `json:"registeredAt,omitzero"`
	DrainedAt    time.Time   `json:"drainedAt,omitzero"` // when the draining of its connections ends
}
