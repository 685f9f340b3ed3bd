package worldfile

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
)

// World is what a file says, by its sections.
type World struct {
	Seed  *int64     // of a world that is made for the file
	Start *time.Time // when the clock of such a world begins
	Speed string     // how fast it goes: a number, max or pause

	AutoScalingGroups   []AutoScalingGroup
	CapacityProviders   []ecs.CreateCapacityProviderInput
	Clusters            []ecs.CreateClusterInput
	Instances           []Instances
	Images              []Image
	Parameters          []Parameter
	Secrets             []Secret
	TargetGroups        []TargetGroup
	TaskDefinitions     []ecs.RegisterTaskDefinitionInput
	TaskDefinitionFiles []string
	Services            []ecs.CreateServiceInput
	ServiceFiles        []string
	Alarms              []Alarm
	Faults              []Fault
}

// AutoScalingGroup is a group of EC2 instances for a capacity provider.
type AutoScalingGroup struct {
	Name            string
	InstanceType    string
	Zones           []string
	MinSize         int
	MaxSize         int
	DesiredCapacity int
	Protected       bool // new instances are protected from scale-in
	Spot            bool
}

// Instances are container instances of one type, dealt over zones.
type Instances struct {
	Cluster    string
	Type       string
	Zones      []string
	Count      *int // nil is one
	Attributes map[string]string
	Tags       map[string]string
}

// Image is a small image that is pushed to a repository under each of its tags, with
// the fate of the containers that run it.
type Image struct {
	Repository string
	Tags       []string
	Fate       string
}

// Parameter is one of Parameter Store.
type Parameter struct {
	Name  string
	Value string
	Type  string
}

// Secret is one of Secrets Manager.
type Secret struct {
	Name         string
	SecretString string
}

// TargetGroup is one of Elastic Load Balancing. A service of the file may name it
// where the API wants its ARN.
type TargetGroup struct {
	Name                       string
	Protocol                   string
	Port                       *int
	TargetType                 string
	HealthCheckPath            string
	HealthCheckIntervalSeconds *int
	HealthyThresholdCount      *int
	UnhealthyThresholdCount    *int
}

// Alarm is one of CloudWatch.
type Alarm struct {
	AlarmName          string
	Namespace          string
	MetricName         string
	Dimensions         []Dimension
	Statistic          string
	Period             *int
	EvaluationPeriods  *int
	DatapointsToAlarm  *int
	Threshold          *float64
	ComparisonOperator string
	TreatMissingData   string
}

// Dimension is one of an alarm's metric.
type Dimension struct {
	Name  string
	Value string
}

// Fault is something that goes wrong, on the timetable of the world. Exactly one of
// the members from LoseZone on is there.
type Fault struct {
	Name    string
	Cluster string
	At      string // 2m from the beginning, or a time; "" is at once
	For     string

	LoseZone          string
	StopInstance      *Some
	TerminateInstance *Some
	DisconnectAgent   *Some
	SpotInterruption  *Spot
	CapacityShortage  *Shortage
	Fate              *Fate
	Hook              *Hook
	ThrottleScheduler string
	Api               *Calls //nolint:revive // the key in the file is "api", which comes of the field's name
}

// Some are container instances by zone, expression and count.
type Some struct {
	Zone       string
	Expression string
	Count      int
}

// Spot is Spot capacity that is taken back.
type Spot struct {
	AutoScalingGroup string
	Zone             string
	Percent          int
}

// Shortage is of new capacity.
type Shortage struct {
	CapacityProvider string
	AutoScalingGroup string
	InstanceType     string
	Zones            []string
}

// Fate is another fate for containers.
type Fate struct {
	Fate      string
	Service   string
	Family    string
	Image     string
	Container string
}

// Hook is what the functions of lifecycle hooks answer.
type Hook struct {
	HookTargetArn string
	HookStatus    string
	CallBackDelay string
}

// Calls is what goes wrong with calls of the API.
type Calls struct {
	Service         string
	Operation       string
	Throttle        string
	Error           string
	ErrorStatus     int
	Reset           string
	Latency         string
	Count           int
	LateEvents      string
	DuplicateEvents string
}
