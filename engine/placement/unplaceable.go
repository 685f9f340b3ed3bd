package placement

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"gantry/ecs"
)

// Refusal is one container instance with everything that keeps the task off it.
// The first reason is the one that the API reports.
type Refusal struct {
	Instance ecs.ContainerInstanceID `json:"containerInstance"`
	ARN      ecs.ARN                 `json:"containerInstanceArn"`
	Zone     string                  `json:"availabilityZone,omitempty"`
	Type     string                  `json:"instanceType,omitempty"`
	Reasons  []Reason                `json:"reasons"`
}

// considered reports whether the instance was a candidate by its capacity
// provider and its status.
func (r *Refusal) considered() bool {
	return r.Reasons[0].Kind != OtherProvider && r.Reasons[0].Kind != NotActive
}

// Unplaceable says why no container instance can take a task: one refusal for
// each instance of the cluster, by id. It is an error, but Place returns the
// pointer itself, so that nobody has to unwrap it.
//
// For a task on Fargate, which has no instances, NoCapacity says that none of
// the zones had any.
type Unplaceable struct {
	Needed     Requirements `json:"needed"`
	Refusals   []Refusal    `json:"refusals"`
	NoCapacity bool         `json:"noCapacity,omitempty"`
}

// noCapacity is what ECS says of Fargate then (ECS semantics 2.11, 4.15).
const noCapacity = "Capacity is unavailable at this time. Please try again later or in a different availability zone."

// NoInstances reports that the cluster, or the capacity provider that was asked
// for, has no ACTIVE container instance at all.
func (u *Unplaceable) NoInstances() bool {
	return !slices.ContainsFunc(u.Refusals, func(r Refusal) bool { return r.considered() })
}

// Closest is the refusal of the instance that comes closest to fitting: the one
// that fails the fewest checks, then the one whose first failed check is
// earliest in the order CPU, memory, ports, the rest, then the lowest id (ECS
// does not document its measure: ECS semantics 2.10). Instances that are not
// ACTIVE, or of another capacity provider, do not count. It is nil when there is
// none.
func (u *Unplaceable) Closest() *Refusal {
	var closest *Refusal
	for i := range u.Refusals {
		r := &u.Refusals[i]
		if r.considered() && (closest == nil || closer(r, closest) < 0) {
			closest = r
		}
	}
	return closest
}

func closer(a, b *Refusal) int {
	return cmp.Or(
		cmp.Compare(len(a.Reasons), len(b.Reasons)),
		cmp.Compare(kindOrder(a.Reasons[0].Kind), kindOrder(b.Reasons[0].Kind)),
		cmp.Compare(a.Instance, b.Instance),
	)
}

// kindOrder puts what an instance is short of before what it is not.
func kindOrder(k Kind) int {
	order := [...]Kind{CPU, Memory, Port, ENI, GPU, Attribute, Location, MemberOf, DistinctInstance, AgentDisconnected, NotActive, OtherProvider}
	return slices.Index(order[:], k)
}

// Failures is the answer of RunTask: one failure for each instance that was
// considered, which those that are not ACTIVE, or of another capacity provider,
// are not (ECS semantics 2.9).
func (u *Unplaceable) Failures() []ecs.Failure {
	if u.NoCapacity {
		return []ecs.Failure{{Reason: noCapacity}}
	}
	failures := make([]ecs.Failure, 0, len(u.Refusals))
	for i := range u.Refusals {
		if r := &u.Refusals[i]; r.considered() {
			failures = append(failures, ecs.Failure{ARN: r.ARN, Reason: r.Reasons[0].Failure()})
		}
	}
	return failures
}

// ServiceEvent is the event that ECS writes into the service (ECS semantics 2.10).
func (u *Unplaceable) ServiceEvent(service ecs.ServiceName) string {
	if u.NoCapacity {
		return fmt.Sprintf("(service %s) was unable to place a task. Reason: %s", service, noCapacity)
	}
	const seeAlso = " For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
	text := fmt.Sprintf("(service %s) was unable to place a task because no container instance met all of its requirements. ", service)
	closest := u.Closest()
	if closest == nil {
		where := "cluster"
		if u.elsewhere() {
			where = "capacity provider" // in the words of ECS semantics 4.15
		}
		return text + "Reason: No Container Instances were found in your " + where + "." + seeAlso
	}
	trouble := ""
	switch reason := closest.Reasons[0]; reason.Kind {
	case CPU:
		trouble = "has insufficient CPU units available."
	case Memory:
		trouble = "has insufficient memory available."
	case Port:
		trouble = "is already using a port required by your task."
	case Attribute:
		trouble = "is missing an attribute required by your task."
	default:
		trouble = fmt.Sprintf("encountered error %q.", reason.Failure())
	}
	return fmt.Sprintf("%sThe closest matching (container-instance %s) %s%s", text, closest.Instance, trouble, seeAlso)
}

// elsewhere reports that instances were left out for their capacity provider.
func (u *Unplaceable) elsewhere() bool {
	return slices.ContainsFunc(u.Refusals, func(r Refusal) bool { return r.Reasons[0].Kind == OtherProvider })
}

// StoppedReason is the stoppedReason of a task that a capacity provider was to
// place and could not: its first failure in the words of ECS semantics 2.9
// [DG: API failure reasons].
func (u *Unplaceable) StoppedReason() string {
	const failed = "TaskFailedToStart: "
	if closest := u.Closest(); closest != nil {
		return failed + strings.TrimSuffix(closest.Reasons[0].Failure(), ".")
	}
	if slices.ContainsFunc(u.Refusals, func(r Refusal) bool { return r.Reasons[0].Kind == NotActive }) {
		return failed + "NO ACTIVE INSTANCES"
	}
	return failed + "EMPTY CAPACITY PROVIDER"
}

// Error counts the instances by the first reason of each, most frequent first.
func (u *Unplaceable) Error() string {
	if u.NoCapacity {
		return "no Availability Zone of the subnets has capacity"
	}
	if len(u.Refusals) == 0 {
		return "no container instance met all requirements: the cluster has none"
	}
	parts := []string{}
	for _, t := range u.tally() {
		parts = append(parts, t.String())
	}
	return "no container instance met all requirements: " + strings.Join(parts, ", ")
}

// tallied is a number of instances that were refused for the same thing.
type tallied struct {
	reason Reason // of the instance that has most
	count  int
}

func (u *Unplaceable) tally() []tallied {
	at := map[string]int{}
	var all []tallied
	for i := range u.Refusals {
		reason := u.Refusals[i].Reasons[0]
		label := reason.label()
		k, seen := at[label]
		if !seen {
			at[label] = len(all)
			all = append(all, tallied{reason, 1})
			continue
		}
		all[k].count++
		all[k].reason.Available = max(all[k].reason.Available, reason.Available)
	}
	slices.SortFunc(all, func(a, b tallied) int {
		return cmp.Or(
			cmp.Compare(b.count, a.count),
			cmp.Compare(kindOrder(a.reason.Kind), kindOrder(b.reason.Kind)),
			cmp.Compare(a.reason.label(), b.reason.label()),
		)
	})
	return all
}

func (t tallied) String() string {
	text := fmt.Sprintf("%d %s", t.count, t.reason.label())
	switch t.reason.Kind {
	case CPU, Memory, GPU, ENI:
		text += fmt.Sprintf(" (need %s, most free %s)", t.reason.amount(t.reason.Needed), t.reason.amount(t.reason.Available))
	}
	return text
}
