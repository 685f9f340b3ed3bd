package taskdef

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/awsapi/wire"
)

// Change is one member that two definitions differ in. Before is "" for a member
// that was not there, After for one that is gone; else they are text for people.
type Change struct {
	Path, Before, After string
}

// Same tells whether registering b would make a revision equal to a: what ECS
// fills in, what is empty, the spelling of sizes and the order of variables,
// secrets and compatibilities do not count. Tags do not count either; SameTags
// compares those.
func Same(a, b *ecs.RegisterTaskDefinitionInput) bool { return len(Changes(a, b)) == 0 }

// Changes lists what differs from a to b, by the rules of Same, by path. An
// entry of the environment goes by its name: containerDefinitions[0].environment.PORT.
func Changes(a, b *ecs.RegisterTaskDefinitionInput) []Change {
	before, after := map[string]string{}, map[string]string{}
	flatten(canonical(a), "", before)
	flatten(canonical(b), "", after)
	paths := map[string]bool{}
	for p := range before {
		paths[p] = true
	}
	for p := range after {
		paths[p] = true
	}
	var out []Change
	for _, p := range slices.Sorted(maps.Keys(paths)) {
		if before[p] != after[p] {
			out = append(out, Change{Path: p, Before: before[p], After: after[p]})
		}
	}
	return out
}

// SameTags tells whether two lists hold the same tags, in whichever order.
func SameTags(a, b []types.Tag) bool {
	set := func(tags []types.Tag) map[string]string {
		m := map[string]string{}
		for _, t := range tags {
			m[str(t.Key)] = str(t.Value)
		}
		return m
	}
	return maps.Equal(set(a), set(b))
}

// canonical is the input as a tree in which equal meaning is equal form.
func canonical(in *ecs.RegisterTaskDefinitionInput) any {
	full, err := Defaults(in)
	if err != nil {
		// A value without a form in JSON equals nothing, not even itself.
		return fmt.Sprintf("%p: %v", in, err)
	}
	full.Tags = nil
	slices.Sort(full.RequiresCompatibilities)
	platform := full.RuntimePlatform
	if slices.Contains(full.RequiresCompatibilities, types.CompatibilityFargate) {
		if platform == nil {
			platform = &types.RuntimePlatform{}
		}
		if platform.OperatingSystemFamily == "" {
			platform.OperatingSystemFamily = types.OSFamilyLinux
		}
		if platform.CpuArchitecture == "" {
			platform.CpuArchitecture = types.CPUArchitectureX8664
		}
		full.RuntimePlatform = platform
	}
	for i := range full.ContainerDefinitions {
		d := &full.ContainerDefinitions[i]
		if d.HealthCheck != nil && num(d.HealthCheck.StartPeriod) == 0 {
			d.HealthCheck.StartPeriod = nil // off either way
		}
		if d.VersionConsistency == types.VersionConsistencyEnabled {
			d.VersionConsistency = "" // the default
		}
	}
	return tree(reflect.ValueOf(full).Elem())
}

// tree turns a shape into maps, lists and scalars without anything that is
// empty. Lists of named values become maps.
func tree(v reflect.Value) any {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	switch wire.KindOf(v.Type()) {
	case wire.KindStructure:
		out := map[string]any{}
		for _, m := range wire.Members(v.Type()) {
			if inner := tree(v.FieldByName(m.Field)); inner != nil {
				out[m.Name] = inner
			}
		}
		return orNil(out)
	case wire.KindList:
		return listTree(v)
	case wire.KindMap:
		out := map[string]any{}
		for _, key := range v.MapKeys() {
			out[key.String()] = v.MapIndex(key).Interface() // an empty label is a label
		}
		return orNil(out)
	case wire.KindString, wire.KindEnum:
		if v.String() == "" {
			return nil
		}
		return v.String()
	case wire.KindBoolean:
		// Every flag but essential, which is filled in, is false by default.
		if !v.Bool() {
			return nil
		}
		return true
	default:
		return v.Interface()
	}
}

func orNil(m map[string]any) any {
	if len(m) == 0 {
		return nil
	}
	return m
}

func listTree(v reflect.Value) any {
	if v.Len() == 0 {
		return nil
	}
	switch list := v.Interface().(type) {
	case []types.KeyValuePair:
		out := map[string]any{}
		for _, e := range list {
			out[str(e.Name)] = str(e.Value)
		}
		return out
	case []types.Secret:
		out := map[string]any{}
		for _, e := range list {
			out[str(e.Name)] = str(e.ValueFrom)
		}
		return out
	}
	out := make([]any, v.Len())
	for i := range out {
		out[i] = tree(v.Index(i))
	}
	return out
}

// flatten writes every leaf of the tree under its path.
func flatten(v any, path string, into map[string]string) {
	switch v := v.(type) {
	case nil:
	case map[string]any:
		for key, inner := range v {
			flatten(inner, strings.TrimPrefix(path+"."+key, "."), into)
		}
	case []any:
		if text, ok := scalars(v); ok {
			into[path] = text
			return
		}
		for i, inner := range v {
			flatten(inner, fmt.Sprintf("%s[%d]", path, i), into)
		}
	case string:
		into[path] = v
		if v == "" {
			into[path] = `""`
		}
	default:
		into[path] = fmt.Sprint(v)
	}
}

// scalars shows a list of plain values, such as a command, in one piece.
func scalars(list []any) (string, bool) {
	for _, v := range list {
		switch v.(type) {
		case map[string]any, []any:
			return "", false
		}
	}
	text, err := json.Marshal(list)
	return string(text), err == nil
}
