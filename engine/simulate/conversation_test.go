package simulate_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"gantry/ecs"
	"gantry/engine/life"
	"gantry/engine/scheduler"
	"gantry/engine/simulate"
	"gantry/internal/golden"
)

func TestConversations(t *testing.T) {
	golden.Conversations(t, func(t *testing.T, out *strings.Builder) golden.Speaker {
		k := newTalk(t, out)
		return k.say
	})
}

var birth = time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)

func testConfig(seed uint64) scheduler.Config {
	return scheduler.Config{
		Scope: ecs.Scope{Partition: "aws", Region: "us-east-1", Account: "123456789012"},
		Name:  "default", Seed: seed,
		SubnetZones: map[string]string{"subnet-a": "us-east-1a", "subnet-b": "us-east-1b", "subnet-c": "us-east-1c"},
	}
}

// talk holds a conversation with a simulation. Tasks, deployments and instances
// get short names (task1, deployment1, instance1) in the order in which they
// are seen, so that what is printed can be read.
type talk struct {
	t         *testing.T
	sim       *simulate.Simulation
	out       *strings.Builder
	now       time.Time
	revisions map[string]int
	seen      map[ecs.ServiceName]int
	names     map[string]string
	counts    map[string]int
	speech    []speech
	words     map[string]word
}

func newTalk(t *testing.T, out *strings.Builder) *talk {
	k := &talk{
		t: t, out: out, sim: simulate.New(testConfig(1), simulate.Options{ECRHost: ownRegistry}), now: birth, revisions: map[string]int{},
		seen: map[ecs.ServiceName]int{}, names: map[string]string{}, counts: map[string]int{},
		speech: speeches(), words: map[string]word{},
	}
	for _, s := range k.speech {
		for _, w := range s.words {
			if _, twice := k.words[w.name]; twice {
				t.Fatalf("there are two words %s", w.name)
			}
			k.words[w.name] = w
		}
	}
	return k
}

func (k *talk) name(kind, id string) string {
	if n, ok := k.names[id]; ok {
		return n
	}
	k.counts[kind]++
	k.names[id] = fmt.Sprintf("%s%d", kind, k.counts[kind])
	return k.names[id]
}

// short puts the short names into a text.
func (k *talk) short(text string) string {
	words := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" ().,:", r) })
	for _, w := range words {
		switch {
		case strings.HasPrefix(w, "ecs-svc/"):
			text = strings.ReplaceAll(text, w, k.name("deployment", w))
		case strings.HasPrefix(w, "ecs-pause-"), strings.HasPrefix(w, "ecs-lambda-"):
			text = strings.ReplaceAll(text, w, k.name("hook", w))
		case len(w) == 21 && strings.Contains(text, "service deployment "+w):
			text = strings.ReplaceAll(text, w, k.name("serviceDeployment", w))
		case len(w) == 32 && strings.Trim(w, "0123456789abcdef") == "":
			kind := "task"
			if _, ok := k.sim.Cluster().Instance(ecs.ContainerInstanceID(w)); ok {
				kind = "instance"
			}
			text = strings.ReplaceAll(text, w, k.name(kind, w))
		}
	}
	return text
}

// say does what a line of a conversation says, and tells what is new.
func (k *talk) say(line []string) error {
	w, ok := k.words[line[0]]
	if !ok {
		return fmt.Errorf("no such word; the words are %s", strings.Join(slices.Sorted(maps.Keys(k.words)), ", "))
	}
	a := &arguments{t: k.t, given: map[string]string{}, read: map[string]bool{}}
	for _, w := range line[1:] {
		if key, value, ok := strings.Cut(w, "="); ok {
			a.given[key] = value
		} else {
			a.plain = append(a.plain, w)
		}
	}
	w.say(k, a)
	for _, key := range slices.Sorted(maps.Keys(a.given)) {
		if !a.read[key] {
			return fmt.Errorf("nobody reads %s=", key)
		}
	}
	k.news()
	return nil
}

func testInstance(zone string, cpu, memory int) ecs.ContainerInstance {
	return ecs.ContainerInstance{
		AgentVersion: "1.98.0",
		Registered:   ecs.Resources{CPUUnits: cpu, MemoryMiB: memory, Ports: []int{22, 2375, 2376, 51678, 51679}, ENIs: 3},
		Attributes: []ecs.Attribute{
			{Name: ecs.AttributeAvailabilityZone, Value: zone}, {Name: ecs.AttributeInstanceType, Value: "t3.medium"},
			{Name: ecs.AttributeCPUArchitecture, Value: "x86_64"}, {Name: ecs.AttributeOSFamily, Value: "LINUX"},
		},
	}
}

func testDefinition(family string, revision int, fate string) ecs.TaskDefinition {
	return ecs.TaskDefinition{
		ARN:    ecs.TaskDefinitionARN(testConfig(1).Scope, ecs.Family(family), revision),
		Family: ecs.Family(family), Revision: revision, Status: ecs.TaskDefinitionActive, NetworkMode: ecs.NetworkBridge,
		Containers: []ecs.ContainerDefinition{{
			Name: "app", Image: "nginx:1.27", CPUUnits: 128, MemoryMiB: 128, Essential: true,
			PortMappings: []ecs.PortMapping{{ContainerPort: 80, Protocol: "tcp"}},
			DockerLabels: map[string]string{life.FateLabel: fate},
		}},
	}
}

// apply does a command, or tells why it was refused.
func (k *talk) apply(cmd scheduler.Command) scheduler.Outcome {
	return k.applyAny(simulate.Command{Command: cmd})
}

func (k *talk) applyAny(cmd simulate.Command) scheduler.Outcome {
	out, err := k.sim.Apply(k.now, cmd)
	if err != nil {
		fmt.Fprintf(k.out, "  refused: %s\n", k.short(err.Error()))
	}
	return out
}

// advance goes on event by event, so that each line can say when.
func (k *talk) advance(to time.Time) {
	for {
		at, _, ok := k.sim.Next()
		if !ok || at.After(to) {
			break
		}
		k.sim.Advance(at)
		k.now = at
		k.news()
	}
	k.sim.Advance(to)
	k.now = to
}

func (k *talk) settle() {
	for {
		at, periodic, ok := k.sim.Next()
		if !ok || periodic {
			fmt.Fprintf(k.out, "  settled at %s\n", k.now.Sub(birth).Round(time.Millisecond))
			return
		}
		k.sim.Advance(at)
		k.now = at
		k.news()
	}
}

// news prints what is new: what the speeches have to tell, and service events.
func (k *talk) news() {
	for _, s := range k.speech {
		if s.news != nil {
			s.news(k)
		}
	}
	for _, name := range k.sim.Cluster().Services() {
		k.newsOf(name)
	}
	for _, name := range []ecs.ServiceName{"web", "api"} {
		k.newsOf(name)
	}
}

func (k *talk) newsOf(name ecs.ServiceName) {
	s, ok := k.sim.Cluster().Service(name)
	if !ok {
		return
	}
	fresh := s.Events[:max(0, len(s.Events)-k.seen[name])]
	k.seen[name] = len(s.Events)
	for i := len(fresh) - 1; i >= 0; i-- {
		fmt.Fprintf(k.out, "  %8s %s\n", fresh[i].CreatedAt.Sub(birth).Round(time.Millisecond), k.short(fresh[i].Message))
	}
}
