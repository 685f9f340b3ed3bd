package query

import (
	"cmp"
	"slices"
	"strconv"
	"time"
)

// Subject is the container instance that an expression is asked about.
type Subject interface {
	// Attribute returns the value of an attribute and whether the instance has
	// it. An attribute without a value has the value "".
	Attribute(name string) (value string, ok bool)
	// TaskGroup reports whether a task on the instance is in a group that match accepts.
	TaskGroup(match func(group string) bool) bool
	// Facts returns the rest.
	Facts() Facts
}

// Facts is what an instance has only one of. A zero member is not known.
type Facts struct {
	AgentConnected    bool
	AgentVersion      string
	EC2InstanceID     string
	RegisteredAt      time.Time
	RunningTasksCount int
}

// Match reports whether the expression holds for the instance.
func (e *Expression) Match(s Subject) bool { return e.root.match(s) }

func (n *node) match(s Subject) bool {
	switch n.kind {
	case notNode:
		return !n.operands[0].match(s)
	case andNode:
		for i := range n.operands {
			if !n.operands[i].match(s) {
				return false
			}
		}
		return true
	case orNode:
		for i := range n.operands {
			if n.operands[i].match(s) {
				return true
			}
		}
		return false
	}
	return n.matchSimple(s)
}

func (n *node) matchSimple(s Subject) bool {
	switch n.subject {
	case attributeSubject:
		value, ok := s.Attribute(n.name)
		if n.op.takesNothing() {
			return ok == (n.op == exists)
		}
		return ok && n.matchAttribute(value)
	case taskGroupSubject:
		return s.TaskGroup(n.positive) != n.op.negative()
	}
	facts := s.Facts()
	switch n.subject {
	case agentConnectedSubject:
		return n.matchText(strconv.FormatBool(facts.AgentConnected))
	case ec2InstanceIDSubject:
		return facts.EC2InstanceID != "" && n.matchText(facts.EC2InstanceID)
	case agentVersionSubject:
		v, ok := parseVersion(facts.AgentVersion)
		return ok && n.op.holds(v.compare(n.version))
	case registeredAtSubject:
		at := facts.RegisteredAt
		return !at.IsZero() && n.op.holds(at.Truncate(time.Second).Compare(n.moment))
	default:
		return n.op.holds(cmp.Compare(facts.RunningTasksCount, n.number))
	}
}

// matchAttribute adds the ordering operators to matchText. An attribute without a
// value is there, but equal to no text, not even to the empty one (ECS semantics
// 1.6); that it matches no pattern and comes before and after nothing either is
// ours.
func (n *node) matchAttribute(value string) bool {
	ordering := n.op >= greater && n.op <= lessEqual
	switch {
	case value == "":
		return n.op.negative()
	case ordering:
		return n.op.holds(compareText(value, n.values[0]))
	}
	return n.matchText(value)
}

func (n *node) matchText(value string) bool { return n.positive(value) != n.op.negative() }

// positive is the operator without its negation: equal, in the list, or a match.
func (n *node) positive(value string) bool {
	if n.pattern != nil {
		return n.pattern.MatchString(value)
	}
	return slices.Contains(n.values, value)
}

// holds says whether the operator accepts the outcome of a comparison.
func (o operator) holds(c int) bool {
	switch o {
	case equals:
		return c == 0
	case notEquals:
		return c != 0
	case greater:
		return c > 0
	case greaterEqual:
		return c >= 0
	case less:
		return c < 0
	default:
		return c <= 0
	}
}

// Volatile reports whether the expression asks for the tasks on the instance:
// its answer can change while the instance itself stays what it is.
func (e *Expression) Volatile() bool { return e.root.volatile() }

func (n *node) volatile() bool {
	if n.kind != simpleNode {
		return slices.ContainsFunc(n.operands, func(o node) bool { return o.volatile() })
	}
	return n.subject == taskGroupSubject || n.subject == runningTasksCountSubject
}
