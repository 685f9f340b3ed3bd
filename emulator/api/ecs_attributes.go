package api

import (
	"context"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/awsapi/shape"
	"gantry/ecs"
	"gantry/engine/scheduler"
)

// mostAttributes is how many attributes one call takes (ECS semantics 1.8 [API]).
const mostAttributes = 10

// The rules of custom attributes (ECS semantics 1.8 [API:Attribute]). A value
// has no space at either end.
var (
	attributeNameRule  = ruleOf(`^[A-Za-z0-9_./\\-]{1,128}$`)
	attributeValueRule = ruleOf(`^[A-Za-z0-9_./\\@:-]([A-Za-z0-9_./\\@: -]*[A-Za-z0-9_./\\@:-])?$`)
)

const longestAttributeValue = 128

func checkAttribute(a ecs.Attribute) error {
	if !attributeNameRule.MatchString(a.Name) {
		return invalid("Invalid attribute name %q: up to 128 letters (uppercase and lowercase), numbers, hyphens, underscores, forward slashes, back slashes and periods are allowed.", a.Name)
	}
	if a.Value != "" && (len(a.Value) > longestAttributeValue || !attributeValueRule.MatchString(a.Value)) {
		return invalid("Invalid value %q of attribute %s: up to 128 letters (uppercase and lowercase), numbers, hyphens, underscores, periods, at signs, slashes, colons and inner spaces are allowed.", a.Value, a.Name)
	}
	return nil
}

func byAttributeName(a, b ecs.Attribute) int { return strings.Compare(a.Name, b.Name) }

// targets sorts the attributes of a call by the instance that they are for.
func (s *ECS) targets(engine *scheduler.Cluster, cluster ecs.ClusterName, attributes []types.Attribute) (map[string][]ecs.Attribute, error) {
	if len(attributes) == 0 {
		return nil, invalid("Attributes cannot be empty.")
	}
	if len(attributes) > mostAttributes {
		return nil, refuse("AttributeLimitExceededException", "At most %d attributes can be given in one call.", mostAttributes)
	}
	by := map[string][]ecs.Attribute{}
	for _, given := range attributes {
		id := text[string](given.TargetId)
		if given.TargetType != "" && given.TargetType != types.TargetTypeContainerInstance {
			return nil, invalid("The target type should be container-instance.")
		}
		if id == "" {
			return nil, invalid("targetId can not be blank.")
		}
		instance, ok := instanceOf(engine, cluster, id)
		if !ok || instance.Status == ecs.InstanceInactive {
			return nil, refuse(ecs.CodeTargetNotFound, "Could not find %s", id)
		}
		attribute := shape.AttributeFromSDK(given)
		if err := checkAttribute(attribute); err != nil {
			return nil, err
		}
		attribute.TargetID, attribute.TargetType = "", ""
		by[string(instance.ID)] = append(by[string(instance.ID)], attribute)
	}
	return by, nil
}

// PutAttributes sets custom attributes of container instances.
func (s *ECS) PutAttributes(_ context.Context, in *sdk.PutAttributesInput) (*sdk.PutAttributesOutput, error) {
	cluster, engine, err := s.cluster(in.Cluster)
	if err != nil {
		return nil, err
	}
	by, err := s.targets(engine, cluster, in.Attributes)
	if err != nil {
		return nil, err
	}
	for _, id := range sortedKeys(by) {
		command := &scheduler.PutAttributes{ID: ecs.ContainerInstanceID(id), Attributes: by[id]}
		if _, err := s.apply(cluster, scheduler.Command{PutAttributes: command}); err != nil {
			return nil, err
		}
	}
	return &sdk.PutAttributesOutput{Attributes: s.answered(cluster, by)}, nil
}

// DeleteAttributes takes custom attributes away.
func (s *ECS) DeleteAttributes(_ context.Context, in *sdk.DeleteAttributesInput) (*sdk.DeleteAttributesOutput, error) {
	cluster, engine, err := s.cluster(in.Cluster)
	if err != nil {
		return nil, err
	}
	by, err := s.targets(engine, cluster, in.Attributes)
	if err != nil {
		return nil, err
	}
	for _, id := range sortedKeys(by) {
		var names []string
		for _, attribute := range by[id] {
			names = append(names, attribute.Name)
		}
		command := &scheduler.DeleteAttributes{ID: ecs.ContainerInstanceID(id), Names: names}
		if _, err := s.apply(cluster, scheduler.Command{DeleteAttributes: command}); err != nil {
			return nil, err
		}
	}
	return &sdk.DeleteAttributesOutput{Attributes: s.answered(cluster, by)}, nil
}

// answered are the attributes of a call with their targets' ARNs.
func (s *ECS) answered(cluster ecs.ClusterName, by map[string][]ecs.Attribute) []types.Attribute {
	out := []types.Attribute{}
	for _, id := range sortedKeys(by) {
		for _, attribute := range by[id] {
			attribute.TargetID = string(ecs.ContainerInstanceARN(s.tx.Scope(), cluster, ecs.ContainerInstanceID(id)))
			out = append(out, shape.AttributeToSDK(attribute))
		}
	}
	return out
}

// ListAttributes lists attributes of container instances, ECS's own included.
func (s *ECS) ListAttributes(_ context.Context, in *sdk.ListAttributesInput) (*sdk.ListAttributesOutput, error) {
	cluster, engine, err := s.cluster(in.Cluster)
	if err != nil {
		return nil, err
	}
	switch {
	case in.TargetType != types.TargetTypeContainerInstance:
		return nil, invalid("The target type should be container-instance.")
	case text[string](in.AttributeValue) != "" && text[string](in.AttributeName) == "":
		return nil, invalid("attributeName must be specified with attributeValue.")
	}
	ids, err := engine.Instances(scheduler.InstanceFilter{})
	if err != nil {
		return nil, asInvalid(err)
	}
	found := map[string]types.Attribute{}
	for _, id := range ids {
		instance, _ := engine.Instance(id)
		for _, attribute := range instance.Attributes {
			if in.AttributeName != nil && attribute.Name != *in.AttributeName ||
				text[string](in.AttributeValue) != "" && attribute.Value != *in.AttributeValue {
				continue
			}
			attribute.TargetID = string(ecs.ContainerInstanceARN(s.tx.Scope(), cluster, id))
			found[string(id)+"\x00"+attribute.Name] = shape.AttributeToSDK(attribute)
		}
	}
	keys, next, err := page(sortedKeys(found), in.NextToken, in.MaxResults, 100, 100)
	if err != nil {
		return nil, err
	}
	out := &sdk.ListAttributesOutput{Attributes: []types.Attribute{}, NextToken: next}
	for _, key := range keys {
		out.Attributes = append(out.Attributes, found[key])
	}
	return out, nil
}
