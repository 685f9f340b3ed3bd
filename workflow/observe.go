package workflow

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/ecs"
	"gantry/internal/hint"
)

// observer looks at one service again and again and tells what is different: its
// counts, its events, its tasks, and why tasks stopped.
type observer struct {
	s       *Session
	cluster string
	service string
	since   time.Time        // the endpoint's time; what happened before is history
	mine    ecs.DeploymentID // whose stopped tasks count; "" is everyone's

	progress string // what the last ProgressEvent said
	told     map[string]bool
	tasks    map[ecs.ARN]ecs.Task
	stops    tally
	advised  bool           // how the cluster gets container instances was told
	unplaced *UnplacedEvent // the newest, while it explains why nothing moves
	quiet    time.Time      // since when nothing has been told, in real time
	begun    time.Time      // in real time
}

func (s *Session) observe(cluster, service string, since time.Time, known *ecs.Service) *observer {
	o := &observer{
		s: s, cluster: cluster, service: service, since: since,
		told: map[string]bool{}, tasks: map[ecs.ARN]ecs.Task{},
		quiet: s.wall(), begun: s.wall(),
	}
	if known != nil {
		for _, e := range known.Events {
			o.told[e.ID] = true
		}
	}
	return o
}

func (o *observer) emit(e Event) {
	o.quiet = o.s.wall()
	o.s.emit(e)
}

// look asks once and tells what has changed.
func (o *observer) look(ctx context.Context) (ecs.Service, error) {
	service, err := o.s.findService(ctx, o.cluster, o.service)
	if err != nil {
		return ecs.Service{}, err
	}
	o.tellProgress(ctx, service)
	if err := o.tellServiceEvents(ctx, service); err != nil {
		return service, err
	}
	if err := o.tellTasks(ctx); err != nil {
		return service, err
	}
	if silent := o.s.wall().Sub(o.quiet); silent >= o.s.heartbeat() {
		o.emit(HeartbeatEvent{At: o.s.now(ctx), Waited: ecs.Seconds(o.s.wall().Sub(o.begun)), Service: service})
	}
	return service, nil
}

func (o *observer) tellProgress(ctx context.Context, service ecs.Service) {
	var b strings.Builder
	fmt.Fprintln(&b, service.Status, service.DesiredCount, service.RunningCount, service.PendingCount)
	for _, d := range service.Deployments {
		fmt.Fprintln(&b, d.ID, d.Status, d.DesiredCount, d.RunningCount, d.PendingCount, d.FailedTasks, d.RolloutState, d.RolloutStateReason)
	}
	if state := b.String(); state != o.progress {
		if service.RunningCount+service.PendingCount >= service.DesiredCount {
			o.unplaced = nil
		}
		o.progress = state
		o.emit(ProgressEvent{At: o.s.now(ctx), Service: service})
	}
}

// How every placement failure among the events begins, and how it ends in a cluster
// without container instances (ECS semantics 2.10).
const (
	saysUnplaced    = "was unable to place a task"
	saysNoInstances = "No Container Instances were found in your cluster"
)

func (o *observer) tellServiceEvents(ctx context.Context, service ecs.Service) error {
	for _, e := range slices.Backward(service.Events) { // oldest first
		if o.told[e.ID] {
			continue
		}
		o.told[e.ID] = true
		if e.CreatedAt.Before(o.since) {
			continue
		}
		if !strings.Contains(e.Message, saysUnplaced) {
			o.emit(ServiceEventEvent{Service: service.Name, Event: e})
			continue
		}
		unplaced := UnplacedEvent{Service: service.Name, Text: e.Message}
		if teller, ok := o.s.API.(PlacementTeller); ok {
			reasons, err := teller.Unplaced(ctx, o.cluster, o.service)
			if err != nil && ctx.Err() != nil {
				return err
			}
			unplaced.Reasons = reasons // without them the event's own text has to do
		}
		o.unplaced = &unplaced
		o.emit(unplaced)
		o.adviseInstances(e.Message)
	}
	return nil
}

