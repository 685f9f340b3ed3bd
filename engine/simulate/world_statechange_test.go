package simulate_test

import (
	"bytes"
	"encoding/json"
	"fmt"
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

// checkStream holds what the stream told last against how everything is.
func (l *laws) checkStream() {
	c := l.sim.Cluster()
	versions := map[ecs.ARN]int64{}
	tasks := map[ecs.ARN]ecs.TaskDetail{}
	for _, x := range l.stream {
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
		told, some := tasks[t.ARN]
		switch {
		case !some:
		case told.Version != t.Version || told.LastStatus != t.LastStatus || told.StoppedReason != t.StoppedReason:
			l.fail("task %s is %s in version %d, the stream told last %s in version %d", id, t.LastStatus, t.Version, told.LastStatus, told.Version)
		case !told.PullStoppedAt.Equal(t.PullStoppedAt) || asJSON(told.Containers) != asJSON(t.Containers):
			l.fail("task %s pulled until %v and has the containers %s, the stream told last %v and %s", id, t.PullStoppedAt, asJSON(t.Containers), told.PullStoppedAt, asJSON(told.Containers))
		}
	}
	ids, _ := c.Instances(scheduler.InstanceFilter{})
	for _, id := range ids {
		if i, _ := c.Instance(id); versions[i.ARN] != 0 && versions[i.ARN] != i.Version {
			l.fail("instance %s has version %d, the stream told last %d", id, i.Version, versions[i.ARN])
		}
	}
}

func asJSON(x any) string {
	data, err := json.Marshal(x)
	if err != nil {
		return err.Error()
	}
	return string(data)
}

// sameStream compares what was told in two plays of one world.
func sameStream(a, b *world) *brokenLaw {
	for i := range max(len(a.stream), len(b.stream)) {
		if i >= len(a.stream) || i >= len(b.stream) || a.stream[i].ID != b.stream[i].ID || !bytes.Equal(a.stream[i].Detail, b.stream[i].Detail) {
			return &brokenLaw{"two plays tell the same state changes", fmt.Sprintf("two plays tell %d and %d state changes, and differ in number %d", len(a.stream), len(b.stream), i), a.trace}
		}
	}
	return nil
}
