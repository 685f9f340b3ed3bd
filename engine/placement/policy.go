package placement

import (
	"gantry/ecs"
	"gantry/engine/query"
)

// Policy is the constraints and the strategy of a service or a run, read and
// checked once. It does not change.
type Policy struct {
	memberOf []memberOf
	distinct bool
	chain    []link
	random   bool // what the chain leaves tied is decided at random
}

type memberOf struct {
	*query.Expression
	text string // as it was written
}

// link is one step of a strategy chain that ranks instances; random ranks none.
type link struct {
	kind  linkKind
	field string // the attribute of spreadAttribute
}

type linkKind int

const (
	spreadAttribute linkKind = iota
	spreadInstance
	binpackCPU
	binpackMemory
)

// ServicePolicy joins the constraints of the task definition and the service
// with the service's strategies. Without strategies, ECS takes the Availability
// Zone with the fewest tasks of the service, then the instance with the fewest
// (ECS semantics 2.5 [API:UpdateService]).
func ServicePolicy(definition, service []ecs.PlacementConstraint, strategies []ecs.PlacementStrategy) (*Policy, *ecs.Error) {
	p, err := newPolicy(definition, service, strategies)
	if err == nil && len(strategies) == 0 {
		p.chain = []link{{spreadAttribute, ecs.AttributeAvailabilityZone}, {kind: spreadInstance}}
	}
	return p, err
}

// TaskPolicy is ServicePolicy for RunTask, which chooses at random when it has
// no strategies (ECS semantics 2.5 [DG]).
func TaskPolicy(definition, run []ecs.PlacementConstraint, strategies []ecs.PlacementStrategy) (*Policy, *ecs.Error) {
	p, err := newPolicy(definition, run, strategies)
	if err == nil && len(strategies) == 0 {
		p.random = true
	}
	return p, err
}

func newPolicy(definition, own []ecs.PlacementConstraint, strategies []ecs.PlacementStrategy) (*Policy, *ecs.Error) {
	if err := ValidateConstraints(definition, own); err != nil {
		return nil, err
	}
	p := &Policy{}
	for _, list := range [][]ecs.PlacementConstraint{definition, own} {
		for _, c := range list {
			if c.Type == ecs.DistinctInstance {
				p.distinct = true
				continue
			}
			e, err := parseExpression(c.Expression)
			if err != nil {
				return nil, err
			}
			p.memberOf = append(p.memberOf, memberOf{e, c.Expression})
		}
	}
	if err := ValidateStrategies(strategies); err != nil {
		return nil, err
	}
	for _, s := range strategies {
		l, ranks, err := readStrategy(s)
		if err != nil {
			return nil, err
		}
		if ranks {
			p.chain = append(p.chain, l)
		} else {
			p.random = true
		}
	}
	return p, nil
}
