package taskdef

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// fargateOnly checks what Fargate asks for or does not support.
func (c *checker) fargateOnly() {
	if !c.fargate {
		return
	}
	if c.mode != types.NetworkModeAwsvpc {
		c.fail("networkMode", "Fargate only supports network mode ‘awsvpc’.")
	}
	for _, u := range fargateUnsupported(c.in) {
		if u.message != "" {
			c.fail(u.path, "%s", u.message)
		} else {
			c.fail(u.path, "Fargate compatible task definitions do not support %s", u.what)
		}
	}
	c.fargateRole()
	for i := range c.in.ContainerDefinitions {
		d := &c.in.ContainerDefinitions[i]
		c.fargateTimeout(containerPath(i), "startTimeout", d.StartTimeout)
		c.fargateTimeout(containerPath(i), "stopTimeout", d.StopTimeout)
	}
}

func (c *checker) fargateTimeout(path, member string, value *int32) {
	const shortest, longest = 2, 120 // seconds [API:ContainerDefinition]
	if value != nil && (*value < shortest || *value > longest) {
		c.fail(path+"."+member, "Fargate requires '%s' to be from %d to %d seconds", member, shortest, longest)
	}
}

// fargateRole checks that there is a role for what Fargate does before the
// containers run (ECS semantics 7.4).
func (c *checker) fargateRole() {
	if str(c.in.ExecutionRoleArn) != "" {
		return
	}
	const needs = "Fargate requires task definition to have execution role ARN to support "
	ecr := false
	drivers := map[types.LogDriver]bool{}
	for i := range c.in.ContainerDefinitions {
		d := &c.in.ContainerDefinitions[i]
		ecr = ecr || isECR(str(d.Image))
		if d.LogConfiguration != nil && d.LogConfiguration.LogDriver == types.LogDriverAwslogs {
			drivers[types.LogDriverAwslogs] = true
		}
	}
	next := "add executionRoleArn, for example the role ecsTaskExecutionRole of the account"
	if drivers[types.LogDriverAwslogs] {
		c.fail("executionRoleArn", needs+"log driver awslogs.").Hint = next
	}
	if ecr {
		c.fail("executionRoleArn", needs+"ECR images.").Hint = next
	}
}

// isECR tells the images of a private ECR registry: ACCOUNT.dkr.ecr.REGION.….
func isECR(image string) bool {
	host, _, ok := strings.Cut(image, "/")
	account, rest, dotted := strings.Cut(host, ".")
	return ok && dotted && len(account) == 12 && strings.Trim(account, "0123456789") == "" &&
		(strings.HasPrefix(rest, "dkr.ecr.") || strings.HasPrefix(rest, "dkr.ecr-fips."))
}

// unsupported is a member that keeps a task definition off Fargate. It has a
// message of its own, or a name for the general one.
type unsupported struct {
	path, what, message string
}

// fargateUnsupported lists what in the input Fargate does not support [DG:
// task definition parameters for Fargate].
func fargateUnsupported(in *ecs.RegisterTaskDefinitionInput) []unsupported {
	var out []unsupported
	if in.PidMode == types.PidModeHost {
		out = append(out, unsupported{path: "pidMode", message: "Tasks using the Fargate launch type do not support pidMode 'host'. The supported value for pidMode is 'task'."})
	}
	if in.IpcMode != "" {
		out = append(out, unsupported{path: "ipcMode", what: "ipcMode"})
	}
	if len(in.PlacementConstraints) > 0 {
		out = append(out, unsupported{path: "placementConstraints", what: "placementConstraints"})
	}
	for i := range in.Volumes {
		v, path := &in.Volumes[i], fmt.Sprintf("volumes[%d]", i)
		if v.Host != nil && str(v.Host.SourcePath) != "" {
			out = append(out, unsupported{path: path + ".host.sourcePath", what: "sourcePath"})
		}
		if v.DockerVolumeConfiguration != nil {
			out = append(out, unsupported{path: path + ".dockerVolumeConfiguration", what: "dockerVolumeConfiguration"})
		}
		if v.FsxWindowsFileServerVolumeConfiguration != nil {
			out = append(out, unsupported{path: path + ".fsxWindowsFileServerVolumeConfiguration", what: "fsxWindowsFileServerVolumeConfiguration"})
		}
	}
	for i := range in.ContainerDefinitions {
		out = append(out, fargateUnsupportedIn(&in.ContainerDefinitions[i], containerPath(i))...)
	}
	return out
}

func fargateUnsupportedIn(d *types.ContainerDefinition, path string) []unsupported {
	var out []unsupported
	add := func(present bool, member, what string) {
		if present {
			out = append(out, unsupported{path: path + "." + member, what: what})
		}
	}
	add(is(d.Privileged), "privileged", "privileged")
	add(len(d.DockerSecurityOptions) > 0, "dockerSecurityOptions", "dockerSecurityOptions")
	for j := range d.ResourceRequirements {
		add(d.ResourceRequirements[j].Type == types.ResourceTypeGpu, fmt.Sprintf("resourceRequirements[%d]", j), "GPU resource requirements")
	}
	if l := d.LogConfiguration; l != nil {
		switch l.LogDriver {
		case "", types.LogDriverAwslogs, types.LogDriverSplunk, types.LogDriverAwsfirelens:
		default:
			add(true, "logConfiguration.logDriver", "log driver "+string(l.LogDriver)+"; use awslogs, splunk or awsfirelens")
		}
	}
	l := d.LinuxParameters
	if l == nil {
		return out
	}
	add(len(l.Devices) > 0, "linuxParameters.devices", "devices")
	add(l.MaxSwap != nil, "linuxParameters.maxSwap", "maxSwap")
	add(l.Swappiness != nil, "linuxParameters.swappiness", "swappiness")
	add(l.SharedMemorySize != nil, "linuxParameters.sharedMemorySize", "sharedMemorySize")
	add(len(l.Tmpfs) > 0, "linuxParameters.tmpfs", "tmpfs")
	if l.Capabilities != nil {
		for j, name := range l.Capabilities.Add {
			add(name != "SYS_PTRACE", fmt.Sprintf("linuxParameters.capabilities.add[%d]", j), "the capability "+name+"; SYS_PTRACE is the only one that can be added")
		}
	}
	return out
}
