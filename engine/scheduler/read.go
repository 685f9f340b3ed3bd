package scheduler

import (
	"cmp"
	"slices"

	"gantry/ecs"
)

// TaskFilter chooses tasks; an empty member does not choose.
type TaskFilter struct {
	Service       ecs.ServiceName
	Family        ecs.Family
	StartedBy     string
	Instance      ecs.ContainerInstanceID
	LaunchType    ecs.LaunchType
	DesiredStatus ecs.TaskStatus
}

// InstanceFilter chooses container instances by a cluster query language
// expression and by status; empty members do not choose.
type InstanceFilter struct {
	Expression string
	Status     ecs.ContainerInstanceStatus
}

// Config is what the cluster was born with.
func (c *Cluster) Config() Config { return c.cfg }

// Services are the names of the ACTIVE services, sorted; managed daemons are none.
func (c *Cluster) Services() []ecs.ServiceName {
	var names []ecs.ServiceName
	for _, s := range c.serviceList() {
		if s.Spec.Status == ecs.ServiceActive && s.Managed == nil {
			names = append(names, s.Spec.Name)
		}
	}
	return names
}

// Daemons are the managed daemons that are not INACTIVE, by the names that they
// have as services, sorted.
func (c *Cluster) Daemons() []ecs.ServiceName {
	var names []ecs.ServiceName
	for _, s := range c.serviceList() {
		if s.Spec.Status != ecs.ServiceInactive && s.Managed != nil {
			names = append(names, s.Spec.Name)
		}
	}
	return names
}

// DaemonProviders are the capacity providers of a managed daemon.
func (c *Cluster) DaemonProviders(name ecs.ServiceName) []string {
	if s, ok := c.services[name]; ok && s.Managed != nil {
		return slices.Clone(s.Managed.CapacityProviders)
	}
	return nil
}

// Service is a service, DRAINING and lately INACTIVE ones too.
func (c *Cluster) Service(name ecs.ServiceName) (ecs.Service, bool) {
	s, ok := c.services[name]
	if !ok {
		return ecs.Service{}, false
	}
	return c.serviceNoun(s), true
}

// ServiceDeployments are the attempts to deploy the service, newest first.
func (c *Cluster) ServiceDeployments(name ecs.ServiceName) []ecs.ServiceDeployment {
	s, ok := c.services[name]
	if !ok {
		return nil
	}
	out := make([]ecs.ServiceDeployment, 0, len(s.History))
	for _, a := range s.History {
		if !a.old(c.now) || a == s.currentAttempt() {
			out = append(out, s.attemptNoun(a))
		}
	}
	return out
}

// ServiceDeployment is one attempt to deploy a service.
func (c *Cluster) ServiceDeployment(arn ecs.ARN) (ecs.ServiceDeployment, bool) {
	s, a := c.findAttempt(arn)
	if a == nil {
		return ecs.ServiceDeployment{}, false
	}
	return s.attemptNoun(a), true
}

// ServiceRevision is the snapshot of a service that a deployment brings out.
func (c *Cluster) ServiceRevision(arn ecs.ARN) (ecs.ServiceRevision, bool) {
	s, ok := c.services[serviceOfARN(arn)]
	if !ok {
		return ecs.ServiceRevision{}, false
	}
	r := s.revision(arn)
	if r == nil {
		return ecs.ServiceRevision{}, false
	}
	out := *r
	out.ContainerImages = slices.Clone(r.ContainerImages)
	return out, true
}

// Tasks are the ids of the tasks that the filter chooses, oldest first.
func (c *Cluster) Tasks(f TaskFilter) []ecs.TaskID {
	var ids []ecs.TaskID
	for _, t := range c.candidates(f) {
		if !t.gone && !t.deleted(c.now) && f.matches(t) {
			ids = append(ids, t.ID)
		}
	}
	return ids
}

