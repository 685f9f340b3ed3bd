package api

import (
	"context"
	"errors"
	"slices"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/awsapi/shape"
	"gantry/ecs"
	"gantry/engine/scheduler"
)

// The rules of tags (ECS semantics 8.8 [API:Tag]).
const (
	mostTags     = 50
	longestKey   = 128
	longestValue = 256
)

var tagRule = ruleOf(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)

// checkTags adds tags to those that a resource has, or is to have.
func checkTags(old []ecs.Tag, given []types.Tag) ([]ecs.Tag, error) {
	tags, err := addTags(old, given)
	if err == nil && len(tags) > mostTags {
		return nil, invalid(tooManyTags, mostTags)
	}
	return tags, err
}

const tooManyTags = "The maximum number of tags that you can add to a resource is %d."

func addTags(old []ecs.Tag, given []types.Tag) ([]ecs.Tag, error) {
	tags := slices.Clone(old)
	for _, tag := range given {
		key, value := text[string](tag.Key), text[string](tag.Value)
		switch {
		case key == "" || len([]rune(key)) > longestKey:
			return nil, invalid("Tag keys must have between 1 and %d characters.", longestKey)
		case len([]rune(value)) > longestValue:
			return nil, invalid("The value of tag %s is longer than %d characters.", key, longestValue)
		case strings.HasPrefix(strings.ToLower(key), "aws:"):
			return nil, invalid("Invalid parameter: tag keys must not begin with aws:, which is reserved.")
		case !tagRule.MatchString(key) || !tagRule.MatchString(value):
			return nil, invalid("Tag %s has a character that tags cannot have.", key)
		}
		at := slices.IndexFunc(tags, func(t ecs.Tag) bool { return t.Key == key })
		if at < 0 {
			tags = append(tags, ecs.Tag{Key: key, Value: value})
			continue
		}
		tags[at].Value = value
	}
	return tags, nil
}

func withoutTags(tags []ecs.Tag, keys []string) []ecs.Tag {
	return slices.DeleteFunc(slices.Clone(tags), func(t ecs.Tag) bool { return slices.Contains(keys, t.Key) })
}

// TagResource adds tags.
func (s *ECS) TagResource(_ context.Context, in *sdk.TagResourceInput) (*sdk.TagResourceOutput, error) {
	err := s.changeTags(text[ecs.ARN](in.ResourceArn), func(old []ecs.Tag) ([]ecs.Tag, error) {
		tags, err := addTags(old, in.Tags)
		if err == nil && len(tags) > mostTags {
			err = refuse(ecs.CodeLimitExceeded, tooManyTags, mostTags) // which the model has here
		}
		return tags, err
	})
	return &sdk.TagResourceOutput{}, err
}

// UntagResource takes tags away.
func (s *ECS) UntagResource(_ context.Context, in *sdk.UntagResourceInput) (*sdk.UntagResourceOutput, error) {
	err := s.changeTags(text[ecs.ARN](in.ResourceArn), func(old []ecs.Tag) ([]ecs.Tag, error) {
		return withoutTags(old, in.TagKeys), nil
	})
	return &sdk.UntagResourceOutput{}, err
}

// ListTagsForResource shows tags.
func (s *ECS) ListTagsForResource(_ context.Context, in *sdk.ListTagsForResourceInput) (*sdk.ListTagsForResourceOutput, error) {
	resource, err := s.tagged(text[ecs.ARN](in.ResourceArn))
	if refusal, ok := errors.AsType[*ecs.Error](err); ok && refusal.Code == codeNotFound {
		err = invalid("%s", refusal.Message) // the model has no other code here
	}
	if err != nil {
		return nil, err
	}
	return &sdk.ListTagsForResourceOutput{Tags: shape.List(resource.tags, shape.TagToSDK)}, nil
}

func (s *ECS) changeTags(arn ecs.ARN, change func([]ecs.Tag) ([]ecs.Tag, error)) error {
	resource, err := s.tagged(arn)
	if err != nil {
		return err
	}
	tags, err := change(resource.tags)
	if err != nil {
		return err
	}
	return resource.keep(tags)
}

// taggable is a resource with its tags and a way to keep others.
type taggable struct {
	tags []ecs.Tag
	keep func([]ecs.Tag) error
}

