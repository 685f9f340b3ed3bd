package placement

import (
	"slices"

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

	// How a search goes about it.
	volatile bool     // a memberOf asks what changes with the tasks on an instance
	links    []link   // the chain, nothing twice
	spreads  bool     // over instances, somewhere in the chain
	lead     []string // the attributes that the chain spreads over first
	rest     []link   // what comes after them
	counts   bool     // then the tasks of the group on the instance come first
	packing  packing  // what comes first, or after that
	packAt   int      // where in rest
	scored   bool     // any of the two comes
	complete bool     // and with the tasks of the group that is the whole ranking
}

type memberOf struct {
	*query.Expression
	text     string // as it was written
	volatile bool
}

// packing is what a chain packs by first.
type packing int

const (
	packCPU packing = iota
	packMemory
	packCPUMemory // by CPU, then by memory
	packMemoryCPU
	packNothing
)

// Draws reports whether a choice by the policy may depend on the request's Random.
func (p *Policy) Draws() bool { return p.random }

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
//
// How many constraints there are is for ValidateConstraints to ask, where somebody
// says them: a service may be given others while a deployment of it has an older
// definition, or goes back to one.
func ServicePolicy(definition, service []ecs.PlacementConstraint, strategies []ecs.PlacementStrategy) (*Policy, *ecs.Error) {
	p, err := newPolicy(definition, service, strategies)
	if err == nil && len(strategies) == 0 {
		p.chain = []link{{spreadAttribute, ecs.AttributeAvailabilityZone}, {kind: spreadInstance}}
		p.plan()
	}
	return p, err
}

// TaskPolicy is ServicePolicy for RunTask, which chooses at random when it has
// no strategies (ECS semantics 2.5 [DG]).
func TaskPolicy(definition, run []ecs.PlacementConstraint, strategies []ecs.PlacementStrategy) (*Policy, *ecs.Error) {
	if err := ValidateConstraints(definition, run); err != nil {
		return nil, err
	}
	p, err := newPolicy(definition, run, strategies)
	if err == nil && len(strategies) == 0 {
		p.random = true
	}
	return p, err
}

func newPolicy(definition, own []ecs.PlacementConstraint, strategies []ecs.PlacementStrategy) (*Policy, *ecs.Error) {
	p := &Policy{}
	for _, c := range own {
		if err := validateConstraint(c); err != nil {
			return nil, err
		}
	}
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
			volatile := e.Volatile()
			p.memberOf = append(p.memberOf, memberOf{e, c.Expression, volatile})
			p.volatile = p.volatile || volatile
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
	p.plan()
	return p, nil
}

// plan divides the chain into the parts that a search knows how to go about.
func (p *Policy) plan() {
	p.links, p.lead, p.rest, p.spreads = nil, nil, nil, false
	for _, l := range p.chain {
		if slices.Contains(p.links, l) {
			continue // it would narrow nothing
		}
		p.links = append(p.links, l)
		p.spreads = p.spreads || l.kind == spreadInstance
		switch {
		case l.kind == spreadAttribute && len(p.rest) == 0:
			p.lead = append(p.lead, l.field)
		default:
			p.rest = append(p.rest, l)
		}
	}
	kind := func(i int) linkKind {
		if i < len(p.rest) {
			return p.rest[i].kind
		}
		return spreadAttribute
	}
	p.packAt = 0
	if p.counts = kind(0) == spreadInstance; p.counts {
		p.packAt = 1
	}
	packs := 0
	p.packing, packs = packingOf(kind(p.packAt), kind(p.packAt+1))
	packsAll := p.packing != packNothing && len(p.rest) == p.packAt+packs
	// Without any rest, the tasks of the group break the tie.
	countsAll := !p.random && (len(p.rest) == 0 || p.counts && len(p.rest) == 1)
	p.counts = p.counts || countsAll
	p.scored = p.counts || p.packing != packNothing
	p.complete = countsAll || packsAll && !p.random
}

// packingOf is what two links pack by, and how many of them it takes for that.
func packingOf(first, second linkKind) (packing, int) {
	switch {
	case first == binpackCPU && second == binpackMemory:
		return packCPUMemory, 2
	case first == binpackMemory && second == binpackCPU:
		return packMemoryCPU, 2
	case first == binpackCPU:
		return packCPU, 1
	case first == binpackMemory:
		return packMemory, 1
	}
	return packNothing, 0
}
