package api

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/awsapi/wire"
	"gantry/ecs"
	"gantry/emulator/store"
	"gantry/taskdef"
)

// A daemon task definition is what the tasks of a managed daemon are made of. Its
// containers are those of a task definition without ports and the like, and go by
// the same rules here.

// The kinds of the documents of daemon task definitions, by family and revision,
// and of the last revision of each family.
const (
	kindDaemonDefinition = "ecs/daemon-task-definition"
	kindDaemonFamily     = "ecs/daemon-family"
)

// daemonDefinition is a daemon task definition as it is kept.
type daemonDefinition struct {
	Family   string            `json:"family"`
	Revision int               `json:"revision"`
	Document json.RawMessage   `json:"document"` // as it is described
	Runs     json.RawMessage   `json:"runs"`     // as a task definition
	Tags     []ecs.Tag         `json:"tags,omitempty"`
	Images   map[string]string `json:"images,omitempty"` // as store.TaskDefinition has them
}

func (d *daemonDefinition) key() string { return daemonDefinitionKey(d.Family, d.Revision) }

func daemonDefinitionKey(family string, revision int) string {
	return fmt.Sprintf("%s\x00%010d", family, revision)
}

func (s *ECS) daemonDefinitionARN(family string, revision int) ecs.ARN {
	return s.tx.Scope().ARN("ecs", fmt.Sprintf("daemon-task-definition/%s:%d", family, revision))
}

