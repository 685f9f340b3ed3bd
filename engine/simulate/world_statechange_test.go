package simulate_test

import (
	"encoding/json"
	"math/rand/v2"

	"gantry/ecs"
	"gantry/engine/scheduler"
	"gantry/engine/simulate"
)

// stateChangesFeature is somebody who follows the stream of state changes. What
// it told last of a task or a container instance is how that is, and what it
// told later has the higher version.
func stateChangesFeature() feature {
	return feature{
		name: "state changes", share: 4,
		begin: func(*rand.Rand) []string { return []string{"follow"} },
		verbs: []verb{{"follow", 0, func(*world, *rand.Rand) []simulate.Command {
			return one(scheduler.Command{FollowStateChanges: &scheduler.FollowStateChanges{On: true}})
		}}},
		watch: func(l *laws) watcher {
			return watcher{rest: func() { l.checkStream() }}
		},
	}
}

// checkStream reads the stream of a copy, since reading it takes it away.
func (l *laws) checkStream() {
	data, err := l.sim.Save()
	if err != nil {
		l.fail("%v", err)
		return
	}
	reader, err := simulate.Load(data)
	if err != nil {
		l.fail("%v", err)
		return
	}
	c := reader.Cluster()
	versions := map[ecs.ARN]int64{}
	tasks := map[ecs.ARN]ecs.TaskDetail{}
	for _, x := range c.StateChanges() {
		var d ecs.TaskDetail
		if err := json.Unmarshal(x.Detail, &d); err != nil {
			l.fail("the state change %s is not to be read: %v", x.ID, err)
		}
		if d.Version == 0 {
			continue // of a service
		}
		about := x.Resources[0]
		if d.Version <= versions[about] {
			l.fail("the stream tells version %d of %s after version %d", d.Version, about, versions[about])
		}
		versions[about] = d.Version
		if x.DetailType == ecs.TaskStateChange {
			tasks[about] = d
		}
	}
	for _, id := range c.Tasks(scheduler.TaskFilter{}) {
		t, _ := c.Task(id)
		if told, some := tasks[t.ARN]; some && (told.Version != t.Version || told.LastStatus != t.LastStatus || told.StoppedReason != t.StoppedReason) {
			l.fail("task %s is %s in version %d, the stream told last %s in version %d", id, t.LastStatus, t.Version, told.LastStatus, told.Version)
		}
	}
	ids, _ := c.Instances(scheduler.InstanceFilter{})
	for _, id := range ids {
		if i, _ := c.Instance(id); versions[i.ARN] != 0 && versions[i.ARN] != i.Version {
			l.fail("instance %s has version %d, the stream told last %d", id, i.Version, versions[i.ARN])
		}
	}
}