// adviseInstances says once what to type where the cluster has no container
// instance at all: waiting alone will not help then.
func (o *observer) adviseInstances(message string) {
	adviser, ok := o.s.API.(InstanceAdviser)
	if !ok || o.advised || !strings.Contains(message, saysNoInstances) {
		return
	}
	o.advised = true
	cluster := ecs.ARN(clusterName(o.cluster)).Short()
	o.emit(Notice{Text: fmt.Sprintf("cluster %s has no container instances", cluster), Hint: adviser.InstancesStep(cluster)})
}

// tellTasks describes the tasks that may have changed: those that are new, on
// their way, or newly asked to stop. A task that was RUNNING and still should be
// is left alone, so a large service costs two short lists a poll.
func (o *observer) tellTasks(ctx context.Context) error {
	var ask []string
	for _, status := range []types.DesiredStatus{types.DesiredStatusRunning, types.DesiredStatusStopped} {
		list, err := o.s.API.ListTasks(ctx, &awsecs.ListTasksInput{
			Cluster: optional(o.cluster), ServiceName: aws.String(o.service), DesiredStatus: status,
		})
		if err != nil {
			return err
		}
		for _, arn := range list {
			known, seen := o.tasks[arn]
			settled := ecs.TaskRunning
			if status == types.DesiredStatusStopped {
				settled = ecs.TaskStopped
			}
			if !seen || known.LastStatus != settled {
				ask = append(ask, string(arn))
			}
		}
	}
	if len(ask) == 0 {
		return nil
	}
	found, _, err := o.s.API.DescribeTasks(ctx, o.cluster, ask)
	if err != nil {
		return err
	}
	slices.SortStableFunc(found, func(a, b ecs.Task) int { return a.CreatedAt.Compare(b.CreatedAt) })
	for _, task := range found {
		o.tellTask(task)
	}
	// A group that many tasks have joined since the last look is told once.
	for _, group := range o.stops.grown() {
		o.emit(StoppedEvent{Group: group})
	}
	return nil
}

func (o *observer) tellTask(task ecs.Task) {
	before, seen := o.tasks[task.ARN]
	o.tasks[task.ARN] = task
	history := !seen && task.CreatedAt.Before(o.since)
	if task.LastStatus == ecs.TaskStopped && before.LastStatus != ecs.TaskStopped {
		if history && task.StoppedAt.Before(o.since) {
			return
		}
		o.tellStopped(task)
	}
	if before.LastStatus == task.LastStatus || history && task.LastStatus == ecs.TaskStopped {
		return
	}
	o.emit(TaskEvent{Task: task, Previous: before.LastStatus})
}

func (o *observer) tellStopped(task ecs.Task) {
	if ordinaryStop(task) || o.mine != "" && task.StartedBy != string(o.mine) {
		return
	}
	o.stops.add(task)
}

// findService describes one service; one that is missing or INACTIVE is not found.
func (s *Session) findService(ctx context.Context, cluster, name string) (ecs.Service, error) {
	found, failures, err := s.API.DescribeServices(ctx, cluster, []string{name})
	if err != nil {
		return ecs.Service{}, err
	}
	if len(found) == 1 && found[0].Status != ecs.ServiceInactive {
		return found[0], nil
	}
	short := ecs.ARN(name).Short()
	err = fmt.Errorf("service %q not found in cluster %q", short, clusterName(cluster))
	if len(found) == 1 {
		err = fmt.Errorf("service %q in cluster %q is INACTIVE: it was deleted", short, clusterName(cluster))
	} else if len(failures) == 1 && failures[0].Reason != "MISSING" {
		err = fmt.Errorf("service %q in cluster %q: %s", short, clusterName(cluster), failures[0].Reason)
	}
	return ecs.Service{}, hint.With(hint.As(hint.NotFound, err), "list the services with: "+s.command("list services%s", on(cluster)))
}

// optional leaves an empty name out of a request.
func optional(name string) *string {
	if name == "" {
		return nil
	}
	return &name
}
