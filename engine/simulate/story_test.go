package simulate_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
	"gantry/engine/simulate"
)

// deed is a command of a play, and what came of it.
type deed struct {
	at  time.Time
	cmd simulate.Command
	out scheduler.Outcome
	err error
}

// story tells a play in the order of time: what was done, what came of it, which
// law broke, and how to play it again.
func story(p *played, broken *brokenLaw) string {
	var out strings.Builder
	n := &nicknames{names: map[string]string{}, counts: map[string]int{}}
	fmt.Fprintf(&out, "the story in short (%d of %d events):\n", len(p.history), len(generate(p.seed, p.features)))
	for _, d := range p.deeds {
		if d.out.Instance != "" {
			n.name("instance", string(d.out.Instance))
		}
		fmt.Fprintf(&out, "%9s  %s\n", since(d.at), n.short(describe(d.cmd)))
		if d.err != nil {
			fmt.Fprintf(&out, "           refused: %s\n", n.short(d.err.Error()))
		}
		for _, f := range d.out.Failures {
			fmt.Fprintf(&out, "           failure: %s\n", f.Reason)
		}
	}
	text := n.short(broken.text)
	if len(broken.trace) > 0 {
		const most = 25
		fmt.Fprintf(&out, "what happened last:\n")
		for _, line := range broken.trace[max(0, len(broken.trace)-most):] {
			fmt.Fprintf(&out, "  %s\n", n.short(line))
		}
	}
	fmt.Fprintf(&out, "the law that breaks:\n  %s\nreplay the short story:\n  %s\nthe whole:\n  %s", text, replay(p, true), replay(p, false))
	return out.String()
}

func since(at time.Time) string { return at.Sub(birth).Round(time.Millisecond).String() }

// nicknames are short names for ids, in the order in which they are seen.
type nicknames struct {
	names  map[string]string
	counts map[string]int
}

func (n *nicknames) name(kind, id string) string {
	if _, known := n.names[id]; !known {
		n.counts[kind]++
		n.names[id] = kind + strconv.Itoa(n.counts[kind])
	}
	return n.names[id]
}

var idForm = regexp.MustCompile(`\b[0-9a-f]{32}\b|ecs-svc/[0-9]+`)

func (n *nicknames) short(text string) string {
	return idForm.ReplaceAllStringFunc(text, func(id string) string {
		if strings.HasPrefix(id, "ecs-svc/") {
			return n.name("deployment", id)
		}
		return n.name("task", id)
	})
}

// describe is a command in ECS's words: its name, and each member that says
// something that an ordinary one does not.
func describe(cmd simulate.Command) string {
	name, given := commandOf(reflect.ValueOf(cmd))
	if !given.IsValid() {
		return "nothing"
	}
	plain := reflect.New(given.Type()).Elem()
	var head []string
	for i := range given.NumField() {
		field := given.Field(i)
		if field.Kind() == reflect.Pointer && !field.IsNil() && field.Type().Elem() == reflect.TypeFor[ecs.TaskDefinition]() {
			plain.Field(i).Set(reflect.New(field.Type().Elem()))
			field = field.Elem()
		}
		target := plain.Field(i)
		if target.Kind() == reflect.Pointer && !target.IsNil() {
			target = target.Elem()
		}
		switch x := field.Interface().(type) {
		case ecs.TaskDefinition:
			d := testDefinition(string(x.Family), x.Revision, "")
			target.Set(reflect.ValueOf(d))
			head = append(head, d.ARN.Short())
		case ecs.ContainerInstance:
			target.Set(reflect.ValueOf(testInstance("", 0, 0)))
		}
	}
	is, was := leaves(given.Interface()), leaves(plain.Interface())
	words := append([]string{name}, head...)
	for _, path := range slices.Sorted(maps.Keys(is)) {
		if was[path] != is[path] {
			short := path
			for _, prefix := range []string{"service.", "instance.", "taskDefinition."} {
				short = strings.TrimPrefix(short, prefix)
			}
			words = append(words, short+"="+is[path])
		}
	}
	return strings.Join(words, " ")
}

// commandOf is the member of a command that is set.
func commandOf(v reflect.Value) (name string, given reflect.Value) {
	for i := range v.NumField() {
		f := v.Field(i)
		if v.Type().Field(i).Anonymous {
			if name, given := commandOf(f); given.IsValid() {
				return name, given
			}
		} else if f.Kind() == reflect.Pointer && !f.IsNil() {
			return v.Type().Field(i).Name, f.Elem()
		}
	}
	return "", reflect.Value{}
}

// leaves are the values of a document by their paths.
func leaves(v any) map[string]string {
	out := map[string]string{}
	data, err := json.Marshal(v)
	if err != nil {
		return map[string]string{"error": err.Error()}
	}
	var document any
	if err := json.Unmarshal(data, &document); err != nil {
		return map[string]string{"error": err.Error()}
	}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch x := v.(type) {
		case map[string]any:
			for key, value := range x {
				walk(strings.TrimPrefix(path+"."+key, "."), value)
			}
		case []any:
			for i, value := range x {
				walk(fmt.Sprintf("%s[%d]", path, i), value)
			}
		case string:
			if strings.ContainsAny(x, " =") || x == "" {
				x = strconv.Quote(x)
			}
			out[path] = x
		default:
			out[path] = fmt.Sprint(x)
		}
	}
	walk("", document)
	return out
}

func TestDescribe(t *testing.T) {
	def := testDefinition("web", 3, "exit=1 after=5s")
	none := 0
	for want, cmd := range map[string]scheduler.Command{
		`CreateService web:3 desiredCount=2 serviceName=web containerDefinitions[0].dockerLabels.gantry.fate="exit=1 after=5s"`: {
			CreateService: &scheduler.CreateService{Service: ecs.Service{Name: "web", DesiredCount: 2}, TaskDefinition: def}},
		`UpdateService desiredCount=0 name=web`: {UpdateService: &scheduler.UpdateService{Name: "web", DesiredCount: &none}},
		`RegisterInstance attributes[0].value=us-east-1a registeredResources.cpuUnits=1024 registeredResources.memoryMiB=2000`: {
			RegisterInstance: &scheduler.RegisterInstance{Instance: testInstance("us-east-1a", 1024, 2000)}},
		`StopTask id=x reason="it is over"`: {StopTask: &scheduler.StopTask{ID: "x", Reason: "it is over"}},
	} {
		if got := describe(simulate.Command{Command: cmd}); got != want {
			t.Errorf("described as\n%s\nwant\n%s", got, want)
		}
	}
}
