package api

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/awsapi/shape"
	"gantry/awsapi/wire"
	"gantry/ecs"
	"gantry/emulator/store"
	"gantry/taskdef"
)

// RegisterTaskDefinition registers the next revision of a family (ECS semantics
// 7.1, 7.2, 7.5 [API:RegisterTaskDefinition]). A fate that cannot be read is
// refused, which is a rule of the emulator alone: the tasks would run as if it
// were not there.
func (s *ECS) RegisterTaskDefinition(_ context.Context, in *sdk.RegisterTaskDefinitionInput) (*sdk.RegisterTaskDefinitionOutput, error) {
	for _, finding := range taskdef.Validate(in) {
		if finding.Severity == taskdef.Error {
			return nil, client("%s", finding.Message)
		}
	}
	for _, container := range in.ContainerDefinitions {
		if err := s.tx.CheckLabels(container.DockerLabels); err != nil {
			return nil, client("Container %q: %s.", text[string](container.Name), err)
		}
	}
	tags, err := checkTags(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	family := text[ecs.Family](in.Family)
	revision, err := s.tx.NextRevision(family)
	if err != nil {
		return nil, err
	}
	arn := string(ecs.TaskDefinitionARN(s.tx.Scope(), family, revision))
	definition, err := taskdef.Registered(in, arn, revision, s.tx.Now(), s.caller())
	if err != nil {
		return nil, fmt.Errorf("register task definition %s: %w", family, err)
	}
	document, err := wire.Encode(definition)
	if err != nil {
		return nil, fmt.Errorf("keep the task definition: %w", err)
	}
	record := store.TaskDefinition{
		Family: family, Revision: revision, Status: ecs.TaskDefinitionActive,
		Document: document, RegisteredAt: s.tx.Now(), Tags: tags, Images: s.canonicalImages(in.ContainerDefinitions),
	}
	if err := s.tx.PutTaskDefinition(record); err != nil {
		return nil, err
	}
	return &sdk.RegisterTaskDefinitionOutput{TaskDefinition: definition, Tags: shape.List(tags, shape.TagToSDK)}, nil
}

// caller is who makes every call, as far as the answers tell.
func (s *ECS) caller() string {
	scope := s.tx.Scope()
	return fmt.Sprintf("arn:%s:iam::%s:root", scope.Partition, scope.Account)
}

// reference is a task definition as a request names it.
type reference struct {
	family   ecs.Family
	revision int // 0: the latest ACTIVE one
}

func (s *ECS) parseReference(given string) (reference, error) {
	arn := ecs.ARN(given)
	if err := s.checkScope(arn); err != nil {
		return reference{}, err
	}
	name := given
	if arn.IsARN() {
		var ok bool
		if name, ok = strings.CutPrefix(arn.Resource(), "task-definition/"); !ok {
			return reference{}, invalid("Invalid identifier: %s is not the ARN of a task definition.", given)
		}
	}
	family, number, some := strings.Cut(name, ":")
	if !some {
		return reference{family: ecs.Family(family)}, nil
	}
	revision, err := strconv.Atoi(number)
	if err != nil || revision < 1 {
		return reference{}, invalid("Invalid revision number. Number: %s", number)
	}
	return reference{family: ecs.Family(family), revision: revision}, nil
}

// lookup finds what a reference names.
func (s *ECS) lookup(ref reference) (store.TaskDefinition, bool, error) {
	if ref.revision != 0 {
		record, ok, err := s.tx.TaskDefinition(ref.family, ref.revision)
		return record, ok && !s.gone(record), err
	}
	revisions, err := s.tx.Revisions(ref.family)
	if err != nil {
		return store.TaskDefinition{}, false, err
	}
	for _, record := range slices.Backward(revisions) {
		if record.Status == ecs.TaskDefinitionActive {
			return record, true, nil
		}
	}
	return store.TaskDefinition{}, false, nil
}

// runnable finds the task definition for something new to run, as the engine
// takes it (ECS semantics 8.4 [OBS]).
func (s *ECS) runnable(given *string) (ecs.TaskDefinition, error) {
	if text[string](given) == "" {
		return ecs.TaskDefinition{}, client("TaskDefinition can not be blank.")
	}
	ref, err := s.parseReference(*given)
	if err != nil {
		return ecs.TaskDefinition{}, err
	}
	record, ok, err := s.lookup(ref)
	switch {
	case err != nil:
		return ecs.TaskDefinition{}, err
	case !ok:
		return ecs.TaskDefinition{}, client("TaskDefinition not found.")
	case record.Status != ecs.TaskDefinitionActive:
		return ecs.TaskDefinition{}, client("TaskDefinition is inactive")
	}
	made, err := store.Made(record, revisionOf)
	return made.noun, err
}

// revision is what is made of a record, once for all who only read it.
type revision struct {
	document types.TaskDefinition
	noun     ecs.TaskDefinition // as the engine takes it
}

func revisionOf(record store.TaskDefinition) (revision, error) {
	document, err := documentOf(record)
	if err != nil {
		return revision{}, err
	}
	return revision{document, engineDefinition(document, record.Tags, record.Images)}, nil
}

// engineDefinition is a definition as the engine takes it: its images by the names
// that the runtime knows them by.
func engineDefinition(document types.TaskDefinition, tags []ecs.Tag, images map[string]string) ecs.TaskDefinition {
	definition := shape.TaskDefinitionFromSDK(document, shape.List(tags, shape.TagToSDK), nil)
	for i := range definition.Containers {
		if image := images[definition.Containers[i].Name]; image != "" {
			definition.Containers[i].Image = image
		}
	}
	return definition
}

// documentOf is a revision as it is answered.
func documentOf(record store.TaskDefinition) (types.TaskDefinition, error) {
	var document types.TaskDefinition
	if err := wire.Decode(record.Document, &document); err != nil {
		return document, fmt.Errorf("read task definition %s:%d: %w", record.Family, record.Revision, err)
	}
	document.Status = types.TaskDefinitionStatus(record.Status)
	if !record.Deregistered.IsZero() {
		document.DeregisteredAt = &record.Deregistered
	}
	if !record.DeleteAsked.IsZero() {
		document.DeleteRequestedAt = &record.DeleteAsked
	}
	return document, nil
}

// DescribeTaskDefinition shows one revision.
func (s *ECS) DescribeTaskDefinition(_ context.Context, in *sdk.DescribeTaskDefinitionInput) (*sdk.DescribeTaskDefinitionOutput, error) {
	unable := client("Unable to describe task definition.")
	if err := checkChoice("include", in.Include...); err != nil {
		return nil, err
	}
	if text[string](in.TaskDefinition) == "" {
		return nil, unable
	}
	ref, err := s.parseReference(*in.TaskDefinition)
	if err != nil {
		return nil, err
	}
	record, ok, err := s.lookup(ref)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, unable
	}
	document, err := documentOf(record)
	if err != nil {
		return nil, err
	}
	out := &sdk.DescribeTaskDefinitionOutput{TaskDefinition: &document, Tags: []types.Tag{}}
	if slices.Contains(in.Include, types.TaskDefinitionFieldTags) {
		out.Tags = shape.List(record.Tags, shape.TagToSDK)
	}
	return out, nil
}

