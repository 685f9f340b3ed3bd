package api

type (
	// HealthCheckShape is what is said of a target group's health checks.
	HealthCheckShape struct {
		HealthCheckEnabled         *bool
		HealthCheckProtocol        string
		HealthCheckPort            string
		HealthCheckPath            string
		HealthCheckIntervalSeconds *int
		HealthCheckTimeoutSeconds  *int
		HealthyThresholdCount      *int
		UnhealthyThresholdCount    *int
		Matcher                    *matcherShape
	}
	matcherShape struct {
		HTTPCode string `shape:"HttpCode"`
		GrpcCode string
	}
	// CreateTargetGroupInput describes a target group.
	CreateTargetGroupInput struct {
		Name            string
		Protocol        string
		ProtocolVersion string
		Port            *int
		VPC             string `shape:"VpcId"`
		TargetType      string
		IPAddressType   string `shape:"IpAddressType"`
		Tags            []tagShape
		HealthCheckShape
	}
	// ModifyTargetGroupInput changes the health checks.
	ModifyTargetGroupInput struct {
		TargetGroupArn string
		HealthCheckShape
	}
	// CreateTargetGroupOutput is the target group.
	CreateTargetGroupOutput struct{ TargetGroups []targetGroupShape }
	// ModifyTargetGroupOutput is the target group.
	ModifyTargetGroupOutput struct{ TargetGroups []targetGroupShape }
	// DescribeTargetGroupsInput asks for some target groups, or for all.
	DescribeTargetGroupsInput struct {
		TargetGroupArns, Names []string
		LoadBalancerArn        string
		Marker                 *string
		PageSize               *int
	}
	// DescribeTargetGroupsOutput is a page of them.
	DescribeTargetGroupsOutput struct {
		TargetGroups []targetGroupShape
		NextMarker   *string
	}
	// DeleteTargetGroupInput names a target group.
	DeleteTargetGroupInput struct{ TargetGroupArn string }
	// DeleteTargetGroupOutput has no members.
	DeleteTargetGroupOutput struct{}

	targetGroupShape struct {
		TargetGroupArn, TargetGroupName, Protocol string
		Port                                      *int
		VPC                                       string `shape:"VpcId"`
		HealthCheckProtocol, HealthCheckPort      string
		HealthCheckEnabled                        bool
		HealthCheckIntervalSeconds                int
		HealthCheckTimeoutSeconds                 int
		HealthyThresholdCount                     int
		UnhealthyThresholdCount                   int
		HealthCheckPath                           string
		Matcher                                   *matcherShape
		LoadBalancerArns                          []string
		TargetType, ProtocolVersion               string
		IPAddressType                             string `shape:"IpAddressType"`
	}
)
