package ecs

// LoadBalancer joins a container's port to a target group or Classic Load Balancer.
type LoadBalancer struct {
	TargetGroupARN   string                 `json:"targetGroupArn,omitempty"`
	LoadBalancerName string                 `json:"loadBalancerName,omitempty"`
	ContainerName    string                 `json:"containerName"`
	ContainerPort    int                    `json:"containerPort"`
	Advanced         *AdvancedConfiguration `json:"advancedConfiguration,omitempty"` // for deployments that shift traffic
}

// AdvancedConfiguration is what ECS needs to move traffic from one target group
// of a service to the other (ECS semantics 4.17).
type AdvancedConfiguration struct {
	AlternateTargetGroupARN string `json:"alternateTargetGroupArn,omitempty"`
	ProductionListenerRule  string `json:"productionListenerRule,omitempty"`
	TestListenerRule        string `json:"testListenerRule,omitempty"`
	RoleARN                 string `json:"roleArn,omitempty"`
}

// Equal reports whether both say the same.
func (l LoadBalancer) Equal(o LoadBalancer) bool {
	a, b := l.Advanced, o.Advanced
	l.Advanced, o.Advanced = nil, nil
	return l == o && (a == nil) == (b == nil) && (a == nil || *a == *b)
}
