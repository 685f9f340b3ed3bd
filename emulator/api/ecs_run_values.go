package api

import (
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/awsapi/shape"
	"gantry/ecs"
	"gantry/taskdef"
)

// taskOverrides are the overrides of a RunTask or StartTask. The size of the task
// may have a unit, as in a task definition, and is kept in decimal as there (ECS
// semantics 3.3, 3.5); what is no size is for the engine to refuse.
func taskOverrides(in *types.TaskOverride) *ecs.TaskOverride {
	out := shape.TaskOverrideFromSDK(in)
	if out == nil {
		return nil
	}
	if units, ok := taskdef.CPUUnits(out.CPU); ok {
		out.CPU = strconv.Itoa(units)
	}
	if size, ok := taskdef.MemoryMiB(out.Memory); ok {
		out.Memory = strconv.Itoa(size)
	}
	return out
}

// checkConstraints refuses distinctInstance with an expression, be it an empty one
// (ECS semantics 2.3), which the engine does not tell from none.
func checkConstraints(list []types.PlacementConstraint) error {
	for _, c := range list {
		if c.Type == types.PlacementConstraintTypeDistinctInstance && c.Expression != nil {
			return invalid("distinctInstance expression should not be specified.")
		}
	}
	return nil
}
