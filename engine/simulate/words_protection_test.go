package simulate_test

import (
	"fmt"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// protectionWords:
//
//	> protect task1 task2 minutes=60
//	> unprotect task1
//	> protection task1 task2
func protectionWords() speech {
	return speech{words: []word{
		{"protect", func(k *talk, a *arguments) {
			u := &scheduler.UpdateTaskProtection{Tasks: k.taskIDs(a), ProtectionEnabled: true}
			if a.has("minutes") {
				n := a.number("minutes", 0)
				u.ExpiresInMinutes = &n
			}
			k.protected(k.apply(scheduler.Command{UpdateTaskProtection: u}))
		}},
		{"unprotect", func(k *talk, a *arguments) {
			k.protected(k.apply(scheduler.Command{UpdateTaskProtection: &scheduler.UpdateTaskProtection{Tasks: k.taskIDs(a)}}))
		}},
		{"protection", func(k *talk, a *arguments) {
			all, failures := k.sim.Cluster().TaskProtection(k.taskIDs(a))
			k.protected(scheduler.Outcome{Protected: all, Failures: failures})
		}},
	}}
}

// taskIDs are the tasks that the line names.
func (k *talk) taskIDs(a *arguments) []ecs.TaskID {
	var out []ecs.TaskID
	for _, name := range a.plain {
		out = append(out, ecs.TaskID(k.full(name)))
	}
	return out
}

func (k *talk) protected(out scheduler.Outcome) {
	for _, p := range out.Protected {
		until := "not protected"
		if p.ProtectionEnabled {
			until = "protected until " + p.ExpirationDate.Sub(birth).Round(time.Millisecond).String()
		}
		fmt.Fprintf(k.out, "  %s %s\n", k.short(p.TaskARN.Short()), until)
	}
	k.failures(out)
}
