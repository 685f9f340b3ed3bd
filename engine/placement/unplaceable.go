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

func (n *node) refusal(reasons []Reason) Refusal {
	return Refusal{Instance: n.ID, ARN: n.ARN, Zone: n.zone(), Type: n.attributes[ecs.AttributeInstanceType], Reasons: reasons}
}

// Text is everything that keeps the task off the instance.
func (r *Refusal) Text() string {
	all := make([]string, len(r.Reasons))
	for i, reason := range r.Reasons {
		all[i] = reason.String()
	}
	return strings.Join(all, "; ")
}

// considered reports whether an instance that was refused for this first was a
// candidate by its capacity provider and its status.
func (k Kind) considered() bool { return k != OtherProvider && k != NotActive }

// Count is a number of instances that were refused for the same thing first.
type Count struct {
	Reason    Reason `json:"reason"` // Available is what the instance has that has most
	Instances int    `json:"instances"`
}

// Unplaceable says why no container instance can take a task: how many were
// refused for what, and which came closest. It is an error, but Place returns
// the pointer itself, so that nobody has to unwrap it.
type Unplaceable struct {
	Needed *Requirements `json:"needed"`
	Counts []Count       `json:"counts"` // most instances first
	// CapacityProvider is the one whose instances alone were asked, "" for all.
	CapacityProvider string `json:"capacityProvider,omitempty"`
	// Closest is the refusal of the instance that comes closest to fitting: the
	// one that fails the fewest checks, then the one whose first failed check is
	// earliest in the order CPU, memory, ports, the rest, then the lowest id (ECS
	// does not document its measure: ECS semantics 2.10). Instances that are not
	// ACTIVE, or of another capacity provider, do not count. It is nil when there
	// is none.
	Closest *Refusal `json:"closest,omitempty"`
	// Refusals are those of every instance, by id. Place leaves them out:
	// they cost as much memory as the fleet, and a service that waits for room
	// asks again and again.
	Refusals []Refusal `json:"refusals,omitempty"`
	// NoCapacity is about a task on Fargate, which has no instances: none of the
	// zones had any capacity.
	NoCapacity bool `json:"noCapacity,omitempty"`
}

// FargateUnavailable is what ECS says then (ECS semantics 2.11, 4.15).
const FargateUnavailable = "Capacity is unavailable at this time. Please try again later or in a different availability zone."

// NewUnplaceable sums refusals up.
func NewUnplaceable(needed *Requirements, refusals []Refusal) *Unplaceable {
	u := &Unplaceable{Needed: needed, Refusals: refusals}
	var all summary
	for i := range refusals {
		r := &refusals[i]
		if all.add(r.Reasons[0], len(r.Reasons), r.Instance) {
			u.Closest = r
		}
	}
	u.Counts = all.sorted()
	return u
}

// Unplaceable asks every instance for everything that keeps a task off it. What
// it says of those that would take the task is nothing.
func (f *Fleet) Unplaceable(r *Request) *Unplaceable {
	f.sort()
	needs, _ := f.termsOf(r)
	c := f.checkOf(r, untilListed)
	refusals := make([]Refusal, 0, len(f.ordered))
	for _, n := range f.ordered {
		if reasons := c.refusals(n); len(reasons) > 0 {
			refusals = append(refusals, n.refusal(reasons))
		}
	}
	u := NewUnplaceable(needs, refusals)
	u.CapacityProvider = r.CapacityProvider
	return u
}

// refused is what a view said last.
type refused struct {
	changes, moves int
	said           *Unplaceable
}

// refuse says why no instance of the view can take a task. Until an instance
// changes it is the same value, which nobody may change.
func (f *Fleet) refuse(v *view, r *Request) *Unplaceable {
	_, policy := f.termsOf(r)
	if u := v.refused; u.said != nil && u.changes == v.changes && u.moves == v.moves && !policy.distinct {
		return u.said
	}
	u := f.sumUp(r)
	if !policy.distinct {
		v.refused = refused{v.changes, v.moves, u}
	}
	return u
}

// sumUp is Unplaceable without the refusals. It allocates nothing for an instance.
func (f *Fleet) sumUp(r *Request) *Unplaceable {
	c := f.checkOf(r, untilCounted)
	var all summary
	var closest *node
	for _, n := range f.ordered {
		if c.ask(n); c.failed > 0 && all.add(c.first, c.failed, n.ID) {
			closest = n
		}
	}
	u := &Unplaceable{Needed: c.needs, Counts: all.sorted(), CapacityProvider: r.CapacityProvider}
	if closest != nil {
		c.until = untilListed
		refusal := closest.refusal(c.refusals(closest))
		u.Closest = &refusal
	}
	return u
}

// summary counts refusals and knows the closest one.
type summary struct {
	counts []Count
	found  bool
	failed int
	first  Kind
	id     ecs.ContainerInstanceID
}

