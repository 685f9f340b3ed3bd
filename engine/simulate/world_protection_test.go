package simulate_test

import (
	"math/rand/v2"
	"strings"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
	"gantry/engine/simulate"
)

// protectionFeature is tasks under scale-in protection.
func protectionFeature() feature {
	return feature{
		name: "protection", share: 40,
		verbs: []verb{
			{"protect", 4, func(w *world, r *rand.Rand) []simulate.Command {
				u := &scheduler.UpdateTaskProtection{ProtectionEnabled: r.IntN(4) > 0}
				if n := r.IntN(8); n > 0 {
					u.ExpiresInMinutes = &n
				}
				all := w.running(scheduler.TaskFilter{Service: names[r.IntN(len(names))]})
				for range 1 + r.IntN(3) {
					if id, ok := pickOne(r, all); ok {
						u.Tasks = append(u.Tasks, id)
					}
				}
				return one(scheduler.Command{UpdateTaskProtection: u})
			}},
		},
		watch: func(l *laws) watcher {
			n := &protectionLaws{laws: l, until: map[ecs.TaskID]time.Time{}}
			return watcher{task: n.task}
		},
	}
}

// protectionLaws: a protected task is never stopped by scale-in or a deployment.
type protectionLaws struct {
	*laws
	until map[ecs.TaskID]time.Time // protection as it was in the moment before
}

func (l *protectionLaws) task(id ecs.TaskID, t *ecs.Task, before *seen) {
	c := l.sim.Cluster()
	until := l.until[id]
	stopped := before != nil && before.task.DesiredStatus == ecs.TaskRunning && t.DesiredStatus == ecs.TaskStopped
	if stopped && l.now.Before(until) && strings.HasPrefix(t.StoppedReason, "Scaling activity") {
		if s := l.service(c.Ref(id).Service()); s != nil && s.Status == ecs.ServiceActive && s.SchedulingStrategy != ecs.Daemon {
			l.fail("task %s was stopped (%s) and is protected until %s", id, t.StoppedReason, until.Sub(birth))
		}
	}
	delete(l.until, id)
	all, _ := c.TaskProtection([]ecs.TaskID{id})
	for _, p := range all {
		switch {
		case !p.ProtectionEnabled:
		case t.DesiredStatus != ecs.TaskRunning || !l.now.Before(p.ExpirationDate):
			l.fail("task %s is protected until %s, its desired status is %s", id, p.ExpirationDate.Sub(birth), t.DesiredStatus)
		default:
			l.until[id] = p.ExpirationDate
		}
	}
}
