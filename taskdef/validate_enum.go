package taskdef

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/awsapi/wire"
)

// enums checks every member that takes one of a list of words.
func (c *checker) enums() { c.enumsOf(reflect.ValueOf(c.in).Elem(), nil) }

// place is where a value stands: a member, or when the name is empty an item of a
// list. Its text is made when there is something to say.
type place struct {
	within *place
	name   string
	index  int
}

func (p *place) String() string {
	switch {
	case p == nil:
		return ""
	case p.name == "":
		return fmt.Sprintf("%s[%d]", p.within, p.index)
	case p.within == nil:
		return p.name
	}
	return p.within.String() + "." + p.name
}

func (c *checker) enumsOf(v reflect.Value, at *place) {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		if v.IsNil() {
			return
		}
		v = v.Elem()
	}
	switch wire.KindOf(v.Type()) {
	case wire.KindStructure:
		for _, m := range wire.Members(v.Type()) {
			c.enumsOf(m.In(v), &place{within: at, name: m.Name})
		}
	case wire.KindList:
		for i := range v.Len() {
			c.enumsOf(v.Index(i), &place{within: at, index: i})
		}
	case wire.KindEnum:
		c.enum(v, at)
	}
}

func (c *checker) enum(v reflect.Value, at *place) {
	got, known := v.String(), wire.EnumValues(v.Type())
	if got == "" || len(known) == 0 || slices.Contains(known, got) {
		return
	}
	path := at.String()
	switch v.Type() {
	case reflect.TypeFor[types.NetworkMode]():
		if got == "default" { // the mode of Windows containers, which the model does not list
			return
		}
	case reflect.TypeFor[types.TransportProtocol]():
		c.warn(path, "ECS knows the protocols tcp and udp (in lower case) and takes %q for tcp", got)
		return
	case reflect.TypeFor[types.TaskDefinitionPlacementConstraintType]():
		c.fail(path, "constraint.type '%s' is not supported.", got).
			Hint = "a task definition takes memberOf; give distinctInstance to the service or to run-task"
		return
	}
	name := path[strings.LastIndexByte(path, '.')+1:]
	if i := strings.IndexByte(name, '['); i >= 0 {
		name = name[:i]
	}
	f := c.fail(path, "%s should be one of [%s]", name, strings.Join(known, ","))
	if near := meant(got, known); near != "" {
		f.Hint = fmt.Sprintf("write %q instead of %q", near, got)
	} else {
		f.Hint = fmt.Sprintf("it is %q", got)
	}
}

// meant is nearest that knows the other names of the architectures.
func meant(got string, known []string) string {
	switch strings.ToLower(got) {
	case "amd64", "x64", "x86", "x86-64":
		got = string(types.CPUArchitectureX8664)
	case "aarch64":
		got = string(types.CPUArchitectureArm64)
	}
	return Nearest(got, known)
}