// DeregisterTaskDefinition makes a revision INACTIVE.
func (s *ECS) DeregisterTaskDefinition(_ context.Context, in *sdk.DeregisterTaskDefinitionInput) (*sdk.DeregisterTaskDefinitionOutput, error) {
	ref, err := s.parseReference(text[string](in.TaskDefinition))
	if err != nil {
		return nil, err
	}
	if ref.revision == 0 {
		return nil, client("Revision is missing.")
	}
	record, ok, err := s.lookup(ref)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, client("The specified task definition does not exist.")
	}
	if record.Status == ecs.TaskDefinitionActive {
		record.Status, record.Deregistered = ecs.TaskDefinitionInactive, s.tx.Now()
		if err := s.tx.PutTaskDefinition(record); err != nil {
			return nil, err
		}
	}
	document, err := documentOf(record)
	return &sdk.DeregisterTaskDefinitionOutput{TaskDefinition: &document}, err
}

// DeleteTaskDefinitions deletes INACTIVE revisions once nothing uses them
// (ECS semantics 7.1 [MOTO]).
func (s *ECS) DeleteTaskDefinitions(_ context.Context, in *sdk.DeleteTaskDefinitionsInput) (*sdk.DeleteTaskDefinitionsOutput, error) {
	switch {
	case len(in.TaskDefinitions) == 0:
		return nil, invalid("size of TaskDefinition references list must be greater than 0")
	case len(in.TaskDefinitions) > 10:
		return nil, invalid("Size of TaskDefinition references list cannot exceed 10")
	}
	out := &sdk.DeleteTaskDefinitionsOutput{TaskDefinitions: []types.TaskDefinition{}, Failures: []types.Failure{}}
	for _, given := range in.TaskDefinitions {
		deleted, reason, err := s.deleteTaskDefinition(given)
		switch {
		case err != nil:
			return nil, err
		case reason != "":
			out.Failures = append(out.Failures, shape.FailureToSDK(ecs.Failure{ARN: ecs.ARN(given), Reason: reason}))
		default:
			out.TaskDefinitions = append(out.TaskDefinitions, deleted)
		}
	}
	return out, nil
}

