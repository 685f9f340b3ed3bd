package scheduler

import (
	"encoding/json"
	"strconv"
	"time"

	"gantry/ecs"
)

// stream is the state changes of the cluster for whoever follows them. Without
// a follower nothing is written down.
type stream struct {
	Following bool              `json:"following,omitempty"`
	Ordinal   int               `json:"ordinal,omitempty"` // of the last event
	Waiting   []ecs.StateChange `json:"waiting,omitempty"` // not yet taken

	tasks     []*task     // that changed in this moment
	instances []*instance // that changed in this moment
}

// followStateChanges begins or ends the stream of state changes, as a rule in
// EventBridge does. What has not been taken is dropped at the end.
func (c *Cluster) followStateChanges(cmd *FollowStateChanges) {
	c.stream.Following = cmd.On
	if !cmd.On {
		c.stream.Waiting = nil
	}
}

// StateChanges takes what has changed since it was asked last, oldest first, as
// Amazon ECS tells it through EventBridge. It is for schedulers of one's own:
// with StartTask and StopTask they do what they make of it. Changes are kept
// from FollowStateChanges on until they are taken here.
func (c *Cluster) StateChanges() []ecs.StateChange {
	out := c.stream.Waiting
	c.stream.Waiting = nil
	return out
}

// LastStateChange is the number of the last state change that was told, taken or
// not: they count up by one for as long as the cluster lives.
func (c *Cluster) LastStateChange() int { return c.stream.Ordinal }

// changed notes that a task is another than before. ECS counts the changes that
// it tells (ECS semantics 5.1).
func (c *Cluster) changed(t *task) {
	t.Task.Version++
	if c.stream.Following && !t.told {
		t.told = true
		c.stream.tasks = append(c.stream.tasks, t)
	}
}

// changedInstance notes that a container instance is another than before: its
// status, its agent, or what is left of its resources.
func (c *Cluster) changedInstance(i *instance) {
	i.Instance.Version++
	if c.stream.Following && !i.told {
		i.told = true
		c.stream.instances = append(c.stream.instances, i)
	}
}

// tellChanges writes down what a moment changed, as it is at its end.
func (c *Cluster) tellChanges() {
	if len(c.stream.tasks)+len(c.stream.instances) == 0 {
		return
	}
	for _, t := range c.stream.tasks {
		t.told = false
		if !t.gone {
			noun := c.taskNoun(t)
			detail := ecs.TaskDetail{Task: noun, UpdatedAt: c.now}
			inMilliseconds(&detail.CreatedAt, &detail.ConnectivityAt, &detail.PullStartedAt, &detail.PullStoppedAt, &detail.StartedAt,
				&detail.StoppingAt, &detail.ExecutionStoppedAt, &detail.StoppedAt, &detail.UpdatedAt)
			c.emit(ecs.TaskStateChange, noun.ARN, detail)
		}
	}
	for _, i := range c.stream.instances {
		i.told = false
		noun, _ := c.Instance(i.ID)
		detail := c.instanceDetail(&noun)
		inMilliseconds(&detail.RegisteredAt, &detail.UpdatedAt)
		c.emit(ecs.InstanceStateChange, noun.ARN, detail)
	}
	clear(c.stream.tasks)
	clear(c.stream.instances)
	c.stream.tasks, c.stream.instances = c.stream.tasks[:0], c.stream.instances[:0]
}

// inMilliseconds cuts times to what the details of events have [DG: Amazon ECS
// events].
func inMilliseconds(times ...*time.Time) {
	for _, t := range times {
		*t = t.Truncate(time.Millisecond)
	}
}

func (c *Cluster) instanceDetail(i *ecs.ContainerInstance) ecs.InstanceDetail {
	return ecs.InstanceDetail{
		ARN: i.ARN, ClusterARN: ecs.ClusterARN(c.cfg.Scope, c.cfg.Name), EC2InstanceID: i.EC2InstanceID,
		CapacityProvider: i.CapacityProvider, Status: i.Status, StatusReason: i.StatusReason, AgentConnected: i.AgentConnected,
		Registered: i.Registered.List(), Remaining: i.Remaining.List(), Attributes: i.Attributes,
		VersionInfo: ecs.VersionInfo{AgentVersion: i.AgentVersion, DockerVersion: i.DockerVersion},
		Version:     i.Version, RegisteredAt: i.RegisteredAt, UpdatedAt: c.now,
	}
}

// act tells what the scheduler did for a service, or could not do. The detail
// says what; cluster and time are filled in.
func (c *Cluster) act(s *service, detail ecs.ActionDetail) {
	if !c.stream.Following {
		return
	}
	detail.ClusterARN, detail.CreatedAt = s.Spec.ClusterARN, c.now
	inMilliseconds(&detail.CreatedAt)
	c.emit(ecs.ServiceAction, s.Spec.ARN, detail)
}

// desiredCountUpdated is that the scheduler works with another desired count than
// before: the first one of a DAEMON service or a task set is such a change, too,
// we decided. One that somebody sets is not told, nor one that service auto
// scaling sets (ECS semantics 4.15 [DG: Amazon ECS service action events]).
func desiredCountUpdated(n int) ecs.ActionDetail {
	return ecs.ActionDetail{Type: ecs.EventInfo, Name: "SERVICE_DESIRED_COUNT_UPDATED", DesiredCount: &n}
}

// actOnDeployment tells that a deployment began or ended.
func (c *Cluster) actOnDeployment(s *service, d *deployment, kind ecs.EventType, name string) {
	if c.stream.Following {
		detail := ecs.DeploymentDetail{Type: kind, Name: name, DeploymentID: d.ID, UpdatedAt: c.now, Reason: d.Reason}
		inMilliseconds(&detail.UpdatedAt)
		c.emit(ecs.DeploymentStateChange, s.Spec.ARN, detail)
	}
}

func (c *Cluster) emit(kind ecs.DetailType, resource ecs.ARN, detail any) {
	data, err := json.Marshal(detail)
	if err != nil {
		data = []byte("null") // the details hold nothing that JSON lacks
	}
	c.stream.Ordinal++
	c.stream.Waiting = append(c.stream.Waiting, ecs.StateChange{
		Version: "0", ID: c.uuid("state change", strconv.Itoa(c.stream.Ordinal)), DetailType: kind, Source: "aws.ecs",
		Account: c.cfg.Scope.Account, Time: c.now, Region: c.cfg.Scope.Region, Resources: []ecs.ARN{resource}, Detail: data,
	})
}
