package cmd

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"gantry/awsapi"
	"gantry/ecs"
	"gantry/emulator"
	"gantry/image"
	"gantry/internal/hint"
	"gantry/workflow"
	"gantry/worldfile"
)

// readWorldFile reads and checks the description of a world; nothing is made of one
// that is wrong.
func (f *Factory) readWorldFile(name string) (*worldfile.File, error) {
	r, name, err := f.open(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	file, findings, err := worldfile.Read(r, name, func(name string) (io.ReadCloser, error) {
		r, _, err := f.open(name)
		return r, err
	})
	return file, f.checked(name, findings, err, "made")
}

// worldMaker makes what a file describes.
type worldMaker struct {
	f       *Factory
	client  *awsapi.Client
	session *workflow.Session
	file    *worldfile.File
	groups  map[string]string // ARNs of the target groups, by name
}

// isFresh reports whether nothing was made in the world yet.
func isFresh(ctx context.Context, client *awsapi.Client) (bool, error) {
	faults, err := client.Faults(ctx)
	if err != nil || len(faults) > 0 {
		return false, err
	}
	var out struct{ ClusterArns, TaskDefinitionArns, Repositories []json.RawMessage }
	for operation, service := range map[string]string{"ListClusters": "ecs", "ListTaskDefinitions": "ecs", "DescribeRepositories": "ecr"} {
		if err := client.Call(ctx, service, operation, struct{}{}, &out); err != nil {
			return false, err
		}
	}
	return len(out.ClusterArns)+len(out.TaskDefinitionArns)+len(out.Repositories) == 0, nil
}

// makeWorld makes what the file describes in a fresh world, while its time stands
// still. Then it goes at the speed, else as it did before. What
// cannot be made leaves the world fresh.
func (f *Factory) makeWorld(ctx context.Context, client *awsapi.Client, file *worldfile.File, speed string) error {
	steps, err := file.Steps()
	if err != nil {
		return err
	}
	before, err := client.Clock(ctx)
	if err != nil {
		return err
	}
	if _, err := client.SetClock(ctx, "pause"); err != nil {
		return err
	}
	m := &worldMaker{f: f, client: client, file: file, groups: map[string]string{}, session: &workflow.Session{
		API: client, Images: client, Destination: destination(client), Now: client.Now, CommandPrefix: f.prefix(),
	}}
	for _, step := range steps {
		if err := m.make(ctx, step); err != nil {
			undone := client.Reset(context.WithoutCancel(ctx))
			return errors.Join(hint.With(fmt.Errorf("%s: %w", step.Place, err), hint.Of(err)), undone)
		}
	}
	_, err = client.SetClock(ctx, cmp.Or(speed, before.SpeedText))
	return err
}

func (m *worldMaker) make(ctx context.Context, step worldfile.Step) error {
	switch {
	case step.Group != nil:
		_, err := m.client.PutAutoScalingGroup(ctx, *step.Group)
		return err
	case step.Instances != nil:
		return m.instances(ctx, step.Instances)
	case step.Image != nil:
		return m.image(ctx, step.Image)
	case step.Fault != nil:
		_, err := m.client.MakeFault(ctx, *step.Fault)
		return err
	}
	return m.call(ctx, step.Call)
}

func (m *worldMaker) instances(ctx context.Context, x *worldfile.Instances) error {
	zones := x.Zones
	if len(zones) == 0 {
		zones = defaultZones(m.client)
	}
	arns, err := m.client.AddInstances(ctx, awsapi.NewInstances{Cluster: x.Cluster, InstanceType: x.Type, Zones: zones, Count: *x.Count})
	if err != nil {
		return err
	}
	for _, arn := range arns {
		var attributes, tags []map[string]string
		for _, name := range slices.Sorted(maps.Keys(x.Attributes)) {
			attributes = append(attributes, map[string]string{"name": name, "value": x.Attributes[name], "targetId": string(arn)})
		}
		for _, key := range slices.Sorted(maps.Keys(x.Tags)) {
			tags = append(tags, map[string]string{"key": key, "value": x.Tags[key]})
		}
		for some := range slices.Chunk(attributes, 10) { // as many as one call takes
			if err := m.client.Call(ctx, "ecs", "PutAttributes", map[string]any{"cluster": x.Cluster, "attributes": some}, nil); err != nil {
				return err
			}
		}
		if len(tags) > 0 {
			if err := m.client.Call(ctx, "ecs", "TagResource", map[string]any{"resourceArn": arn, "tags": tags}, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// image pushes a small image under each tag. Its fate is laid on the containers that
// run it, in every cluster of the file.
func (m *worldMaker) image(ctx context.Context, x *worldfile.Image) error {
	for _, tag := range x.Tags {
		m.session.OpenImage = func(context.Context, string) (*image.Image, error) { return image.Sample(tag) }
		pushed, err := m.session.Push(ctx, workflow.PushOptions{Repository: x.Repository, Tag: tag, Source: "sample:" + tag})
		if err != nil {
			return err
		}
		if x.Fate == "" {
			continue
		}
		for _, cluster := range m.file.ClusterNames() {
			name := strings.NewReplacer("/", "-", ":", "-").Replace("image-" + x.Repository + "-" + tag)
			if len(m.file.ClusterNames()) > 1 {
				name += "-" + cluster
			}
			fate := &ecs.FaultFate{Image: ecrName(pushed.Repository) + ":" + tag, Fate: x.Fate}
			if _, err := m.client.MakeFault(ctx, ecs.Fault{Name: name, Cluster: ecs.ClusterName(cluster), Fate: fate}); err != nil {
				return err
			}
		}
	}
	return nil
}

// ecrName is the name of a repository that task definitions know it by, whatever host
// the registry is called by.
func ecrName(r ecs.Repository) string {
	scope := r.ARN.Scope()
	return scope.Account + ".dkr.ecr." + scope.Region + ".amazonaws.com/" + r.Name
}

// call makes a call. A service may name the target groups of the file.
func (m *worldMaker) call(ctx context.Context, x *worldfile.Call) error {
	var out struct {
		TargetGroups []struct{ TargetGroupName, TargetGroupArn string }
	}
	input := x.Input
	if x.Operation == "CreateService" {
		text, err := json.Marshal(input)
		if err != nil {
			return err
		}
		if input, err = m.withTargetGroups(text); err != nil {
			return err
		}
	}
	if err := m.client.Call(ctx, x.Service, x.Operation, input, &out); err != nil {
		return err
	}
	for _, g := range out.TargetGroups {
		m.groups[g.TargetGroupName] = g.TargetGroupArn
	}
	return nil
}

// withTargetGroups puts ARNs where a service names target groups of the file.
func (m *worldMaker) withTargetGroups(text []byte) (any, error) {
	var document map[string]any
	if err := json.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	balancers, _ := document["loadBalancers"].([]any)
	for _, b := range balancers {
		balancer, _ := b.(map[string]any)
		if name, ok := balancer["targetGroupArn"].(string); ok && m.groups[name] != "" {
			balancer["targetGroupArn"] = m.groups[name]
		}
	}
	return document, nil
}

// defaultZones are the first three zones of a Region.
func defaultZones(client *awsapi.Client) []string {
	return []string{client.Region() + "a", client.Region() + "b", client.Region() + "c"}
}

// fromFile is how a fresh world begins, as the file says it. The flag for the speed
// wins over it.
func (o *serveOptions) fromFile(options emulator.Options) (emulator.Options, error) {
	if o.described.Seed != nil {
		options.Seed = uint64(*o.described.Seed) // checked to be none below 0
	}
	if o.described.Start != nil {
		options.Start = *o.described.Start
	}
	options.Standing = true // loading takes none of the world's time
	if o.speed == "" && o.described.Speed != "" {
		return options.WithSpeed(o.described.Speed)
	}
	return options, nil
}

// loadWorld makes what a file describes in the world that is served, unless something
// was made there before: then it has been told what it is.
// made is whether the world itself was made just now, and stands still therefore.
func (o *serveOptions) loadWorld(ctx context.Context, client *awsapi.Client, made bool) error {
	if o.described == nil {
		return nil
	}
	fresh, err := isFresh(ctx, client)
	if err != nil {
		return err
	}
	if !fresh {
		o.f.talker().Line("%s is not fresh, so %s was not loaded; gantry emulator reset makes it fresh", o.worldName(), o.worldFile)
		return nil
	}
	speed := cmp.Or(o.speed, o.described.Speed)
	if made {
		speed = cmp.Or(speed, strconv.Itoa(emulator.DefaultSpeed))
	}
	return o.f.makeWorld(ctx, client, o.described, speed)
}
