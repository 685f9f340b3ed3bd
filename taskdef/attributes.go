package taskdef

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// Prefixes of the capabilities that an agent advertises (ECS semantics 1.7
// [AGENT:agent/app/agent_capability.go]).
const (
	amazonCapability = "com.amazonaws.ecs.capability."
	capability       = "ecs.capability."
	dockerAPI        = amazonCapability + "docker-remote-api."
)

// attributeSet keeps names in the order in which they came, each once.
type attributeSet struct {
	names []string
	seen  map[string]bool
}

func (s *attributeSet) add(names ...string) {
	for _, name := range names {
		if !s.seen[name] {
			s.seen[name] = true
			s.names = append(s.names, name)
		}
	}
}

func (s *attributeSet) addIf(condition bool, names ...string) {
	if condition {
		s.add(names...)
	}
}

// RequiresAttributes is what a container instance must be able to do to run a
// task of the definition (ECS semantics 7.2, the table of derivations).
func RequiresAttributes(in *ecs.RegisterTaskDefinitionInput) []types.Attribute {
	s := &attributeSet{seen: map[string]bool{}}
	for i := range in.ContainerDefinitions {
		containerAttributes(s, in, &in.ContainerDefinitions[i])
	}
	if str(in.TaskRoleArn) != "" {
		if in.NetworkMode == types.NetworkModeHost {
			s.add(amazonCapability + "task-iam-role-network-host")
		} else {
			s.add(amazonCapability + "task-iam-role")
		}
	}
	s.addIf(in.NetworkMode == types.NetworkModeAwsvpc, capability+"task-eni")
	s.addIf(in.PidMode != "" || in.IpcMode != "", capability+"pid-ipc-namespace-sharing")
	s.addIf(in.ProxyConfiguration != nil, capability+"aws-appmesh")
	s.addIf(is(in.EnableFaultInjection), capability+"fault-injection")
	for i := range in.Volumes {
		volumeAttributes(s, &in.Volumes[i])
	}
	s.add(dockerAPI + "1.18")
	attributes := make([]types.Attribute, len(s.names))
	for i := range s.names {
		attributes[i].Name = &s.names[i]
	}
	return attributes
}

func containerAttributes(s *attributeSet, in *ecs.RegisterTaskDefinitionInput, d *types.ContainerDefinition) {
	role := str(in.ExecutionRoleArn) != ""
	if l := d.LogConfiguration; l != nil {
		logAttributes(s, l, role)
	}
	if isECR(str(d.Image)) {
		s.add(amazonCapability + "ecr-auth")
		s.addIf(role, capability+"execution-role-ecr-pull")
	}
	s.addIf(is(d.Privileged), amazonCapability+"privileged-container")
	s.addIf(num(d.MemoryReservation) > 0, dockerAPI+"1.21")
	s.addIf(d.HealthCheck != nil, capability+"container-health-check", dockerAPI+"1.24")
	s.addIf(d.LinuxParameters != nil && is(d.LinuxParameters.InitProcessEnabled), dockerAPI+"1.25")
	for i := range d.Secrets {
		s.add(capability + "secrets." + storeOf(&d.Secrets[i]) + ".environment-variables")
	}
	s.addIf(len(d.DependsOn) > 0, capability+"container-ordering")
	s.addIf(len(d.EnvironmentFiles) > 0, capability+"env-files.s3")
	s.addIf(d.RestartPolicy != nil && is(d.RestartPolicy.Enabled), capability+"container-restart-policy")
	s.addIf(d.RepositoryCredentials != nil, capability+"private-registry-authentication.secretsmanager")
	s.addIf(len(d.CredentialSpecs) > 0, capability+"gmsa")
	if d.FirelensConfiguration != nil {
		s.add(capability + "firelens." + string(d.FirelensConfiguration.Type))
	}
	for i := range d.PortMappings {
		s.addIf(str(d.PortMappings[i].ContainerPortRange) != "", capability+"network.container-port-range")
	}
}

func logAttributes(s *attributeSet, l *types.LogConfiguration, role bool) {
	switch l.LogDriver {
	case types.LogDriverAwslogs:
		s.add(amazonCapability+"logging-driver.awslogs", dockerAPI+"1.19")
		s.addIf(role, capability+"execution-role-awslogs")
	case types.LogDriverAwsfirelens:
		s.add(capability + "logging-driver.awsfirelens")
	case "":
	default:
		s.add(amazonCapability+"logging-driver."+string(l.LogDriver), dockerAPI+"1.18")
	}
	for i := range l.SecretOptions {
		s.add(capability + "secrets." + storeOf(&l.SecretOptions[i]) + ".bootstrap.log-driver")
	}
}

// storeOf tells where a secret is kept: asm is Secrets Manager, ssm the
// Parameter Store, whose parameters may be given by name.
func storeOf(secret *types.Secret) string {
	if parts := strings.Split(str(secret.ValueFrom), ":"); len(parts) > 2 && parts[0] == "arn" && parts[2] == "secretsmanager" {
		return "asm"
	}
	return "ssm"
}

func volumeAttributes(s *attributeSet, v *types.Volume) {
	if e := v.EfsVolumeConfiguration; e != nil {
		s.add(capability + "efs")
		s.addIf(e.AuthorizationConfig != nil, capability+"efsAuth")
	}
	if d := v.DockerVolumeConfiguration; d != nil && str(d.Driver) != "" {
		s.add(capability + "docker-plugin." + str(d.Driver))
	}
	s.addIf(is(v.ConfiguredAtLaunch), capability+"storage.ebs-task-volume-attach")
}
