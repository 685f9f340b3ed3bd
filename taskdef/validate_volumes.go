package taskdef

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// volumes checks the volumes and who mounts them (ECS semantics 7.8).
func (c *checker) volumes() {
	names := map[string]bool{}
	var known []string
	for i := range c.in.Volumes {
		v, path := &c.in.Volumes[i], fmt.Sprintf("volumes[%d]", i)
		name := str(v.Name)
		switch {
		case !isName(name) && !is(v.ConfiguredAtLaunch) || name == "" || len(name) > maxName:
			c.fail(path+".name", "a volume needs a name of up to %d letters, digits, - and _, got %q", maxName, name)
		case names[name]:
			c.fail(path+".name", "the volume name %q is already used", name)
		}
		names[name] = true
		known = append(known, name)
		c.volume(v, path)
	}
	for i := range c.in.ContainerDefinitions {
		for j, m := range c.in.ContainerDefinitions[i].MountPoints {
			path := fmt.Sprintf("%s.mountPoints[%d]", containerPath(i), j)
			if name := str(m.SourceVolume); !names[name] {
				f := c.fail(path+".sourceVolume", "Unknown volume '%s'.", name)
				if near := Nearest(name, known); near != "" {
					f.Hint = fmt.Sprintf("did you mean %q?", near)
				}
			}
			if str(m.ContainerPath) == "" {
				c.fail(path+".containerPath", "a mount point needs a containerPath")
			}
		}
	}
}

func (c *checker) volume(v *types.Volume, path string) {
	kinds := 0
	for _, present := range []bool{v.Host != nil && str(v.Host.SourcePath) != "", v.DockerVolumeConfiguration != nil, v.EfsVolumeConfiguration != nil,
		v.FsxWindowsFileServerVolumeConfiguration != nil, v.S3filesVolumeConfiguration != nil} {
		if present {
			kinds++
		}
	}
	if kinds > 1 {
		c.fail(path, "the volume %q has more than one kind of configuration", str(v.Name))
	}
	if v.EfsVolumeConfiguration != nil {
		c.efs(v.EfsVolumeConfiguration, path+".efsVolumeConfiguration")
	}
}

func (c *checker) efs(e *types.EFSVolumeConfiguration, path string) {
	encrypted := e.TransitEncryption == types.EFSTransitEncryptionEnabled
	if str(e.FileSystemId) == "" {
		c.fail(path+".fileSystemId", "an EFS volume needs a fileSystemId")
	}
	if e.TransitEncryptionPort != nil && !encrypted {
		c.fail(path+".transitEncryptionPort", "TransitEncryptionPort requires that TransitEncryption is enabled")
	}
	a := e.AuthorizationConfig
	if a == nil {
		return
	}
	if a.Iam == types.EFSAuthorizationConfigIAMEnabled && !encrypted {
		c.fail(path+".authorizationConfig.iam", "EFS IAM authorization requires TransitEncryption to be enabled")
	}
	if root := str(e.RootDirectory); str(a.AccessPointId) != "" && root != "" && root != "/" {
		c.fail(path+".rootDirectory", `When using an EFS access point, the root directory must either be set to "/" or be omitted`)
	}
}
