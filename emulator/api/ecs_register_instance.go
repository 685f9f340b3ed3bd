package api

import (
	"context"
	"encoding/json"
	"slices"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecs"

	"gantry/awsapi/shape"
	"gantry/ecs"
)

// identity is what an instance identity document says that ECS asks for.
type identity struct {
	InstanceID       string `json:"instanceId"`
	InstanceType     string `json:"instanceType"`
	AvailabilityZone string `json:"availabilityZone"`
}

func identityOf(document string) (id identity, err error) {
	if document == "" {
		return id, nil
	}
	if err := json.Unmarshal([]byte(document), &id); err != nil {
		return id, client("The instance identity document is not valid JSON.")
	}
	return id, nil
}

// untold is what is taken for an instance whose type is not told, or is none
// of the table: 4 vCPU and 8 GiB.
func untold(name string) ecs.InstanceType {
	return ecs.InstanceType{Name: name, VCPU: 4, CPUUnits: 4096, SpecMemoryMiB: 8192, RegisteredMemoryMiB: 8192, MaxENIs: 4, Architecture: "x86_64"}
}

// instance is the container instance that the document is of: what an agent on
// such a machine would register.
func (id *identity) instance(network Network) ecs.ContainerInstance {
	kind, ok := ecs.InstanceTypeByName(id.InstanceType)
	if !ok {
		kind = untold(id.InstanceType)
	}
	zone := id.AvailabilityZone
	if zone == "" {
		zone = sortedKeys(network.Subnets)[0]
	}
	out := simulatedInstance(kind, zone, network)
	out.Attributes = slices.DeleteFunc(out.Attributes, func(a ecs.Attribute) bool {
		return a.Value == "" && (a.Name == ecs.AttributeSubnetID || a.Name == ecs.AttributeInstanceType) // of a zone or a type that nobody named
	})
	return out
}

// RegisterContainerInstance is what an agent calls: with the resources of its
// machine, or with nothing but the identity document, by whose type the emulator
// knows them. Its own way is POST /_gantry/instances.
func (s *ECS) RegisterContainerInstance(_ context.Context, in *sdk.RegisterContainerInstanceInput) (*sdk.RegisterContainerInstanceOutput, error) {
	if _, _, err := s.cluster(in.Cluster); err != nil {
		return nil, err
	}
	tags, err := checkTags(nil, in.Tags)
	attributes := shape.List(in.Attributes, shape.AttributeFromSDK)
	id, unread := identityOf(text[string](in.InstanceIdentityDocument))
	if err := first(err, unread, checkInstanceAttributes(attributes)); err != nil {
		return nil, err
	}
	instance := ecs.ContainerInstance{Status: ecs.InstanceActive, AgentConnected: true}
	if text[string](in.InstanceIdentityDocument) != "" && len(in.TotalResources) == 0 {
		instance = id.instance(s.s.cfg.Network)
	} else if err := checkResources(in.TotalResources); err != nil {
		return nil, err
	} else {
		instance.Registered = shape.ResourcesFromSDK(in.TotalResources)
	}
	instance.EC2InstanceID, instance.Tags = id.InstanceID, tags
	if v := in.VersionInfo; v != nil {
		instance.AgentVersion, instance.DockerVersion = text[string](v.AgentVersion), text[string](v.DockerVersion)
	}
	for _, name := range []string{ecs.AttributeInstanceType, ecs.AttributeAvailabilityZone} {
		value := map[string]string{ecs.AttributeInstanceType: id.InstanceType, ecs.AttributeAvailabilityZone: id.AvailabilityZone}[name]
		named := slices.ContainsFunc(attributes, func(a ecs.Attribute) bool { return a.Name == name })
		if _, has := instance.Attribute(name); value != "" && !has && !named {
			attributes = append(attributes, ecs.Attribute{Name: name, Value: value})
		}
	}
	for _, a := range attributes { // what the agent says goes before what its type would
		instance.Attributes = slices.DeleteFunc(instance.Attributes, func(b ecs.Attribute) bool { return b.Name == a.Name })
		instance.Attributes = append(instance.Attributes, a)
	}
	slices.SortStableFunc(instance.Attributes, byAttributeName)
	registered, err := s.register(in.Cluster, instance)
	if err != nil {
		return nil, err
	}
	shown := shape.ContainerInstanceToSDK(registered)
	return &sdk.RegisterContainerInstanceOutput{ContainerInstance: &shown}, nil
}