// add counts a refusal by its first reason, and reports whether the instance
// comes closer than all before.
func (s *summary) add(first Reason, failed int, id ecs.ContainerInstanceID) bool {
	s.count(first)
	if !first.Kind.considered() || s.found && s.compare(failed, first.Kind, id) >= 0 {
		return false
	}
	s.found, s.failed, s.first, s.id = true, failed, first.Kind, id
	return true
}

func (s *summary) compare(failed int, first Kind, id ecs.ContainerInstanceID) int {
	if c := cmp.Compare(failed, s.failed); c != 0 {
		return c
	}
	if first != s.first {
		return cmp.Compare(kindOrder(first), kindOrder(s.first))
	}
	return cmp.Compare(id, s.id)
}

func (s *summary) count(first Reason) {
	available := first.Available
	first.Available, first.Has = 0, ""
	for i := range s.counts {
		c := &s.counts[i]
		first.Available = c.Reason.Available
		if c.Reason == first {
			c.Instances++
			c.Reason.Available = max(c.Reason.Available, available)
			return
		}
	}
	first.Available = available
	s.counts = append(s.counts, Count{first, 1})
}

func (s *summary) sorted() []Count {
	slices.SortFunc(s.counts, func(a, b Count) int {
		return cmp.Or(
			cmp.Compare(b.Instances, a.Instances),
			cmp.Compare(kindOrder(a.Reason.Kind), kindOrder(b.Reason.Kind)),
			cmp.Compare(a.Reason.label(), b.Reason.label()),
		)
	})
	return s.counts
}

// Failures is the answer of RunTask to a task that no instance can take: one
// failure for each instance that was considered, which those that are not
// ACTIVE, or of another capacity provider, are not (ECS semantics 2.9).
func (f *Fleet) Failures(r *Request) []ecs.Failure {
	f.sort()
	c := f.checkOf(r, untilRefused)
	failures := make([]ecs.Failure, 0, len(f.ordered))
	for _, n := range f.ordered {
		if c.ask(n); c.failed > 0 && c.first.Kind.considered() {
			failures = append(failures, ecs.Failure{ARN: n.ARN, Reason: c.first.Failure()})
		}
	}
	return failures
}

// ServiceEvent is what ECS writes into the events of a service, behind its name
// (ECS semantics 2.10).
func (u *Unplaceable) ServiceEvent() string {
	if u.NoCapacity {
		return "was unable to place a task. Reason: " + FargateUnavailable
	}
	const seeAlso = " For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
	text := "was unable to place a task because no container instance met all of its requirements. "
	if u.Closest == nil {
		where := "cluster"
		// ECS semantics 4.15 lists this reason behind "was unable to reach steady
		// state." [DG: Service event messages]; what services get is this sentence
		// (aws-samples/cost-effective-aws-deployment-of-comfyui#39).
		if u.CapacityProvider != "" {
			where = "capacity provider"
		}
		return text + "Reason: No Container Instances were found in your " + where + "." + seeAlso
	}
	trouble := ""
	switch reason := u.Closest.Reasons[0]; reason.Kind {
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
	return fmt.Sprintf("%sThe closest matching (container-instance %s) %s%s", text, u.Closest.Instance, trouble, seeAlso)
}

// counted reports whether an instance was refused for that first.
func (u *Unplaceable) counted(kind Kind) bool {
	return slices.ContainsFunc(u.Counts, func(c Count) bool { return c.Reason.Kind == kind })
}

// StoppedReason is the stoppedReason of a task that a capacity provider was to
// place and could not: its first failure in the words of ECS semantics 2.9
// [DG: API failure reasons].
func (u *Unplaceable) StoppedReason() string {
	const failed = "TaskFailedToStart: "
	switch {
	case u.NoCapacity:
		return FargateUnavailable
	case u.Closest != nil:
		return failed + strings.TrimSuffix(u.Closest.Reasons[0].Failure(), ".")
	case u.counted(NotActive):
		return failed + "NO ACTIVE INSTANCES"
	}
	return failed + "EMPTY CAPACITY PROVIDER"
}

// Error counts the instances by the first reason of each, most frequent first.
func (u *Unplaceable) Error() string {
	switch {
	case u.NoCapacity:
		return "no Availability Zone of the subnets has capacity"
	case len(u.Counts) == 0:
		return "no container instance met all requirements: the cluster has none"
	}
	parts := make([]string, 0, len(u.Counts))
	for _, c := range u.Counts {
		parts = append(parts, c.String())
	}
	return "no container instance met all requirements: " + strings.Join(parts, ", ")
}

// String says how many instances were refused for what.
func (c Count) String() string {
	text := fmt.Sprintf("%d %s", c.Instances, c.Reason.label())
	switch c.Reason.Kind {
	case CPU, Memory, GPU, ENI:
		text += fmt.Sprintf(" (need %s, most free %s)", c.Reason.amount(c.Reason.Needed), c.Reason.amount(c.Reason.Available))
	}
	return text
}
