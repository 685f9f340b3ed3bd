package api

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/awsapi/wire"
	"gantry/ecs"
)

// The bounds of RunTask and StartTask (ECS semantics 2.9, 5.2 [API]).
const (
	mostRun               = 10
	longestStartedBy      = 128 // of RunTask
	longestStartedByStart = 36  // of StartTask
	longestOverrides      = 8192
	longestReference      = 1024
)

var startedByRule = ruleOf(`^[A-Za-z0-9_/-]*$`)

// runTags are the tags of a standalone task (ECS semantics 8.8).
func (s *ECS) runTags(given []types.Tag, propagate types.PropagateTags, definition ecs.TaskDefinition, managed bool, cluster ecs.ClusterName) ([]ecs.Tag, error) {
	var base []ecs.Tag
	if propagate == types.PropagateTagsTaskDefinition {
		base = definition.Tags
	}
	tags, err := checkTags(base, given)
	if err == nil && managed {
		tags = append(tags, ecs.Tag{Key: "aws:ecs:clusterName", Value: string(cluster)})
	}
	return tags, err
}

// checkRun checks what RunTask and StartTask have in common. ECS shows the
// reference id of a task nowhere.
func checkRun(startedBy *string, longest int, reference *string, propagate types.PropagateTags, overrides *types.TaskOverride) error {
	if len(text[string](reference)) > longestReference {
		return invalid("referenceId can have at most %d characters.", longestReference)
	}
	switch mark := text[string](startedBy); {
	case len(mark) > longest:
		return invalid("startedBy can have at most %d characters.", longest)
	case !startedByRule.MatchString(mark):
		return invalid("startedBy can have letters (uppercase and lowercase), numbers, hyphens, forward slashes and underscores.")
	}
	if err := checkChoice("propagateTags", propagate); err != nil {
		return err
	}
	if overrides == nil {
		return nil
	}
	encoded, err := wire.Encode(overrides)
	if err != nil {
		return err
	}
	if len(encoded) > longestOverrides {
		return invalid("Overrides can have at most %d characters, but they have %d.", longestOverrides, len(encoded))
	}
	return nil
}

// checkOverrides refuses overrides of a container that is not there.
func checkOverrides(overrides *types.TaskOverride, definition ecs.TaskDefinition) error {
	if overrides == nil {
		return nil
	}
	for _, override := range overrides.ContainerOverrides {
		name := text[string](override.Name)
		if !slices.ContainsFunc(definition.Containers, func(c ecs.ContainerDefinition) bool { return c.Name == name }) {
			return invalid("Override for container named %s is not a container in the TaskDefinition.", name)
		}
	}
	return nil
}

// checkTaskVolumes refuses volumes that the task definition lacks.
func (s *ECS) checkTaskVolumes(list []types.TaskVolumeConfiguration, definition ecs.ARN) error {
	if len(list) == 0 {
		return nil
	}
	document, err := s.definitionOf(definition)
	if err != nil {
		return err
	}
	for _, v := range list {
		if err := checkVolume(&document, text[string](v.Name)); err != nil {
			return err
		}
	}
	return nil
}
