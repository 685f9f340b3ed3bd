package ecs

// PlacementConstraintType says what a constraint asks.
type PlacementConstraintType string

// The two constraint types (ECS semantics 2.3).
const (
	DistinctInstance PlacementConstraintType = "distinctInstance"
	MemberOf         PlacementConstraintType = "memberOf"
)

// PlacementConstraint binds where a task may be placed.
type PlacementConstraint struct {
	Type       PlacementConstraintType `json:"type"`
	Expression string                  `json:"expression,omitempty"`
}

// PlacementStrategyType says how the instances that are left are ranked.
type PlacementStrategyType string

// The three strategy types (ECS semantics 2.2).
const (
	Random  PlacementStrategyType = "random"
	Spread  PlacementStrategyType = "spread"
	Binpack PlacementStrategyType = "binpack"
)

// PlacementStrategy is one link of a chain of up to five.
type PlacementStrategy struct {
	Type  PlacementStrategyType `json:"type"`
	Field string                `json:"field,omitempty"`
}