// RegisterDaemonTaskDefinition registers the next revision of a family.
func (s *ECS) RegisterDaemonTaskDefinition(_ context.Context, in *sdk.RegisterDaemonTaskDefinitionInput) (*sdk.RegisterDaemonTaskDefinitionOutput, error) {
	if err := first(checkChoice("ipcMode", in.IpcMode), checkChoice("pidMode", in.PidMode), checkDaemonVolumes(in.Volumes)); err != nil {
		return nil, err
	}
	asTask, err := daemonAsTask(in)
	if err != nil {
		return nil, err
	}
	for _, finding := range taskdef.Validate(asTask) {
		if finding.Severity == taskdef.Error {
			return nil, client("%s", finding.Message)
		}
	}
	tags, err := checkTags(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	d := daemonDefinition{Family: text[string](in.Family), Tags: tags, Images: s.canonicalImages(asTask.ContainerDefinitions)}
	var last store.Family
	if _, err := s.tx.Document(kindDaemonFamily, d.Family, &last); err != nil {
		return nil, err
	}
	last.Last++
	d.Revision = last.Last
	arn := string(s.daemonDefinitionARN(d.Family, d.Revision))
	runs, err := taskdef.Registered(asTask, arn, d.Revision, s.tx.Now(), s.caller())
	if err != nil {
		return nil, fmt.Errorf("register daemon task definition %s: %w", d.Family, err)
	}
	if d.Runs, err = wire.Encode(runs); err != nil {
		return nil, err
	}
	if d.Document, err = s.describedDaemon(in, runs); err != nil {
		return nil, err
	}
	if err := first(s.tx.PutDocument(kindDaemonFamily, d.Family, last), s.tx.PutDocument(kindDaemonDefinition, d.key(), d)); err != nil {
		return nil, err
	}
	return &sdk.RegisterDaemonTaskDefinitionOutput{DaemonTaskDefinitionArn: &arn}, nil
}

// checkDaemonVolumes refuses volumes that a daemon cannot have
// [API:DaemonVolume, LogDriverVolumeConfiguration].
func checkDaemonVolumes(volumes []types.DaemonVolume) error {
	for _, v := range volumes {
		l := v.LogDriverVolumeConfiguration
		switch {
		case l != nil && v.Host != nil:
			return client("The volume %q can have host or logDriverVolumeConfiguration, not both.", text[string](v.Name))
		case l != nil && l.Driver != types.LogDriverJsonFile:
			return client("The driver of logDriverVolumeConfiguration must be json-file, but it is %q.", l.Driver)
		}
	}
	return nil
}

// daemonAsTask is a daemon task definition as a task definition. The namespaces of
// the host have other words there, and mean nothing to tasks that are simulated.
func daemonAsTask(in *sdk.RegisterDaemonTaskDefinitionInput) (*sdk.RegisterTaskDefinitionInput, error) {
	out := &sdk.RegisterTaskDefinitionInput{}
	encoded, err := wire.Encode(in)
	if err == nil {
		err = wire.Decode(encoded, out)
	}
	out.IpcMode, out.PidMode, out.Tags = "", "", nil
	return out, err
}

// describedDaemon is a daemon task definition as DescribeDaemonTaskDefinition shows
// it: what was given, with the defaults.
func (s *ECS) describedDaemon(in *sdk.RegisterDaemonTaskDefinitionInput, runs *types.TaskDefinition) (json.RawMessage, error) {
	given := *in
	given.Tags = nil
	out := &types.DaemonTaskDefinition{}
	encoded, err := wire.Encode(&given)
	if err == nil {
		err = wire.Decode(encoded, out)
	}
	if err != nil {
		return nil, err
	}
	out.DaemonTaskDefinitionArn, out.Revision, out.Status = runs.TaskDefinitionArn, runs.Revision, types.DaemonTaskDefinitionStatusActive
	out.RegisteredAt, out.RegisteredBy, out.Cpu, out.Memory = runs.RegisteredAt, runs.RegisteredBy, runs.Cpu, runs.Memory
	for i := range out.ContainerDefinitions {
		if c := &out.ContainerDefinitions[i]; c.Essential == nil {
			c.Essential = runs.ContainerDefinitions[i].Essential
		}
	}
	if out.IpcMode == "" {
		out.IpcMode = types.DaemonIpcModeNone
	}
	if out.PidMode == "" {
		out.PidMode = types.DaemonPidModeNone
	}
	if out.Volumes == nil {
		out.Volumes = []types.DaemonVolume{}
	}
	return wire.Encode(out)
}

// daemonDefinition finds a daemon task definition by ARN, family:revision, or
// family, which is its latest ACTIVE one.
func (s *ECS) daemonDefinition(given *string) (*daemonDefinition, *types.DaemonTaskDefinition, error) {
	named := text[ecs.ARN](given)
	if err := s.checkScope(named); err != nil {
		return nil, nil, err
	}
	name := string(named)
	if named.IsARN() {
		var ok bool
		if name, ok = strings.CutPrefix(named.Resource(), "daemon-task-definition/"); !ok {
			return nil, nil, invalid("Invalid identifier: %s is not the ARN of a daemon task definition.", named)
		}
	}
	family, number, some := strings.Cut(name, ":")
	if !some {
		return s.latestDaemonDefinition(family)
	}
	revision, err := strconv.Atoi(number)
	if err != nil || revision < 1 {
		return nil, nil, invalid("Invalid revision number. Number: %s", number)
	}
	var d daemonDefinition
	if ok, err := s.tx.Document(kindDaemonDefinition, daemonDefinitionKey(family, revision), &d); err != nil || !ok {
		return nil, nil, first(err, errNoDaemonDefinition())
	}
	shown, err := s.showDaemonDefinition(&d)
	return &d, shown, err
}

func (s *ECS) latestDaemonDefinition(family string) (*daemonDefinition, *types.DaemonTaskDefinition, error) {
	all, err := store.Documents[daemonDefinition](s.tx, kindDaemonDefinition, family+"\x00")
	if err != nil {
		return nil, nil, err
	}
	for _, d := range slices.Backward(all) {
		shown, err := s.showDaemonDefinition(&d)
		if err != nil || shown.Status == types.DaemonTaskDefinitionStatusActive {
			return &d, shown, err
		}
	}
	return nil, nil, errNoDaemonDefinition()
}

func errNoDaemonDefinition() *ecs.Error {
	return client("The specified daemon task definition was not found. Specify a valid family, revision or ARN and try again.")
}

// showDaemonDefinition is a daemon task definition as it is described. One that was
// asked to be deleted is so once no daemon has it.
func (s *ECS) showDaemonDefinition(d *daemonDefinition) (*types.DaemonTaskDefinition, error) {
	out, err := readShape[types.DaemonTaskDefinition](kindDaemonDefinition, d.Document)
	if err != nil || out.DeleteRequestedAt == nil {
		return out, err
	}
	out.Status = types.DaemonTaskDefinitionStatusDeleted
	for _, cluster := range s.tx.LiveClusters() {
		engine, _ := s.tx.Engine(cluster)
		for _, name := range engine.Daemons() {
			if daemon, ok := engine.Service(name); ok && string(daemon.TaskDefinition) == *out.DaemonTaskDefinitionArn {
				out.Status = types.DaemonTaskDefinitionStatusDeleteInProgress
			}
		}
	}
	return out, nil
}

// DescribeDaemonTaskDefinition shows one revision.
func (s *ECS) DescribeDaemonTaskDefinition(_ context.Context, in *sdk.DescribeDaemonTaskDefinitionInput) (*sdk.DescribeDaemonTaskDefinitionOutput, error) {
	_, shown, err := s.daemonDefinition(in.DaemonTaskDefinition)
	return &sdk.DescribeDaemonTaskDefinitionOutput{DaemonTaskDefinition: shown}, err
}

// DeleteDaemonTaskDefinition deletes an ACTIVE revision. Daemons that have it go on.
func (s *ECS) DeleteDaemonTaskDefinition(_ context.Context, in *sdk.DeleteDaemonTaskDefinitionInput) (*sdk.DeleteDaemonTaskDefinitionOutput, error) {
	if !strings.Contains(ecs.ARN(text[string](in.DaemonTaskDefinition)).Resource(), ":") {
		return nil, client("Revision is missing.")
	}
	d, shown, err := s.daemonDefinition(in.DaemonTaskDefinition)
	switch {
	case err != nil:
		return nil, err
	case shown.Status != types.DaemonTaskDefinitionStatusActive:
		return nil, client("The specified daemon task definition is not in ACTIVE status.")
	}
	now := s.tx.Now()
	shown.DeleteRequestedAt, shown.Status = &now, types.DaemonTaskDefinitionStatusDeleteInProgress
	if d.Document, err = wire.Encode(shown); err != nil {
		return nil, err
	}
	return &sdk.DeleteDaemonTaskDefinitionOutput{DaemonTaskDefinitionArn: shown.DaemonTaskDefinitionArn}, s.tx.PutDocument(kindDaemonDefinition, d.key(), d)
}

// ListDaemonTaskDefinitions lists revisions; familyPrefix is a real prefix.
func (s *ECS) ListDaemonTaskDefinitions(_ context.Context, in *sdk.ListDaemonTaskDefinitionsInput) (*sdk.ListDaemonTaskDefinitionsOutput, error) {
	if err := first(checkChoice("status", in.Status), checkChoice("sort", in.Sort), checkChoice("revision", in.Revision)); err != nil {
		return nil, err
	}
	status := in.Status
	if status == "" {
		status = types.DaemonTaskDefinitionStatusFilterActive
	}
	all, err := store.Documents[daemonDefinition](s.tx, kindDaemonDefinition, "")
	if err != nil {
		return nil, err
	}
	chosen := map[string]types.DaemonTaskDefinitionSummary{}
	for i, d := range all {
		last := i+1 == len(all) || all[i+1].Family != d.Family
		if family := text[string](in.Family); family != "" && d.Family != family || !strings.HasPrefix(d.Family, text[string](in.FamilyPrefix)) ||
			in.Revision == types.DaemonTaskDefinitionRevisionFilterLastRegistered && !last {
			continue
		}
		shown, err := s.showDaemonDefinition(&d)
		if err != nil {
			return nil, err
		}
		if status != types.DaemonTaskDefinitionStatusFilterAll && string(status) != string(shown.Status) {
			continue
		}
		key := d.key()
		if in.Sort == types.SortOrderDesc {
			key = turned(key)
		}
		chosen[key] = types.DaemonTaskDefinitionSummary{
			Arn: shown.DaemonTaskDefinitionArn, Status: shown.Status, RegisteredAt: shown.RegisteredAt, RegisteredBy: shown.RegisteredBy,
			DeleteRequestedAt: shown.DeleteRequestedAt,
		}
	}
	keys, next, err := page(sortedKeys(chosen), in.NextToken, in.MaxResults, 100, 100)
	if err != nil {
		return nil, err
	}
	out := &sdk.ListDaemonTaskDefinitionsOutput{DaemonTaskDefinitions: []types.DaemonTaskDefinitionSummary{}, NextToken: next}
	for _, key := range keys {
		out.DaemonTaskDefinitions = append(out.DaemonTaskDefinitions, chosen[key])
	}
	return out, nil
}

// runnableDaemon finds a daemon task definition for a daemon, as the engine takes it.
func (s *ECS) runnableDaemon(given *string) (ecs.TaskDefinition, error) {
	if text[string](given) == "" {
		return ecs.TaskDefinition{}, client("DaemonTaskDefinition can not be blank.")
	}
	d, shown, err := s.daemonDefinition(given)
	switch {
	case err != nil:
		return ecs.TaskDefinition{}, err
	case shown.Status != types.DaemonTaskDefinitionStatusActive:
		return ecs.TaskDefinition{}, client("The daemon task definition is not in ACTIVE status.")
	}
	runs, err := readShape[types.TaskDefinition](kindDaemonDefinition, d.Runs)
	if err != nil {
		return ecs.TaskDefinition{}, err
	}
	return engineDefinition(*runs, d.Tags, d.Images), nil
}
