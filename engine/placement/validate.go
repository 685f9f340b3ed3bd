package placement

import (
	"fmt"
	"strings"

	"gantry/ecs"
	"gantry/engine/query"
)

// The limits of ECS semantics 2.2 and 2.3.
const (
	MaxStrategies  = 5
	MaxConstraints = 10
)

func invalid(format string, args ...any) *ecs.Error {
	return &ecs.Error{Code: ecs.CodeInvalidParameter, Message: fmt.Sprintf(format, args...)}
}

// ValidateStrategies checks a strategy chain, and refuses it with ECS's words
// (ECS semantics 2.2).
func ValidateStrategies(strategies []ecs.PlacementStrategy) *ecs.Error {
	if len(strategies) > MaxStrategies {
		return invalid("Maximum number of strategies is %d", MaxStrategies)
	}
	for _, s := range strategies {
		if _, _, err := readStrategy(s); err != nil {
			return err
		}
	}
	return nil
}

// readStrategy translates one strategy; ranks is false for random.
func readStrategy(s ecs.PlacementStrategy) (l link, ranks bool, err *ecs.Error) {
	switch s.Type {
	case ecs.Random:
		return link{}, false, nil
	case ecs.Binpack:
		switch {
		case strings.EqualFold(s.Field, "cpu"):
			return link{kind: binpackCPU}, true, nil
		case strings.EqualFold(s.Field, "memory"):
			return link{kind: binpackMemory}, true, nil
		}
		return link{}, false, invalid("binpack field '%s' is invalid", s.Field)
	case ecs.Spread:
		if s.Field == "instanceId" || s.Field == "host" {
			return link{kind: spreadInstance}, true, nil
		}
		if name, ok := strings.CutPrefix(s.Field, "attribute:"); ok && name != "" {
			return link{spreadAttribute, name}, true, nil
		}
		return link{}, false, invalid("spread field '%s' is invalid", s.Field)
	}
	return link{}, false, invalid("strategy.type '%s' is not supported.", s.Type)
}

// ValidateConstraints checks the constraints of a service or a run together
// with those of its task definition, which have been checked on their own when
// it was registered (ECS semantics 2.3).
func ValidateConstraints(definition, own []ecs.PlacementConstraint) *ecs.Error {
	if len(definition)+len(own) > MaxConstraints {
		return invalid("Maximum number of constraints is %d", MaxConstraints)
	}
	for _, c := range own {
		if err := validateConstraint(c); err != nil {
			return err
		}
	}
	return nil
}

func validateConstraint(c ecs.PlacementConstraint) *ecs.Error {
	switch c.Type {
	case ecs.DistinctInstance:
		if c.Expression != "" {
			return invalid("distinctInstance expression should not be specified.")
		}
		return nil
	case ecs.MemberOf:
		_, err := parseExpression(c.Expression)
		return err
	}
	return invalid("constraint.type '%s' is not supported.", c.Type)
}

// parseExpression reads the expression of a constraint. ECS's own text for a
// broken one is not documented; ours begins as clients show it and goes on with
// the place and the trouble.
func parseExpression(text string) (*query.Expression, *ecs.Error) {
	e, err := query.Parse(text)
	if err != nil {
		return nil, invalid("Invalid constraint expression '%s': %s", text, err)
	}
	return e, nil
}
