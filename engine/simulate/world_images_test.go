package simulate_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
	"gantry/engine/simulate"
)

// imagesFeature is images of the account's own registry whose tags move, and are
// taken away; and what a deployment makes of them (ECS semantics 4.11).
func imagesFeature() feature {
	return feature{
		name: "images", share: 12,
		begin: func(*rand.Rand) []string { return []string{"push"} },
		verbs: []verb{
			{"push", 6, func(w *world, _ *rand.Rand) []simulate.Command {
				digest := fmt.Sprintf("sha256:%d", w.index)
				return []simulate.Command{{Images: &simulate.SetImages{Images: map[string]string{movingTag: digest, ownRegistry + "/web@" + digest: digest}}}}
			}},
			{"unpush", 1, func(*world, *rand.Rand) []simulate.Command {
				return []simulate.Command{{Images: &simulate.SetImages{Images: map[string]string{movingTag: ""}}}}
			}},
		},
		definitions: []decoration[ecs.TaskDefinition]{{"movingTag", func(_ *world, d *ecs.TaskDefinition, r *rand.Rand) {
			if r.IntN(4) > 0 {
				d.Containers[0].Image = movingTag
				d.Containers[0].VersionConsistency = []string{"", "enabled", "enabled", "disabled"}[r.IntN(4)]
			}
		}}},
		watch: func(l *laws) watcher {
			n := &imageLaws{laws: l, fixed: map[string]fixed{}}
			return watcher{service: n.service}
		},
	}
}

const movingTag = ownRegistry + "/web:live"

// imageLaws: the digest of an image is fixed once for a revision, and every task
// that begins to pull after that runs it. Without version consistency none is.
type imageLaws struct {
	*laws
	fixed map[string]fixed // by revision and container
}

type fixed struct {
	digest string
	at     time.Time
}

func (l *imageLaws) service(s *ecs.Service, _ string) {
	c := l.sim.Cluster()
	for i := range s.Deployments {
		r, _ := c.ServiceRevision(s.CurrentServiceRevisions[i].ARN)
		tasks := c.Tasks(scheduler.TaskFilter{Service: s.Name, DesiredStatus: ecs.TaskRunning})
		for k := range r.ContainerImages {
			m := &r.ContainerImages[k]
			key := string(r.ARN) + " " + m.ContainerName
			was := l.fixed[key]
			if was.digest != "" && m.ImageDigest != was.digest {
				l.fail("container %s of revision %s had the digest %s and has %q", m.ContainerName, r.ARN.Short(), was.digest, m.ImageDigest)
			}
			if was.digest == "" && m.ImageDigest != "" {
				l.fixed[key] = fixed{m.ImageDigest, l.now}
			}
			for _, id := range tasks {
				if t := &l.tasks[id].task; t.StartedBy == string(s.Deployments[i].ID) {
					l.task(id, t, k, m, was)
				}
			}
		}
	}
}

// task checks what one container of a task runs.
func (l *imageLaws) task(id ecs.TaskID, t *ecs.Task, k int, m *ecs.ContainerImage, was fixed) {
	runs := t.Containers[k].ImageDigest
	disabled := strings.EqualFold(l.sim.Cluster().Ref(id).Definition().Containers[k].VersionConsistency, "disabled")
	switch {
	case runs == "":
	case disabled && m.ImageDigest != "":
		l.fail("container %s is resolved to %s, and its version consistency is disabled", m.ContainerName, m.ImageDigest)
	case was.digest != "" && runs != was.digest && t.PullStartedAt.After(was.at):
		l.fail("task %s runs %s, and %s of its deployment was resolved to %s at %s", id, runs, m.ContainerName, was.digest, was.at.Sub(birth))
	}
}