// TaskPage is a page of Tasks: at most so many of those that came after a number,
// and the number of the last of them; more is whether others follow. A task keeps
// its number, so that what comes and goes between two pages moves no other task.
func (c *Cluster) TaskPage(f TaskFilter, after uint64, most int) (ids []ecs.TaskID, last uint64, more bool) {
	list := c.candidates(f)
	start, found := slices.BinarySearchFunc(list, after, func(t *task, seq uint64) int { return cmp.Compare(t.Seq, seq) })
	if found {
		start++
	}
	for _, t := range list[start:] {
		if t.gone || t.deleted(c.now) || !f.matches(t) {
			continue
		}
		if len(ids) == most {
			return ids, last, true
		}
		ids, last = append(ids, t.ID), t.Seq
	}
	return ids, last, false
}

// candidates is the shortest list that holds everything the filter can choose.
func (c *Cluster) candidates(f TaskFilter) []*task {
	if f.Service != "" {
		s, ok := c.services[f.Service]
		if !ok {
			return nil
		}
		if f.DesiredStatus == ecs.TaskRunning {
			return s.live
		}
		all := append(slices.Clone(s.live), s.ended...)
		slices.SortFunc(all, bySeq)
		return all
	}
	if f.Instance != "" && f.DesiredStatus == ecs.TaskRunning {
		if i, ok := c.instances[f.Instance]; ok {
			return i.tasks
		}
		return nil
	}
	return c.order
}

func (f TaskFilter) matches(t *task) bool {
	return (f.Service == "" || t.Service == f.Service) &&
		(f.Family == "" || t.def.def.Family == f.Family) &&
		(f.StartedBy == "" || t.Task.StartedBy == f.StartedBy) &&
		(f.Instance == "" || t.Instance == f.Instance) &&
		(f.LaunchType == "" || t.Task.LaunchType == f.LaunchType) &&
		(f.DesiredStatus == "" || t.Task.DesiredStatus == f.DesiredStatus)
}

// Task is one task, STOPPED ones too while they are kept.
func (c *Cluster) Task(id ecs.TaskID) (ecs.Task, bool) {
	t, ok := c.tasks[id]
	if !ok {
		return ecs.Task{}, false
	}
	return c.taskNoun(t), true
}

// Counts are the totals that a cluster shows.
func (c *Cluster) Counts() (instances, running, pending, services int) {
	for _, s := range c.serviceList() {
		if s.Spec.Status != ecs.ServiceInactive && s.Managed == nil {
			services++
		}
	}
	for _, t := range c.order {
		switch {
		case t.gone || t.Task.DesiredStatus != ecs.TaskRunning:
		case t.Task.LastStatus == ecs.TaskRunning:
			running++
		default:
			pending++
		}
	}
	for _, i := range c.instanceList() {
		if i.Instance.Status == ecs.InstanceActive || i.Instance.Status == ecs.InstanceDraining { // [API:Cluster]
			instances++
		}
	}
	return instances, running, pending, services
}

// Restless reports that tasks of the service went wrong so often,
// since somebody last changed it, that waiting for it to rest is no use.
func (c *Cluster) Restless(name ecs.ServiceName) bool {
	s, ok := c.services[name]
	return ok && s.restless()
}

// Census is how many a cluster has of each, by status.
type Census struct {
	Tasks     map[ecs.TaskStatus]int // by last status; those that have stopped, too, while they are kept
	Instances map[ecs.ContainerInstanceStatus]int
	Services  map[ecs.ServiceStatus]int
}

// Census counts what the cluster has; managed daemons are no services.
func (c *Cluster) Census() Census {
	out := Census{Tasks: map[ecs.TaskStatus]int{}, Instances: map[ecs.ContainerInstanceStatus]int{}, Services: map[ecs.ServiceStatus]int{}}
	for _, t := range c.order {
		if !t.gone && !t.deleted(c.now) {
			out.Tasks[t.Task.LastStatus]++
		}
	}
	for _, i := range c.instanceList() {
		out.Instances[i.Instance.Status]++
	}
	for _, s := range c.serviceList() {
		if s.Managed == nil {
			out.Services[s.Spec.Status]++
		}
	}
	return out
}
