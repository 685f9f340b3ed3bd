package scheduler

import (
	"strings"

	"gantry/ecs"
)

// resolveAttempts is how many tasks of a deployment may fail before one of them
// has found out what its image tags stand for. Then the deployment goes on
// without: each task takes what the tag stands for when it pulls (ECS semantics
// 4.11 [DG: container image resolution]).
const resolveAttempts = 3

// resolve fixes the image of a container for all tasks of the deployment: the
// first one that pulls a tag decides what digest it stands for (ECS semantics
// 4.11 [DG: container image resolution]).
func (c *Cluster) resolve(t *task, container, digest string) {
	if t.dep == nil || t.dep.Unresolved >= resolveAttempts || inconsistent(t.def.def, container) {
		return
	}
	r := t.svc.revision(t.dep.Revision)
	if r == nil {
		return // the history of a deployment that is over was dropped
	}
	for i := range r.ContainerImages {
		if m := &r.ContainerImages[i]; m.ContainerName == container && m.ImageDigest == "" {
			m.ImageDigest = digest
		}
	}
}

// inconsistent reports whether the container takes its tag as it is each time.
func inconsistent(def *ecs.TaskDefinition, container string) bool {
	for i := range def.Containers {
		if d := &def.Containers[i]; d.Name == container {
			return strings.EqualFold(d.VersionConsistency, "disabled")
		}
	}
	return false
}

// unresolved counts a task that ended before anybody knew what the image tags of
// its deployment stand for.
func (c *Cluster) unresolved(t *task) {
	if !t.Task.PullStoppedAt.IsZero() || t.dep.Unresolved >= resolveAttempts {
		return
	}
	if r := t.svc.revision(t.dep.Revision); r != nil {
		for _, m := range r.ContainerImages {
			if m.ImageDigest == "" && !inconsistent(t.def.def, m.ContainerName) {
				t.dep.Unresolved++
				return
			}
		}
	}
}
