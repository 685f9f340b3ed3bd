package workflow

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/ecs"
	"gantry/internal/hint"
	"gantry/taskdef"
)

// Register registers a task definition. With onlyIfChanged the newest revision of
// the family is returned as it is when it says the same.
func (s *Session) Register(ctx context.Context, in *awsecs.RegisterTaskDefinitionInput, onlyIfChanged bool) (def ecs.TaskDefinition, changed bool, err error) {
	if onlyIfChanged {
		newest, err := s.API.DescribeTaskDefinition(ctx, aws.ToString(in.Family))
		if err != nil && hint.KindOf(err) != hint.NotFound {
			return def, false, err
		}
		if err == nil {
			there, err := inputOf(&newest)
			if err != nil {
				return def, false, err
			}
			if same(there, in) && taskdef.SameTags(there.Tags, in.Tags) {
				return newest, false, nil
			}
		}
	}
	def, err = s.register(ctx, in)
	return def, err == nil, err
}

func (s *Session) register(ctx context.Context, in *awsecs.RegisterTaskDefinitionInput) (ecs.TaskDefinition, error) {
	s.step("registering task definition %s", aws.ToString(in.Family))
	def, err := s.API.RegisterTaskDefinition(ctx, in)
	if err != nil {
		return ecs.TaskDefinition{}, err
	}
	s.emit(RegisteredEvent{TaskDefinition: def})
	return def, nil
}

// Deregister makes a revision INACTIVE.
func (s *Session) Deregister(ctx context.Context, name string) (ecs.TaskDefinition, error) {
	return s.API.DeregisterTaskDefinition(ctx, name)
}

// inputOf is the request that registers a revision again.
func inputOf(def *ecs.TaskDefinition) (*awsecs.RegisterTaskDefinitionInput, error) {
	in := &awsecs.RegisterTaskDefinitionInput{}
	if _, _, err := taskdef.ParseInput(bytes.NewReader(def.Document), def.Name(), in); err != nil {
		return nil, fmt.Errorf("cannot read the task definition %s: %w", def.Name(), err)
	}
	in.Tags = nil
	for _, tag := range def.Tags {
		in.Tags = append(in.Tags, types.Tag{Key: aws.String(tag.Key), Value: aws.String(tag.Value)})
	}
	return in, nil
}

// same takes a network mode of bridge for none: some endpoints fill the default in.
func same(a, b *awsecs.RegisterTaskDefinitionInput) bool {
	left, right := *a, *b
	for _, in := range []*awsecs.RegisterTaskDefinitionInput{&left, &right} {
		if in.NetworkMode == types.NetworkModeBridge {
			in.NetworkMode = ""
		}
	}
	return taskdef.Same(&left, &right)
}

func withImage(in *awsecs.RegisterTaskDefinitionInput, container, image string) (*awsecs.RegisterTaskDefinitionInput, error) {
	return taskdef.WithImage(in, container, image)
}

// sameJSON compares values by what they look like written down, in which nil and
// empty lists of the nouns are told apart from nothing else.
func sameJSON(a, b any) bool {
	left, leftErr := json.Marshal(a)
	right, rightErr := json.Marshal(b)
	return leftErr == nil && rightErr == nil && bytes.Equal(left, right)
}
