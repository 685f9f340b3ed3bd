package emulator_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"gantry/awsapi/wire"
)

// membersOf is one operation with where each member of its input is to be seen
// afterwards. Requests are in testdata/members/OPERATION.json.
type membersOf struct {
	operation string
	input     any
	// send does a request and describes what came of it, by a name.
	send func(r *rig, in any) map[string]any
	// at says where members are shown, by the beginning of their path: NAME.PATH
	// of what was described, or NAME.PATH.* for anywhere below it. A member that
	// has no line here is under the first name by its own path.
	at map[string][]string
	// unseen are the members that ECS itself shows nowhere, with the reason.
	unseen map[string]string
	// refused are the members that a request cannot have, with the reason.
	refused map[string]string
}

// TestNoMemberIsDropped: whatever a request says can be seen afterwards. It fails
// too when the SDK has a member that no request in testdata/members has.
func TestNoMemberIsDropped(t *testing.T) {
	for _, m := range []membersOf{
		clusterMembers("CreateCluster", &ecs.CreateClusterInput{}), clusterMembers("UpdateCluster", &ecs.UpdateClusterInput{}),
		providerMembers("CreateCapacityProvider", &ecs.CreateCapacityProviderInput{}), providerMembers("UpdateCapacityProvider", &ecs.UpdateCapacityProviderInput{}),
		definitionMembers(), serviceMembers("CreateService", &ecs.CreateServiceInput{}), serviceMembers("UpdateService", &ecs.UpdateServiceInput{}),
		taskMembers("RunTask", &ecs.RunTaskInput{}), taskMembers("StartTask", &ecs.StartTaskInput{}), taskSetMembers(),
	} {
		t.Run(m.operation, func(t *testing.T) { m.check(t) })
	}
}

func (m *membersOf) check(t *testing.T) {
	text, err := os.ReadFile("testdata/members/" + m.operation + ".json")
	if err != nil {
		t.Fatal(err)
	}
	r := ephemeral(t)
	r.cluster()
	r.define(t)
	namespace, registry := r.discoverable(t)
	text = bytes.ReplaceAll(text, []byte("NAMESPACE"), []byte(namespace))
	text = bytes.ReplaceAll(text, []byte("REGISTRY"), []byte(registry))
	var requests []json.RawMessage
	if err := json.Unmarshal(text, &requests); err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	for i, request := range requests {
		in := reflect.New(reflect.TypeOf(m.input).Elem()).Interface()
		if err := wire.Decode(request, in); err != nil {
			t.Fatalf("request %d: %v", i, err)
		}
		shown := map[string]string{}
		for name, noun := range m.send(r, in) {
			for path, value := range flat(t, name, noun) {
				shown[path] = value
			}
		}
		for path, value := range flat(t, "", in) {
			said[plain(path)] = true
			for _, where := range m.where(path) {
				if !seen(shown, where, value) {
					t.Errorf("request %d says %s is %s, and %s is %q", i, path, value, where, shown[where])
				}
			}
		}
	}
	for _, path := range leaves(reflect.TypeOf(m.input), "") {
		_, begins := first(said, path)
		_, refused := longest(m.refused, path)
		if !said[path] && !begins && !refused {
			t.Errorf("no request in testdata/members/%s.json has %s", m.operation, path)
		}
	}
}

// where is where the member of that path has to be shown.
func (m *membersOf) where(path string) []string {
	rule, ok := longest(m.unseen, path)
	if ok && m.unseen[rule] == "" {
		panic("a reason is missing for " + rule)
	}
	shown, other := longest(m.at, path)
	switch {
	case ok && len(rule) >= len(shown):
		return nil
	case !other:
		return []string{"noun." + path}
	}
	var out []string
	for _, where := range m.at[shown] {
		if !strings.HasSuffix(where, ".*") {
			where += strings.TrimPrefix(path, shown)
		}
		out = append(out, where)
	}
	return out
}

// longest is the longest of the keys that the path begins with; indexes of lists
// do not count.
func longest[T any](rules map[string]T, path string) (best string, ok bool) {
	for rule := range rules {
		if (plain(path) == rule || strings.HasPrefix(plain(path), rule+".") || path == rule) && len(rule) >= len(best) {
			best, ok = rule, true
		}
	}
	return best, ok
}

// seen reports whether a value is shown: itself, or where it is a name, the ARN
// that ends in it.
func seen(shown map[string]string, where, value string) bool {
	same := func(got string) bool {
		return got == value || strings.HasSuffix(strings.Trim(got, `"`), "/"+strings.Trim(value, `"`))
	}
	below, anywhere := strings.CutSuffix(where, ".*")
	if !anywhere {
		got, ok := shown[where]
		return ok && same(got)
	}
	for path, got := range shown {
		if strings.HasPrefix(path, below) && (same(got) || got == `"`+value+`"`) {
			return true
		}
	}
	return false
}

var index = regexp.MustCompile(`\[\d+\]`)

// plain is a path without the indexes of lists.
func plain(path string) string { return index.ReplaceAllString(path, "") }

// first is one of the paths that lead on from a path: what an open document or a
// map holds.
func first(paths map[string]bool, path string) (string, bool) {
	for p := range paths {
		if strings.HasPrefix(p, path+".") {
			return p, true
		}
	}
	return "", false
}

// flat is a shape of the SDK as its leaves, by path.
func flat(t *testing.T, name string, shape any) map[string]string {
	t.Helper()
	data, err := wire.Encode(shape)
	if err != nil {
		t.Fatal(err)
	}
	var tree any
	if err := json.Unmarshal(data, &tree); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for key, value := range v {
				walk(strings.TrimPrefix(path+"."+key, "."), value)
			}
		case []any:
			for i, value := range v {
				walk(fmt.Sprintf("%s[%d]", path, i), value)
			}
		default:
			text, _ := json.Marshal(v)
			out[path] = string(text)
		}
	}
	walk(name, tree)
	return out
}

// leaves are the paths of all members of a shape that have no members.
func leaves(shape reflect.Type, path string) []string {
	var out []string
	for _, m := range wire.Members(shape) {
		name := strings.TrimPrefix(path+"."+m.Name, ".")
		if m.Kind == wire.KindMap || len(wire.Members(m.Type)) == 0 {
			out = append(out, name)
			continue
		}
		out = append(out, leaves(m.Type, name)...)
	}
	return out
}
