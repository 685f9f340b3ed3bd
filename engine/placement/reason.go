package placement

import (
	"fmt"
	"strings"

	"gantry/ecs"
)

// Kind is what a container instance was refused for.
type Kind string

// The kinds, in the order in which an instance is asked.
const (
	OtherProvider     Kind = "CAPACITY_PROVIDER"
	NotActive         Kind = "STATUS"
	AgentDisconnected Kind = "AGENT"
	CPU               Kind = "CPU"
	Memory            Kind = "MEMORY"
	Port              Kind = "PORT"
	ENI               Kind = "ENI"
	GPU               Kind = "GPU"
	Attribute         Kind = "ATTRIBUTE"
	Location          Kind = "LOCATION"
	MemberOf          Kind = "MEMBER_OF"
	DistinctInstance  Kind = "DISTINCT_INSTANCE"
)

// Reason is one check that an instance did not pass, as data. Which members are
// set depends on the kind.
type Reason struct {
	Kind       Kind                        `json:"kind"`
	Needed     int                         `json:"needed,omitempty"`     // CPU, MEMORY, ENI, GPU
	Available  int                         `json:"available,omitempty"`  // the same
	Port       int                         `json:"port,omitempty"`       // PORT
	Protocol   string                      `json:"protocol,omitempty"`   // PORT: tcp or udp
	Attribute  string                      `json:"attribute,omitempty"`  // ATTRIBUTE, LOCATION
	Value      string                      `json:"value,omitempty"`      // the value that was wanted, "" is any; CAPACITY_PROVIDER: the provider
	Has        string                      `json:"has,omitempty"`        // the value that the instance has
	Constraint string                      `json:"constraint,omitempty"` // MEMBER_OF: the expression
	Status     ecs.ContainerInstanceStatus `json:"status,omitempty"`     // STATUS
}

// Failure is the reason in the words that RunTask and StartTask use for it
// (ECS semantics 2.9 [DG: API failure reasons]). For an instance of another
// capacity provider they have none: it is not considered at all.
func (r Reason) Failure() string {
	switch r.Kind {
	case NotActive:
		return "INACTIVE"
	case AgentDisconnected:
		return "AGENT"
	case Port:
		return "RESOURCE:PORTS"
	case Attribute, Location:
		return string(r.Kind)
	case MemberOf:
		return "MemberOf placement constraint unsatisfied."
	case DistinctInstance:
		return "DistinctInstance placement constraint unsatisfied."
	default:
		return "RESOURCE:" + string(r.Kind)
	}
}

// String says what the instance is or lacks, with numbers; it reads on from
// "the container instance is …".
func (r Reason) String() string {
	switch r.Kind {
	case CPU, Memory, GPU, ENI:
		return fmt.Sprintf("%s (needs %s, %s free)", r.label(), r.amount(r.Needed), r.amount(r.Available))
	case OtherProvider, Attribute, Location:
		if r.Has != "" {
			return fmt.Sprintf("%s (it has %s)", r.label(), r.Has)
		}
	}
	return r.label()
}

// amount is a number with its unit.
func (r Reason) amount(n int) string {
	switch r.Kind {
	case CPU:
		return fmt.Sprintf("%d CPU units", n)
	case Memory:
		return fmt.Sprintf("%d MiB", n)
	default:
		return fmt.Sprint(n)
	}
}

// label is what instances that are refused for the same thing have in common.
func (r Reason) label() string {
	switch {
	case r.Kind == OtherProvider:
		return "outside capacity provider " + r.Value
	case r.Kind == NotActive:
		return strings.ToLower(strings.ReplaceAll(string(r.Status), "_", " "))
	case r.Kind == Port:
		return fmt.Sprintf("already using port %d/%s", r.Port, r.Protocol)
	case r.Kind == Attribute && r.Value != "":
		return fmt.Sprintf("without attribute %s = %s", r.Attribute, r.Value)
	case r.Kind == Attribute:
		return "without attribute " + r.Attribute
	case r.Kind == Location:
		return "outside " + r.Value
	case r.Kind == MemberOf:
		return "not matching " + r.Constraint
	}
	return r.Kind.label()
}

// label is the same where no more than the kind is known.
func (k Kind) label() string {
	switch k {
	case OtherProvider:
		return "outside its capacity provider"
	case NotActive:
		return "not ACTIVE"
	case AgentDisconnected:
		return "disconnected (its agent)"
	case CPU:
		return "short of CPU"
	case Memory:
		return "short of memory"
	case Port:
		return "already using a port that it needs"
	case ENI:
		return "short of network interfaces"
	case GPU:
		return "short of GPUs"
	case Attribute:
		return "without an attribute that it needs"
	case Location:
		return "outside its zones"
	case MemberOf:
		return "not matching a memberOf constraint"
	}
	return "already running a task of the group"
}
