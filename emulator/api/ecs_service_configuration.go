package api

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/ecs"
)

// configured are the members of a service that are kept as they came, and of
// which the emulator checks what they name.
type configured struct {
	connect    *types.ServiceConnectConfiguration
	volumes    []types.ServiceVolumeConfiguration
	lattice    []types.VpcLatticeConfiguration
	gateways   []types.GatewayConnector
	monitoring *types.MonitoringConfiguration
}

// check refuses names that the task definition lacks (ECS semantics 4.19
// [PREFLIGHT]) and numbers out of range [API:MonitoringConfiguration,
// CreateService]. namespace is the cluster's default for Service Connect.
func (c *configured) check(definition *types.TaskDefinition, namespace string) error {
	var ports []*string
	if k := c.connect; k != nil {
		if k.Enabled && text[string](k.Namespace) == "" && namespace == "" {
			return invalid("Namespace is missing")
		}
		for _, service := range k.Services {
			ports = append(ports, service.PortName)
		}
	}
	for _, l := range c.lattice {
		ports = append(ports, l.PortName)
	}
	if len(c.gateways) > 1 {
		return invalid("A service can have at most one gateway connector.")
	}
	for _, g := range c.gateways {
		ports = append(ports, g.PortName)
	}
	for _, port := range ports {
		if !namesPort(definition, text[string](port)) {
			return invalid("portName(%s) does not refer to any named PortMapping in the container definitions", text[string](port))
		}
	}
	for _, v := range c.volumes {
		if err := checkVolume(definition, text[string](v.Name)); err != nil {
			return err
		}
	}
	return checkMonitoring(c.monitoring)
}

func namesPort(definition *types.TaskDefinition, name string) bool {
	return slices.ContainsFunc(definition.ContainerDefinitions, func(d types.ContainerDefinition) bool {
		return slices.ContainsFunc(d.PortMappings, func(p types.PortMapping) bool { return name != "" && text[string](p.Name) == name })
	})
}

// checkVolume refuses a volume that the task definition does not leave to be
// configured at launch.
func checkVolume(definition *types.TaskDefinition, name string) error {
	if slices.ContainsFunc(definition.Volumes, func(v types.Volume) bool {
		return text[string](v.Name) == name && v.ConfiguredAtLaunch != nil && *v.ConfiguredAtLaunch
	}) {
		return nil
	}
	return invalid("The volume name '%s' in your request does not have a matching volume in your Task Definition", name)
}

func checkMonitoring(m *types.MonitoringConfiguration) error {
	if m == nil {
		return nil
	}
	for _, c := range m.MetricConfigurations {
		if c.ResolutionSeconds == nil || *c.ResolutionSeconds != 20 && *c.ResolutionSeconds != 60 {
			return invalid("resolutionSeconds should be one of [20,60]")
		}
		for _, name := range c.MetricNames {
			if known := []string{"CPUUtilization", "MemoryUtilization"}; !slices.Contains(known, name) {
				return shouldBeOneOf("metric name", known)
			}
		}
	}
	return nil
}

// definitionOf is the document of a task definition that something runs, or is to
// run.
func (s *ECS) definitionOf(arn ecs.ARN) (types.TaskDefinition, error) {
	ref, err := s.parseReference(string(arn))
	if err != nil {
		return types.TaskDefinition{}, err
	}
	record, _, err := s.tx.TaskDefinition(ref.family, ref.revision)
	if err != nil || record.Document == nil {
		return types.TaskDefinition{}, err
	}
	return documentOf(record)
}

// checkConfigured checks what a request says of a service against the task
// definition that the service is to have.
func (s *ECS) checkConfigured(cluster ecs.ClusterName, definition ecs.ARN, c configured) error {
	if c.connect == nil && c.monitoring == nil && len(c.volumes)+len(c.lattice)+len(c.gateways) == 0 {
		return nil
	}
	document, err := s.definitionOf(definition)
	if err != nil {
		return err
	}
	record, _, err := s.tx.Cluster(cluster)
	if err != nil {
		return err
	}
	if err := c.check(&document, record.Namespace); err != nil {
		return err
	}
	if c.connect == nil || !c.connect.Enabled {
		return nil
	}
	given := text[string](c.connect.Namespace)
	if _, ok, err := s.namespace(given); err != nil || ok || given == "" {
		return err
	}
	return errNoNamespace(given)
}
