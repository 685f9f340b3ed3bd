package placement

import (
	"slices"
	"strings"

	"gantry/ecs"
)

// Request asks for a place for one task. What it points to must not change once
// it was asked with.
type Request struct {
	Requirements *Requirements // nil: none
	Policy       *Policy       // nil: no constraints, and the instance is chosen at random
	Group        string        // whose tasks spread and distinctInstance count
	// CapacityProvider limits the candidates to the instances of that capacity
	// provider; "" takes those of any, and those of none.
	CapacityProvider string
	// Random decides random choices. Derive it from the seed, the service and
	// the ordinal of the task, so that services do not disturb each other.
	Random uint64
}

// termsOf are the requirements and the policy of a request.
func (f *Fleet) termsOf(r *Request) (*Requirements, *Policy) {
	needs, policy := r.Requirements, r.Policy
	if needs == nil {
		needs = f.nothing
	}
	if policy == nil {
		policy = f.anywhere
	}
	return needs, policy
}

// check asks one instance.
type check struct {
	node     *node
	needs    *Requirements
	policy   *Policy
	provider string
	group    *group // nil: it has no task

	until   until
	failed  int      // checks
	first   Reason   // of the first of them
	reasons []Reason // when all are wanted
}

// until is how far a check goes. Only the last costs memory.
type until int

const (
	untilRefused until = iota
	untilCounted
	untilListed
)

func (f *Fleet) checkOf(r *Request, until until) check {
	needs, policy := f.termsOf(r)
	return check{needs: needs, policy: policy, provider: r.CapacityProvider, group: f.groups.named[r.Group], until: until}
}

// refusals lists everything that keeps a task off the instance.
func (c *check) refusals(n *node) []Reason {
	c.ask(n)
	return c.reasons
}

// ask goes through the checks in the order of ECS semantics 2.1 [DG].
func (c *check) ask(n *node) {
	c.node, c.failed, c.reasons = n, 0, nil
	_ = c.state() && c.resources() && c.attributes() && c.constraints()
}

// refuse notes a reason and says whether to go on.
func (c *check) refuse(r Reason) bool {
	if c.failed++; c.failed == 1 {
		c.first = r
	}
	if c.until == untilListed {
		c.reasons = append(c.reasons, r)
	}
	return c.until > untilRefused
}

func (c *check) state() bool {
	n, provider := c.node, c.provider
	if provider != "" && n.CapacityProvider != provider &&
		!c.refuse(Reason{Kind: OtherProvider, Value: provider, Has: n.CapacityProvider}) {
		return false
	}
	if n.Status != ecs.InstanceActive && !c.refuse(Reason{Kind: NotActive, Status: n.Status}) {
		return false
	}
	return n.AgentConnected || c.refuse(Reason{Kind: AgentDisconnected})
}

func (c *check) resources() bool {
	need, left := c.needs, &c.node.Remaining
	if !c.enough(CPU, need.CPUUnits, left.CPUUnits) || !c.enough(Memory, need.MemoryMiB, left.MemoryMiB) {
		return false
	}
	if !c.ports(need.Ports, left.Ports, "tcp") || !c.ports(need.PortsUDP, left.PortsUDP, "udp") {
		return false
	}
	return c.enough(ENI, need.ENIs, left.ENIs) && c.enough(GPU, need.GPUs, len(left.GPUs))
}

// enough lets a task that needs none of a resource pass even when an instance
// is short of it.
func (c *check) enough(kind Kind, need, left int) bool {
	return need <= 0 || need <= left || c.refuse(Reason{Kind: kind, Needed: need, Available: left})
}

func (c *check) ports(need, used []int, protocol string) bool {
	for _, port := range need {
		if _, taken := slices.BinarySearch(used, port); taken {
			if !c.refuse(Reason{Kind: Port, Port: port, Protocol: protocol}) {
				return false
			}
		}
	}
	return true
}

func (c *check) attributes() bool {
	need := c.needs
	for i := range need.Attributes {
		a := &need.Attributes[i]
		has, ok := c.node.attributes[a.Name]
		if ok && (a.Value == "" || a.Value == has) {
			continue
		}
		if !c.refuse(Reason{Kind: Attribute, Attribute: a.Name, Value: a.Value, Has: has}) {
			return false
		}
	}
	if !c.platform(ecs.AttributeCPUArchitecture, need.CPUArchitecture) || !c.platform(ecs.AttributeOSFamily, need.OSFamily) {
		return false
	}
	if len(need.Zones) == 0 {
		return true
	}
	zone := c.node.zone()
	return slices.Contains(need.Zones, zone) ||
		c.refuse(Reason{Kind: Location, Attribute: ecs.AttributeAvailabilityZone, Value: strings.Join(need.Zones, ", "), Has: zone})
}

// platform compares a member of runtimePlatform (X86_64) with what the instance
// advertises (x86_64).
func (c *check) platform(name, want string) bool {
	if want == "" {
		return true
	}
	has := c.node.attributes[name]
	return strings.EqualFold(want, has) ||
		c.refuse(Reason{Kind: Attribute, Attribute: name, Value: want, Has: has})
}

func (c *check) constraints() bool {
	for i := range c.policy.memberOf {
		if !c.member(&c.policy.memberOf[i]) {
			return false
		}
	}
	return !c.policy.distinct || c.node.count(c.group) == 0 ||
		c.refuse(Reason{Kind: DistinctInstance, Constraint: string(ecs.DistinctInstance)})
}

func (c *check) member(m *memberOf) bool {
	return m.Match(c.node) || c.refuse(Reason{Kind: MemberOf, Constraint: m.text})
}

// members asks the memberOf constraints that are volatile, or those that are not.
func (c *check) members(volatile bool) bool {
	for i := range c.policy.memberOf {
		if m := &c.policy.memberOf[i]; m.volatile == volatile && !c.member(m) {
			return false
		}
	}
	return true
}

// Check lists everything that keeps a task off one instance: what StartTask and
// the DAEMON strategy ask. ok is false when there is no such instance.
func (f *Fleet) Check(id ecs.ContainerInstanceID, r *Request) (reasons []Reason, ok bool) {
	n := f.instances[id]
	if n == nil {
		return nil, false
	}
	c := f.checkOf(r, untilListed)
	return c.refusals(n), true
}
