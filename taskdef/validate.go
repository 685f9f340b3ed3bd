package taskdef

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/awsapi/wire"
)

// Limits of a task definition (ECS semantics 7.3 [General Reference: quotas]).
const (
	maxContainers       = 10
	maxConstraints      = 10
	maxEnvironmentFiles = 10
	maxPortRanges       = 100
	maxTags             = 50
	maxName             = 255
	maxTagKey           = 128
	maxTagValue         = 256
	minEphemeralGiB     = 21
	maxEphemeralGiB     = 200
)

// Validate checks what RegisterTaskDefinition would be asked for, and reports
// everything that there is to say. Findings carry the path and no position. The
// errors come before the warnings, and the gravest first, so that the first of
// them is what a service answers that reports but one; its message is the one of
// ECS where that is known (ECS semantics 7.5).
func Validate(in *ecs.RegisterTaskDefinitionInput) Findings {
	c := &checker{in: in, mode: in.NetworkMode, fargate: slices.Contains(in.RequiresCompatibilities, types.CompatibilityFargate)}
	c.size()
	c.family()
	c.enums()
	c.containers()
	c.taskSizes()
	c.ports()
	c.network()
	c.dependencies()
	c.logs()
	c.secrets()
	c.volumes()
	c.constraints()
	c.fargateOnly()
	c.others()
	c.tags()
	c.lint()
	slices.SortStableFunc(c.findings, func(a, b Finding) int { return int(a.Severity) - int(b.Severity) })
	return c.findings
}

// checker collects the findings about one input.
type checker struct {
	in       *ecs.RegisterTaskDefinitionInput
	mode     types.NetworkMode
	fargate  bool
	findings Findings
}

func (c *checker) fail(path, format string, args ...any) *Finding {
	return c.add(Error, path, format, args...)
}

func (c *checker) warn(path, format string, args ...any) *Finding {
	return c.add(Warning, path, format, args...)
}

// add returns the finding so that a hint can be attached at once.
func (c *checker) add(s Severity, path, format string, args ...any) *Finding {
	c.findings = append(c.findings, Finding{Severity: s, Path: path, Message: fmt.Sprintf(format, args...)})
	return &c.findings[len(c.findings)-1]
}

func containerPath(i int) string { return fmt.Sprintf("containerDefinitions[%d]", i) }

func (c *checker) size() {
	text, err := wire.Encode(c.in)
	if err == nil && len(text) > MaxDefinitionBytes {
		c.fail("", "the task definition is %d bytes long as JSON; ECS takes at most %d (64 KiB)", len(text), MaxDefinitionBytes).
			Hint = "move long values out of it, for example the environment into an environment file on S3"
	}
}

func (c *checker) family() {
	family := str(c.in.Family)
	switch {
	case family == "":
		c.fail("family", "Family can not be blank.")
	case !isName(family):
		c.fail("family", "Family contains invalid characters.").Hint = "use letters, digits, - and _"
	case len(family) > maxName:
		c.fail("family", "Family is longer than %d characters.", maxName)
	}
}

// isName tells whether the text is made of what names in ECS are made of.
func isName(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_')
	}) < 0
}

func (c *checker) containers() {
	defs := c.in.ContainerDefinitions
	switch {
	case len(defs) == 0:
		c.fail("containerDefinitions", "Container list cannot be empty.")
		return
	case len(defs) > maxContainers:
		c.fail("containerDefinitions", "a task definition has at most %d containers, this one has %d", maxContainers, len(defs))
	}
	seen := map[string]bool{}
	essential := false
	for i := range defs {
		c.container(&defs[i], containerPath(i))
		name := str(defs[i].Name)
		if name != "" && seen[name] {
			c.fail(containerPath(i)+".name", "Container names must be unique within a task definition").
				Hint = fmt.Sprintf("there are two containers named %q", name)
		}
		seen[name] = true
		essential = essential || isEssential(&defs[i])
	}
	if !essential {
		c.fail("containerDefinitions", "Task definition doesn't have any essential container").
			Hint = "leave essential out of the main container, or set it to true"
	}
}