// tagged finds the resource of an ARN.
func (s *ECS) tagged(arn ecs.ARN) (taggable, error) {
	if !arn.IsARN() || arn.Resource() == "" {
		return taggable{}, invalid("The ARN provided is invalid.")
	}
	if err := s.checkScope(arn); err != nil {
		return taggable{}, err
	}
	kind, _, _ := strings.Cut(arn.Resource(), "/")
	switch kind {
	case "cluster":
		return s.taggedCluster(arn)
	case "capacity-provider":
		return s.taggedProvider(arn)
	case "task-definition":
		return s.taggedTaskDefinition(arn)
	case "task-set":
		return s.taggedTaskSet(arn)
	case "gateway":
		return s.taggedGateway(arn)
	case "daemon":
		return s.taggedDaemon(arn)
	case "daemon-task-definition":
		return s.taggedDaemonDefinition(arn)
	case "service", "task", "container-instance":
		return s.taggedOfEngine(kind, arn)
	}
	return taggable{}, invalid("The ARN provided is invalid.")
}

func errNoResource() *ecs.Error {
	return refuse(codeNotFound, "The specified resource was not found. Specify a valid resource ARN and try again.")
}

func (s *ECS) taggedCluster(arn ecs.ARN) (taggable, error) {
	record, ok, err := s.tx.Cluster(arn.Cluster())
	if err != nil {
		return taggable{}, err
	}
	if !ok || !record.Active() {
		return taggable{}, errNoCluster()
	}
	return taggable{tags: record.Tags, keep: func(tags []ecs.Tag) error {
		record.Tags = tags
		return s.tx.PutCluster(record)
	}}, nil
}

func (s *ECS) taggedProvider(arn ecs.ARN) (taggable, error) {
	p, err := s.provider(string(arn))
	if err != nil {
		return taggable{}, errNoResource()
	}
	return taggable{tags: p.Tags, keep: func(tags []ecs.Tag) error {
		p.Tags = tags
		return s.putProvider(p)
	}}, nil
}

// taggedTaskSet finds task-set/CLUSTER/SERVICE/ecs-svc/NUMBER.
func (s *ECS) taggedTaskSet(arn ecs.ARN) (taggable, error) {
	cluster := arn.Cluster()
	engine, err := s.engine(cluster)
	if err != nil {
		return taggable{}, err
	}
	parts := strings.Split(arn.Resource(), "/")
	if len(parts) != 5 {
		return taggable{}, errNoResource()
	}
	service, ok := serviceOf(engine, cluster, parts[2])
	at := slices.IndexFunc(service.TaskSets, func(t ecs.TaskSet) bool { return t.ARN == arn })
	if !ok || at < 0 {
		return taggable{}, errNoResource()
	}
	return taggable{tags: service.TaskSets[at].Tags, keep: func(tags []ecs.Tag) error {
		_, err := s.apply(cluster, scheduler.Command{SetTags: &scheduler.SetTags{ARN: arn, Tags: tags}})
		return err
	}}, nil
}

func (s *ECS) taggedGateway(arn ecs.ARN) (taggable, error) {
	named := string(arn)
	g, err := s.gateway(&named)
	if err != nil {
		return taggable{}, errNoResource()
	}
	return taggable{tags: shape.List(g.Tags, shape.TagFromSDK), keep: func(tags []ecs.Tag) error {
		g.Tags = shape.List(tags, shape.TagToSDK)
		return s.putGateway(g)
	}}, nil
}

func (s *ECS) taggedTaskDefinition(arn ecs.ARN) (taggable, error) {
	ref, err := s.parseReference(string(arn))
	if err != nil {
		return taggable{}, err
	}
	record, ok, err := s.lookup(ref)
	if err != nil {
		return taggable{}, err
	}
	if !ok {
		return taggable{}, errNoResource()
	}
	return taggable{tags: record.Tags, keep: func(tags []ecs.Tag) error {
		record.Tags = tags
		return s.tx.PutTaskDefinition(record)
	}}, nil
}

// taggedOfEngine finds what the engine of a cluster keeps.
func (s *ECS) taggedOfEngine(kind string, arn ecs.ARN) (taggable, error) {
	cluster := arn.Cluster()
	engine, err := s.engine(cluster)
	if err != nil {
		return taggable{}, err
	}
	var tags []ecs.Tag
	var ok bool
	switch kind {
	case "service":
		service, found := serviceOf(engine, cluster, string(arn))
		tags, ok = service.Tags, found && service.Status != ecs.ServiceInactive
	case "task":
		task, found := engine.Task(ecs.TaskID(arn.Short()))
		tags, ok = task.Tags, found
	default:
		instance, found := engine.Instance(ecs.ContainerInstanceID(arn.Short()))
		tags, ok = instance.Tags, found
	}
	if !ok {
		return taggable{}, errNoResource()
	}
	return taggable{tags: tags, keep: func(tags []ecs.Tag) error {
		_, err := s.apply(cluster, scheduler.Command{SetTags: &scheduler.SetTags{ARN: arn, Tags: tags}})
		return err
	}}, nil
}
