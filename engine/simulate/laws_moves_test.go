package simulate_test

import "gantry/ecs"

// moves are what happened in the moment that is checked to the tasks of each
// deployment or task set, by whom they were started.
type moves struct {
	*laws
	at      int
	started map[string]int // tasks that began in it
	stopped map[string]int // healthy tasks that the scheduler stopped in it
	died    map[string]int // RUNNING tasks that ended otherwise in it
}

func (l *moves) task(id ecs.TaskID, t *ecs.Task, before *seen) {
	if l.at != l.moments {
		l.at = l.moments
		l.started, l.stopped, l.died = map[string]int{}, map[string]int{}, map[string]int{}
	}
	switch {
	case before == nil:
		l.started[t.StartedBy]++
	case t.DesiredStatus != ecs.TaskStopped || before.task.DesiredStatus == ecs.TaskStopped || before.task.LastStatus != ecs.TaskRunning:
	case t.StopCode != ecs.ServiceSchedulerInitiated:
		l.died[t.StartedBy]++ // it may have become healthy in this very moment
	case l.wasHealthy(id, before):
		l.stopped[t.StartedBy]++
	}
}

func (l *moves) moment(string) {
	if l.at != l.moments {
		l.at = l.moments
		l.started, l.stopped, l.died = nil, nil, nil
	}
}
