package workflow

import (
	"context"
	"fmt"
	"slices"
	"strings"

	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/ecs"
	"gantry/internal/hint"
)

// shortLength is how much of an id the lines of a progress show.
const shortLength = 8

// isShortID reports whether a text can be the beginning of the id of a task or of a
// container instance. ECS takes whole ids only, so the rest is looked up.
func isShortID(text string) bool {
	return len(text) >= shortLength && len(text) < 32 && strings.Trim(text, "0123456789abcdef") == ""
}

// taskOf is the ARN of the task whose id begins so. What cannot be the beginning of
// an id stays as it is.
func (s *Session) taskOf(ctx context.Context, cluster, id string) (string, error) {
	if !isShortID(id) {
		return id, nil
	}
	var all []ecs.ARN
	for _, status := range []types.DesiredStatus{types.DesiredStatusRunning, types.DesiredStatusStopped} {
		list, err := s.API.ListTasks(ctx, &awsecs.ListTasksInput{Cluster: optional(cluster), DesiredStatus: status})
		if err != nil {
			return "", err
		}
		all = append(all, list...)
	}
	found := beginning(all, id)
	switch len(found) {
	case 0:
		return "", s.noTask(cluster, id)
	case 1:
		return string(found[0]), nil
	}
	return "", ambiguous("tasks", cluster, id, found, "list them with: "+s.command("list tasks%s", on(cluster)))
}

// instanceOf is the ARN of the container instance whose id begins so, as taskOf.
func (s *Session) instanceOf(ctx context.Context, cluster, id string) (string, error) {
	if !isShortID(id) {
		return id, nil
	}
	all, err := s.API.ListContainerInstances(ctx, &awsecs.ListContainerInstancesInput{Cluster: optional(cluster)})
	if err != nil {
		return "", err
	}
	found := beginning(all, id)
	switch len(found) {
	case 0:
		return "", s.noInstance(cluster, id)
	case 1:
		return string(found[0]), nil
	}
	return "", ambiguous("container instances", cluster, id, found, "list them with: "+s.command("list instances%s", on(cluster)))
}

func beginning(all []ecs.ARN, id string) []ecs.ARN {
	return slices.DeleteFunc(slices.Clone(all), func(arn ecs.ARN) bool { return !strings.HasPrefix(arn.Short(), id) })
}

func ambiguous(what, cluster, id string, found []ecs.ARN, next string) error {
	return hint.As(hint.Usage, hint.With(
		fmt.Errorf("%q is the beginning of %d %s in cluster %q: %s and %s among them", id, len(found), what, clusterName(cluster), found[0].Short(), found[1].Short()),
		"name more of its digits; "+next))
}

func (s *Session) noTask(cluster, id string) error {
	return hint.With(hint.As(hint.NotFound, fmt.Errorf("task %q not found in cluster %q; ECS forgets stopped tasks after about an hour", ecs.ARN(id).Short(), clusterName(cluster))),
		"list the tasks with: "+s.command("list tasks%s", on(cluster)))
}

func (s *Session) noInstance(cluster, id string) error {
	return hint.With(hint.As(hint.NotFound, fmt.Errorf("container instance %q not found in cluster %q", ecs.ARN(id).Short(), clusterName(cluster))),
		"list them with: "+s.command("list instances%s", on(cluster)))
}
