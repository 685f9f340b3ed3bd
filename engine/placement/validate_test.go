package placement_test

import (
	"strings"
	"testing"

	"gantry/ecs"
	"gantry/engine/placement"
)

func TestValidateStrategies(t *testing.T) {
	spread := ecs.PlacementStrategy{Type: ecs.Spread, Field: "instanceId"}
	for name, tt := range map[string]struct {
		chain []ecs.PlacementStrategy
		want  string
	}{
		"none":             {nil, ""},
		"five":             {[]ecs.PlacementStrategy{spread, {Type: ecs.Spread, Field: "host"}, {Type: ecs.Binpack, Field: "memory"}, {Type: ecs.Binpack, Field: "cpu"}, {Type: ecs.Random}}, ""},
		"random, a field":  {[]ecs.PlacementStrategy{{Type: ecs.Random, Field: "cpu"}}, ""},
		"upper case":       {[]ecs.PlacementStrategy{{Type: ecs.Binpack, Field: "MEMORY"}}, ""},
		"six":              {[]ecs.PlacementStrategy{spread, spread, spread, spread, spread, spread}, "Maximum number of strategies is 5"},
		"binpack on disk":  {[]ecs.PlacementStrategy{{Type: ecs.Binpack, Field: "disk"}}, "binpack field 'disk' is invalid"},
		"binpack alone":    {[]ecs.PlacementStrategy{{Type: ecs.Binpack}}, "binpack field '' is invalid"},
		"spread alone":     {[]ecs.PlacementStrategy{{Type: ecs.Spread}}, "spread field '' is invalid"},
		"spread over cpu":  {[]ecs.PlacementStrategy{spread, {Type: ecs.Spread, Field: "cpu"}}, "spread field 'cpu' is invalid"},
		"unknown strategy": {[]ecs.PlacementStrategy{{Type: "pile"}}, "strategy.type 'pile' is not supported."},
	} {
		t.Run(name, func(t *testing.T) {
			check(t, placement.ValidateStrategies(tt.chain), ecs.CodeInvalidParameter, tt.want)
			_, err := placement.ServicePolicy(nil, nil, tt.chain)
			check(t, err, ecs.CodeInvalidParameter, tt.want)
		})
	}
}

func check(t *testing.T, err *ecs.Error, code, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("refused: %v", err)
	case want != "" && (err == nil || !strings.HasPrefix(err.Message, want) || err.Code != code):
		t.Errorf("got %+v, want %s: %s", err, code, want)
	}
}

func TestValidateConstraints(t *testing.T) {
	fine := memberOf("attribute:x exists")
	distinct := ecs.PlacementConstraint{Type: ecs.DistinctInstance}
	many := make([]ecs.PlacementConstraint, 11)
	for i := range many {
		many[i] = fine
	}
	for name, tt := range map[string]struct {
		definition, own []ecs.PlacementConstraint
		want            string
	}{
		"none":          {nil, nil, ""},
		"both kinds":    {nil, []ecs.PlacementConstraint{fine, distinct}, ""},
		"ten":           {many[:4], many[:6], ""},
		"eleven":        {many[:4], many[:7], "Maximum number of constraints is 10"},
		"eleven of one": {nil, many, "Maximum number of constraints is 10"},
		"distinctInstance with an expression": {nil, []ecs.PlacementConstraint{{Type: ecs.DistinctInstance, Expression: "x"}},
			"distinctInstance expression should not be specified."},
		"unknown kind": {nil, []ecs.PlacementConstraint{{Type: "nearTo"}}, "constraint.type 'nearTo' is not supported."},
		"broken": {nil, []ecs.PlacementConstraint{memberOf("attribute:x = y")},
			"Invalid constraint expression 'attribute:x = y': at character 13: write == for equality"},
		"empty":    {nil, []ecs.PlacementConstraint{memberOf("")}, "Invalid constraint expression ''"},
		"too long": {nil, []ecs.PlacementConstraint{memberOf("attribute:x == " + strings.Repeat("y", 2000))}, "Invalid constraint expression"},
	} {
		t.Run(name, func(t *testing.T) {
			check(t, placement.ValidateConstraints(tt.definition, tt.own), ecs.CodeInvalidParameter, tt.want)
			_, err := placement.TaskPolicy(tt.definition, tt.own, nil)
			check(t, err, ecs.CodeInvalidParameter, tt.want)
		})
	}
}
