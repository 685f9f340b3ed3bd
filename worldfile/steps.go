package worldfile

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"

	"gantry/awsapi/wire"
	"gantry/ecs"
)

// Step makes one thing of the world. Exactly one of the members after Place is set.
type Step struct {
	Place string // file:line:column of what it makes

	Group     *ecs.AutoScalingGroup
	Instances *Instances
	Image     *Image
	Call      *Call
	Fault     *ecs.Fault
}

// Call is a call of an operation, whose document is JSON. Where it names a target
// group that the file makes, that is to become its ARN.
type Call struct {
	Service   string
	Operation string
	Input     any
}

// Steps are what makes the world, in their order.
func (f *File) Steps() ([]Step, error) {
	var out []Step
	var failed error
	call := func(place, service, operation string, input any) {
		out = append(out, Step{Place: place, Call: &Call{service, operation, input}})
	}
	document := func(place, operation string, input any) {
		text, err := wire.Encode(input)
		if err != nil && failed == nil {
			failed = fmt.Errorf("%s: %w", place, err)
		}
		call(place, "ecs", operation, json.RawMessage(text))
	}
	for i := range f.AutoScalingGroups {
		g := &f.AutoScalingGroups[i]
		out = append(out, Step{Place: f.at(fmt.Sprintf("autoScalingGroups[%d]", i)), Group: &ecs.AutoScalingGroup{
			Name: g.Name, InstanceType: g.InstanceType, AvailabilityZones: g.Zones, MinSize: g.MinSize, MaxSize: g.MaxSize,
			DesiredCapacity: g.DesiredCapacity, NewInstancesProtectedFromScaleIn: g.Protected, Spot: g.Spot,
		}})
	}
	for i := range f.CapacityProviders {
		document(f.at(fmt.Sprintf("capacityProviders[%d]", i)), "CreateCapacityProvider", &f.CapacityProviders[i])
	}
	for i := range f.Clusters {
		document(f.at(fmt.Sprintf("clusters[%d]", i)), "CreateCluster", &f.Clusters[i])
	}
	for i := range f.Instances {
		out = append(out, Step{Place: f.at(fmt.Sprintf("instances[%d]", i)), Instances: &f.Instances[i]})
	}
	for i := range f.Images {
		out = append(out, Step{Place: f.at(fmt.Sprintf("images[%d]", i)), Image: &f.Images[i]})
	}
	for i, x := range f.Parameters {
		if x.Type == "" {
			x.Type = "String"
		}
		call(f.at(fmt.Sprintf("parameters[%d]", i)), "ssm", "PutParameter", members{"Name": x.Name, "Value": x.Value, "Type": x.Type})
	}
	for i, x := range f.Secrets {
		call(f.at(fmt.Sprintf("secrets[%d]", i)), "secretsmanager", "CreateSecret", members{"Name": x.Name, "SecretString": x.SecretString})
	}
	for i, x := range f.TargetGroups {
		call(f.at(fmt.Sprintf("targetGroups[%d]", i)), "elasticloadbalancing", "CreateTargetGroup", x.members())
	}
	for _, d := range f.definitions {
		document(d.at, "RegisterTaskDefinition", d.value)
	}
	for i, x := range f.Alarms {
		call(f.at(fmt.Sprintf("alarms[%d]", i)), "cloudwatch", "PutMetricAlarm", x.members())
	}
	for _, s := range f.services {
		document(s.at, "CreateService", s.value)
	}
	for i := range f.faults {
		out = append(out, Step{Place: f.faults[i].at, Fault: &f.faults[i].value})
	}
	return out, failed
}

// members is the document of a call.
type members map[string]any

// said takes out what was not said.
func (m members) said() members {
	maps.DeleteFunc(m, func(_ string, value any) bool { return reflect.ValueOf(value).IsZero() })
	return m
}

func (g *TargetGroup) members() members {
	protocol, port := g.Protocol, g.Port
	if protocol == "" {
		protocol = "HTTP"
	}
	if port == nil {
		port = new(int)
		*port = 80
	}
	return members{
		"Name": g.Name, "Protocol": protocol, "Port": port, "TargetType": g.TargetType, "VpcId": networkVPC, "HealthCheckPath": g.HealthCheckPath,
		"HealthCheckIntervalSeconds": g.HealthCheckIntervalSeconds, "HealthyThresholdCount": g.HealthyThresholdCount, "UnhealthyThresholdCount": g.UnhealthyThresholdCount,
	}.said()
}

// networkVPC is the one VPC that every world has.
const networkVPC = "vpc-0defa01700000000a"

func (a *Alarm) members() members {
	return members{
		"AlarmName": a.AlarmName, "Namespace": a.Namespace, "MetricName": a.MetricName, "Dimensions": a.Dimensions, "Statistic": a.Statistic,
		"Period": a.Period, "EvaluationPeriods": a.EvaluationPeriods, "DatapointsToAlarm": a.DatapointsToAlarm, "Threshold": a.Threshold,
		"ComparisonOperator": a.ComparisonOperator, "TreatMissingData": a.TreatMissingData,
	}.said()
}
