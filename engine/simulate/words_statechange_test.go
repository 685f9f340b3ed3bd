package simulate_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// stateChangeWords:
//
//	> follow                     from now on state changes are kept
//	> changes                    a line for each one since the last time
//	> changes only=DESIRED       those that have the word in them
//	> changes whole=yes          as documents, as EventBridge would deliver them
//	> start job on=instance1     StartTask
func stateChangeWords() speech {
	return speech{words: []word{
		{"follow", func(k *talk, _ *arguments) {
			k.apply(scheduler.Command{FollowStateChanges: &scheduler.FollowStateChanges{On: true}})
		}},
		{"changes", func(k *talk, a *arguments) {
			whole := a.yes("whole")
			for _, x := range k.sim.Cluster().StateChanges() {
				switch {
				case whole:
					k.document(x)
				case strings.Contains(summary(&x), a.text("only")):
					fmt.Fprintf(k.out, "  %8s %s\n", x.Time.Sub(birth), k.short(summary(&x)))
				}
			}
		}},
		{"start", func(k *talk, a *arguments) {
			start := &scheduler.StartTask{TaskDefinition: k.definition(a.name(), a), StartedBy: a.text("by")}
			for on := range strings.SplitSeq(a.text("on"), ",") {
				start.Instances = append(start.Instances, ecs.ContainerInstanceID(k.full(on)))
			}
			k.failures(k.apply(scheduler.Command{StartTask: start}))
		}},
	}}
}

// summary is a state change in one line.
func summary(x *ecs.StateChange) string {
	text := string(x.DetailType) + " " + x.Resources[0].Short()
	var d struct {
		LastStatus, DesiredStatus, StopCode, Status, EventType, EventName, Reason string
		Version                                                                   int
		RunningTasksCount                                                         int
		AgentConnected                                                            *bool
		RemainingResources                                                        []ecs.Resource
		DesiredCount                                                              *int
		TaskSetARNs                                                               []ecs.ARN
	}
	if json.Unmarshal(x.Detail, &d) != nil {
		return text + " is no JSON"
	}
	switch x.DetailType {
	case ecs.TaskStateChange:
		text += fmt.Sprintf(" version %d: %s→%s %s", d.Version, d.LastStatus, d.DesiredStatus, d.StopCode)
	case ecs.InstanceStateChange:
		text += fmt.Sprintf(" version %d: %s connected %v, %d CPU units and %d MiB left", d.Version, d.Status, *d.AgentConnected,
			d.RemainingResources[0].IntegerValue, d.RemainingResources[1].IntegerValue)
	default:
		text += fmt.Sprintf(": %s %s %s", d.EventType, d.EventName, d.Reason)
		if d.DesiredCount != nil {
			text += "to " + strconv.Itoa(*d.DesiredCount)
		}
		for _, arn := range d.TaskSetARNs {
			text += " of ecs-svc/" + arn.Short()
		}
	}
	return strings.TrimSpace(text)
}

func (k *talk) document(x ecs.StateChange) {
	data, err := json.Marshal(x)
	if err != nil {
		k.t.Fatal(err)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, data, "  ", "  "); err != nil {
		k.t.Fatal(err)
	}
	fmt.Fprintf(k.out, "  %s\n", out.String())
}
