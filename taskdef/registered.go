package taskdef

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/awsapi/wire"
)

// Registered is the revision that ECS makes of an input (ECS semantics 7.2): the
// input with its defaults filled in and what ECS finds out about it. The tags
// are no part of it; answers carry them beside it. The input stays as it is, and
// shares nothing with the result.
func Registered(in *ecs.RegisterTaskDefinitionInput, arn string, revision int, now time.Time, by string) (*types.TaskDefinition, error) {
	full, err := Defaults(in)
	if err != nil {
		return nil, err
	}
	td := &types.TaskDefinition{}
	carry(reflect.ValueOf(full).Elem(), reflect.ValueOf(td).Elem())
	td.TaskDefinitionArn = &arn
	td.Revision = int32(revision)
	td.Status = types.TaskDefinitionStatusActive
	td.RegisteredAt = &now
	if by != "" {
		td.RegisteredBy = &by
	}
	td.Compatibilities = Compatibilities(in)
	td.RequiresAttributes = RequiresAttributes(in)
	return td, nil
}

// Defaults is a copy of the input with everything filled in that ECS fills in
// when it registers it (ECS semantics 7.2).
func Defaults(in *ecs.RegisterTaskDefinitionInput) (*ecs.RegisterTaskDefinitionInput, error) {
	out, err := Clone(in)
	if err != nil {
		return nil, err
	}
	if n, ok := CPUUnits(str(out.Cpu)); ok {
		out.Cpu = decimal(n)
	}
	if n, ok := MemoryMiB(str(out.Memory)); ok {
		out.Memory = decimal(n)
	}
	notNil(&out.Volumes)
	notNil(&out.PlacementConstraints)
	for i := range out.ContainerDefinitions {
		d := &out.ContainerDefinitions[i]
		setIfNil(&d.Essential, true)
		notNil(&d.PortMappings)
		notNil(&d.Environment)
		notNil(&d.MountPoints)
		notNil(&d.VolumesFrom)
		notNil(&d.SystemControls)
		if d.LogConfiguration != nil {
			notNil(&d.LogConfiguration.SecretOptions)
		}
		if h := d.HealthCheck; h != nil {
			const interval, timeout, retries = 30, 5, 3 // seconds, seconds, times [API:HealthCheck]
			setIfNil(&h.Interval, interval)
			setIfNil(&h.Timeout, timeout)
			setIfNil(&h.Retries, retries)
		}
		for j := range d.PortMappings {
			portDefaults(&d.PortMappings[j], out.NetworkMode)
		}
	}
	return out, nil
}

func portDefaults(p *types.PortMapping, mode types.NetworkMode) {
	p.Protocol = protocolOf(p)
	if str(p.ContainerPortRange) != "" {
		return
	}
	if mode == types.NetworkModeAwsvpc || mode == types.NetworkModeHost {
		setIfNil(&p.HostPort, num(p.ContainerPort))
		return
	}
	setIfNil(&p.HostPort, 0)
}

func decimal(n int) *string {
	s := strconv.Itoa(n)
	return &s
}

func setIfNil[T any](p **T, value T) {
	if *p == nil {
		*p = &value
	}
}

func notNil[T any](list *[]T) {
	if *list == nil {
		*list = []T{}
	}
}

// Compatibilities is where tasks of the definition can run, as ECS works it out
// from what the definition uses (ECS semantics 7.2).
func Compatibilities(in *ecs.RegisterTaskDefinitionInput) []types.Compatibility {
	fargate := *in
	fargate.RequiresCompatibilities = []types.Compatibility{types.CompatibilityFargate}
	can := map[types.Compatibility]bool{
		types.CompatibilityExternal: in.NetworkMode != types.NetworkModeAwsvpc && in.ProxyConfiguration == nil &&
			in.EphemeralStorage == nil && !slices.ContainsFunc(in.Volumes, func(v types.Volume) bool { return is(v.ConfiguredAtLaunch) || v.EfsVolumeConfiguration != nil }),
		types.CompatibilityEc2:     in.EphemeralStorage == nil,
		types.CompatibilityFargate: in.NetworkMode == types.NetworkModeAwsvpc && len(Validate(&fargate).Errors()) == 0,
	}
	for _, required := range in.RequiresCompatibilities {
		can[required] = true
	}
	var out []types.Compatibility
	for _, c := range []types.Compatibility{types.CompatibilityExternal, types.CompatibilityEc2, types.CompatibilityFargate, types.CompatibilityManagedInstances} {
		if can[c] {
			out = append(out, c)
		}
	}
	return out
}

// Clone is a copy of the input that shares nothing with it.
func Clone(in *ecs.RegisterTaskDefinitionInput) (*ecs.RegisterTaskDefinitionInput, error) {
	out := &ecs.RegisterTaskDefinitionInput{}
	return out, recast(in, out)
}

// FromRegistered is the input that registers the revision again, without what
// only answers have. The tags come beside the revision in the API, and so here.
func FromRegistered(td *types.TaskDefinition, tags []types.Tag) (*ecs.RegisterTaskDefinitionInput, error) {
	out := &ecs.RegisterTaskDefinitionInput{}
	if err := recast(td, out); err != nil {
		return nil, err
	}
	if len(tags) > 0 {
		out.Tags = slices.Clone(tags)
	}
	return out, nil
}

// carry gives one structure the members that another has, too, and shares what
// they refer to.
func carry(from, to reflect.Value) {
	for _, m := range wire.Members(to.Type()) {
		if field := from.FieldByName(m.Field); field.IsValid() && field.Type() == m.In(to).Type() {
			m.In(to).Set(field)
		}
	}
}

// recast copies the members that both shapes have, by way of their JSON.
func recast(from, to any) error {
	text, err := wire.Encode(from)
	if err != nil {
		return fmt.Errorf("copy a task definition: %w", err)
	}
	if err := wire.Decode(text, to); err != nil {
		return fmt.Errorf("copy a task definition: %w", err)
	}
	return nil
}

// Render is the input as indented JSON, in the form that ParseTaskDefinition
// and the aws CLI read.
func Render(in *ecs.RegisterTaskDefinitionInput) ([]byte, error) {
	text, err := wire.EncodeIndent(in)
	if err != nil {
		return nil, fmt.Errorf("write a task definition: %w", err)
	}
	return append(text, '\n'), nil
}