func (s *ECS) deleteTaskDefinition(given string) (types.TaskDefinition, string, error) {
	var none types.TaskDefinition
	ref, err := s.parseReference(given)
	if err != nil || ref.revision == 0 {
		return none, "The specified task definition identifier is invalid. Specify a valid name or ARN and try again.", nil //nolint:nilerr // it becomes a failure item
	}
	record, ok, err := s.lookup(ref)
	switch {
	case err != nil:
		return none, "", err
	case !ok:
		return none, "The specified task definition does not exist. Specify a valid account, family, revision and try again.", nil
	case record.Status == ecs.TaskDefinitionActive:
		return none, "The specified task definition is still in ACTIVE status. Please deregister the target and try again.", nil
	}
	if record.Status != ecs.TaskDefinitionDeleteInProgress {
		record.Status, record.DeleteAsked = ecs.TaskDefinitionDeleteInProgress, s.tx.Now()
	}
	document, err := documentOf(record)
	if err != nil {
		return none, "", err
	}
	if s.inUse(record) {
		return document, "", s.tx.PutTaskDefinition(record)
	}
	return document, "", s.tx.DropTaskDefinition(record.Family, record.Revision)
}

// gone reports whether a revision was asked to be deleted and nothing has it
// any more. Its record stays, which nobody sees.
func (s *ECS) gone(record store.TaskDefinition) bool {
	return record.Status == ecs.TaskDefinitionDeleteInProgress && !s.inUse(record)
}

// inUse reports whether a service or a task still has the revision.
func (s *ECS) inUse(record store.TaskDefinition) bool {
	arn := ecs.TaskDefinitionARN(s.tx.Scope(), record.Family, record.Revision)
	for _, cluster := range s.tx.LiveClusters() {
		engine, _ := s.tx.Engine(cluster)
		for _, name := range engine.Services() {
			if service, ok := engine.Service(name); ok && service.TaskDefinition == arn {
				return true
			}
		}
		for _, id := range engine.Tasks(taskFilterOf(record.Family)) {
			if task, ok := engine.Task(id); ok && task.TaskDefinitionARN == arn && task.LastStatus != ecs.TaskStopped {
				return true
			}
		}
	}
	return false
}

// ListTaskDefinitions lists revisions; familyPrefix is the whole name of a
// family (ECS semantics 8.6 [API]).
func (s *ECS) ListTaskDefinitions(_ context.Context, in *sdk.ListTaskDefinitionsInput) (*sdk.ListTaskDefinitionsOutput, error) {
	if err := first(checkChoice("status", in.Status), checkChoice("sort", in.Sort)); err != nil {
		return nil, err
	}
	status := ecs.TaskDefinitionStatus(in.Status)
	if status == "" {
		status = ecs.TaskDefinitionActive
	}
	records, err := s.tx.TaskDefinitions()
	if err != nil {
		return nil, err
	}
	// The keys sort as the list does: by family and then by number. They are
	// turned around for DESC, which pages from the end.
	var keys []string
	names := map[string]string{}
	for _, record := range records {
		if record.Status != status || s.gone(record) || in.FamilyPrefix != nil && *in.FamilyPrefix != "" && string(record.Family) != *in.FamilyPrefix {
			continue
		}
		key := fmt.Sprintf("%s\x00%010d", record.Family, record.Revision)
		if in.Sort == types.SortOrderDesc {
			key = turned(key)
		}
		keys = append(keys, key)
		names[key] = string(ecs.TaskDefinitionARN(s.tx.Scope(), record.Family, record.Revision))
	}
	slices.Sort(keys)
	keys, next, err := page(keys, in.NextToken, in.MaxResults, 100, 100)
	if err != nil {
		return nil, err
	}
	out := &sdk.ListTaskDefinitionsOutput{TaskDefinitionArns: []string{}, NextToken: next}
	for _, key := range keys {
		out.TaskDefinitionArns = append(out.TaskDefinitionArns, names[key])
	}
	return out, nil
}

// turned is a key that sorts the other way round.
func turned(key string) string {
	bytes := []byte(key)
	for i, b := range bytes {
		bytes[i] = 0xff - b
	}
	return string(append(bytes, 0xff))
}

// ListTaskDefinitionFamilies lists families; familyPrefix is a real prefix.
func (s *ECS) ListTaskDefinitionFamilies(_ context.Context, in *sdk.ListTaskDefinitionFamiliesInput) (*sdk.ListTaskDefinitionFamiliesOutput, error) {
	if err := checkChoice("status", in.Status); err != nil {
		return nil, err
	}
	records, err := s.tx.TaskDefinitions()
	if err != nil {
		return nil, err
	}
	active, seen := map[string]bool{}, []string{}
	for _, record := range records {
		family := string(record.Family)
		if !strings.HasPrefix(family, text[string](in.FamilyPrefix)) || s.gone(record) {
			continue
		}
		active[family] = active[family] || record.Status == ecs.TaskDefinitionActive
		seen = append(seen, family)
	}
	slices.Sort(seen)
	families := slices.DeleteFunc(slices.Compact(seen), func(family string) bool {
		switch in.Status {
		case types.TaskDefinitionFamilyStatusActive:
			return !active[family]
		case types.TaskDefinitionFamilyStatusInactive:
			return active[family]
		}
		return false
	})
	families, next, err := page(families, in.NextToken, in.MaxResults, 100, 100)
	if err != nil {
		return nil, err
	}
	return &sdk.ListTaskDefinitionFamiliesOutput{Families: families, NextToken: next}, nil
}
