package life_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"gantry/ecs"
	"gantry/engine/life"
	"gantry/internal/golden"
)

// TestConversations:
//
//	> task fargate                     a new task, without containers; fargate or awsvpc
//	> container app fate=start=1s essential=no dependsOn=db:HEALTHY,migrate:SUCCESS links=db volumesFrom=data ports=yes
//	> container app interval=10s timeout=5s retries=3 startPeriod=30s   with a health check
//	> container app restart=60s ignored=0,2 startTimeout=20s stopTimeout=10s
//	> live 1m                          what happens within that time
//	> stop                             tell the task to stop now
//	> turn app fate=sick               its fate is another from now on
func TestConversations(t *testing.T) {
	golden.Conversations(t, func(_ *testing.T, out *strings.Builder) golden.Speaker {
		k := &talk{out: out}
		return k.say
	})
}

type talk struct {
	out     *strings.Builder
	def     ecs.TaskDefinition
	fargate bool
	plan    *life.Plan
	l       *life.Life
	now     time.Time
}

// one is a task whose numbers are all in the middle.
type one struct{}

func (one) Draw(string) uint64 { return 1 << 63 }
func (one) ARN() ecs.ARN       { return "arn:aws:ecs:us-east-1:123456789012:task/default/1" }

func (k *talk) say(words []string) error {
	args := map[string]string{}
	for _, w := range words[1:] {
		key, value, _ := strings.Cut(w, "=")
		args[key] = value
	}
	switch words[0] {
	case "task":
		_, k.fargate = args["fargate"]
		_, awsvpc := args["awsvpc"]
		k.def, k.l = ecs.TaskDefinition{NetworkMode: ecs.NetworkBridge}, nil
		if k.fargate || awsvpc {
			k.def.NetworkMode = ecs.NetworkAWSVPC
		}
	case "container":
		d, err := definition(words[1], args)
		k.def.Containers = append(k.def.Containers, d)
		return err
	case "live":
		d, err := time.ParseDuration(words[1])
		if err != nil {
			return err
		}
		k.live(d)
	case "stop":
		k.l.Stop(k.now)
	case "turn":
		plan, err := k.plan.Override(words[1], fate(args))
		if err != nil {
			return err
		}
		k.plan = plan
		k.l.Turn(k.now, plan)
	default:
		return fmt.Errorf("unknown command %s", words[0])
	}
	return nil
}

func fate(args map[string]string) string {
	return strings.ReplaceAll(args["fate"], ",", " ")
}

func definition(name string, args map[string]string) (ecs.ContainerDefinition, error) {
	var wrong error
	seconds := func(key string) ecs.Seconds {
		if args[key] == "" {
			return 0
		}
		d, err := time.ParseDuration(args[key])
		if err != nil {
			wrong = err
		}
		return ecs.Seconds(d)
	}
	list := func(key string) []string {
		return strings.FieldsFunc(args[key], func(r rune) bool { return r == ',' })
	}
	d := ecs.ContainerDefinition{
		Name: name, Essential: args["essential"] != "no", StartTimeout: seconds("startTimeout"), StopTimeout: seconds("stopTimeout"),
		Links: list("links"), DockerLabels: map[string]string{life.FateLabel: fate(args)},
	}
	if _, err := life.ParseFate(fate(args)); err != nil {
		return d, err
	}
	for _, x := range list("dependsOn") {
		on, condition, _ := strings.Cut(x, ":")
		d.DependsOn = append(d.DependsOn, ecs.Dependency{ContainerName: on, Condition: condition})
	}
	for _, x := range list("volumesFrom") {
		d.VolumesFrom = append(d.VolumesFrom, ecs.VolumeFrom{SourceContainer: x})
	}
	if args["ports"] == "yes" {
		d.PortMappings = []ecs.PortMapping{{ContainerPort: 80}}
	}
	if args["interval"] != "" {
		retries, _ := strconv.Atoi(args["retries"])
		d.HealthCheck = &ecs.HealthCheck{Interval: seconds("interval"), Timeout: seconds("timeout"), StartPeriod: seconds("startPeriod"), Retries: retries}
	}
	if args["restart"] != "" {
		d.RestartPolicy = &ecs.RestartPolicy{Enabled: true, RestartAttemptPeriod: seconds("restart")}
		for _, x := range list("ignored") {
			code, err := strconv.Atoi(x)
			if err != nil {
				wrong = err
			}
			d.RestartPolicy.IgnoredExitCodes = append(d.RestartPolicy.IgnoredExitCodes, code)
		}
	}
	return d, wrong
}

// live lets the task live for a while, and says what happens.
func (k *talk) live(d time.Duration) {
	if k.l == nil {
		k.plan = life.PlanOf(&k.def)
		k.l, k.now = k.plan.Begin(nil, one{}, birth, k.fargate), birth
	}
	until := k.now.Add(d)
	var x life.Step
	for at, ok := k.l.Next(); ok && !at.After(until); at, ok = k.l.Next() {
		k.l.Take(&x)
		if x.Pull {
			images := make([]life.Image, len(k.def.Containers))
			k.l.Pulled(images)
		}
		if text := told(&x); text != "" {
			fmt.Fprintf(k.out, "  %9s %s\n", x.At.Sub(birth), text)
		}
	}
	k.now = until
}

// told is what a step says.
func told(x *life.Step) string {
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	for _, c := range x.Containers {
		text := c.Name
		if c.Status != "" {
			text += " " + string(c.Status)
		}
		if c.Exited {
			text += fmt.Sprintf(" with exit code %d", c.ExitCode)
		}
		if c.Reason != "" {
			text += " (" + c.Reason + ")"
		}
		if c.Health != "" {
			text += " " + string(c.Health)
		}
		switch {
		case c.Port == life.PortAnswers:
			text += " answers"
		case c.Port == life.PortFails && c.Answer == "":
			text += " does not answer"
		case c.Port == life.PortFails:
			text += " answers " + c.Answer
		}
		if text != c.Name {
			add("%s", text)
		}
	}
	if x.Attachment != "" {
		add("interface %s", x.Attachment)
	}
	if x.Status != "" {
		add("task %s", x.Status)
	}
	if x.PullStarted {
		add("pull started")
	}
	if x.PullStopped {
		add("pull stopped")
	}
	if x.Health != "" {
		add("task %s", x.Health)
	}
	if x.StopCode != "" {
		add("%s: %s", x.StopCode, x.StoppedReason)
	}
	return strings.Join(parts, ", ")
}