func isEssential(d *types.ContainerDefinition) bool { return d.Essential == nil || *d.Essential }

func (c *checker) container(d *types.ContainerDefinition, path string) {
	name := str(d.Name)
	switch {
	case name == "":
		c.fail(path+".name", "Container.name should not be null or empty.")
	case !isName(name):
		c.fail(path+".name", "Container.name contains invalid characters.").Hint = "use letters, digits, - and _"
	case len(name) > maxName:
		c.fail(path+".name", "Container.name is longer than %d characters.", maxName)
	}
	image := str(d.Image)
	switch {
	case image == "":
		c.fail(path+".image", "Container.image should not be null or empty.").Hint = "give REPOSITORY:TAG or REPOSITORY@DIGEST"
	case len(image) > maxName:
		c.fail(path+".image", "Container.image is longer than %d characters.", maxName)
	case strings.ContainsAny(image, " \t\r\n\"'"):
		c.fail(path+".image", "Container.image contains invalid characters.")
	}
	c.containerMemory(d, path, name)
	if d.Cpu < 0 {
		c.fail(path+".cpu", "Invalid 'cpu' setting for container '%s'. It must not be negative.", name)
	}
}

func (c *checker) containerMemory(d *types.ContainerDefinition, path, name string) {
	if d.Memory == nil && d.MemoryReservation == nil && str(c.in.Memory) == "" && !c.fargate {
		c.fail(path, "Invalid setting for container '%s'. At least one of 'memory' or 'memoryReservation' must be specified.", name).
			Hint = "add memory (the hard limit in MiB) to the container, or to the whole task"
	}
	for _, limit := range []struct {
		member string
		value  *int32
	}{{"memory", d.Memory}, {"memoryReservation", d.MemoryReservation}} {
		const smallest = 6 // MiB, as current versions of Docker want it
		switch {
		case limit.value == nil:
		case *limit.value <= 0:
			c.fail(path+"."+limit.member, "Invalid '%s' setting for container '%s'. It must be greater than 0.", limit.member, name)
		case *limit.value < smallest:
			c.warn(path+"."+limit.member, "container '%s' gets %d MiB; Docker needs at least %d to start one", name, *limit.value, smallest)
		}
	}
	if d.Memory != nil && d.MemoryReservation != nil && *d.Memory < *d.MemoryReservation {
		c.fail(path+".memory", "'memory' must be greater than or equal to 'memoryReservation'")
	}
}

func (c *checker) tags() {
	if len(c.in.Tags) > maxTags {
		c.fail("tags", "a task definition has at most %d tags, this one has %d", maxTags, len(c.in.Tags))
	}
	seen := map[string]bool{}
	for i, tag := range c.in.Tags {
		path := fmt.Sprintf("tags[%d]", i)
		key := str(tag.Key)
		switch {
		case key == "":
			c.fail(path+".key", "a tag needs a key")
		case strings.HasPrefix(strings.ToLower(key), "aws:"):
			c.fail(path+".key", "the tag key %q begins with aws:, which is reserved", key)
		case len([]rune(key)) > maxTagKey:
			c.fail(path+".key", "the tag key is longer than %d characters", maxTagKey)
		case seen[key]:
			c.fail(path+".key", "the tag key %q is here twice", key)
		}
		seen[key] = true
		if len([]rune(str(tag.Value))) > maxTagValue {
			c.fail(path+".value", "the value of the tag %q is longer than %d characters", key, maxTagValue)
		}
	}
}

// str is the text behind the pointer, or "".
func str(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// num is the number behind the pointer, or 0.
func num(n *int32) int32 {
	if n == nil {
		return 0
	}
	return *n
}

// is tells whether the flag is there and set.
func is(b *bool) bool { return b != nil && *b }
