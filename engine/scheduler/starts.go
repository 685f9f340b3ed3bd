package scheduler

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gantry/ecs"
	"gantry/engine/placement"
)

// startTasks starts what the rollout asks for, as far as there are places.
func (c *Cluster) startTasks(s *service, t *tally) int {
	wanted := t.Starts()
	switch {
	case !slices.ContainsFunc(wanted, func(n int) bool { return n > 0 }):
		c.over(s, standingOperations)
	case c.throttled(s):
		return 0
	}
	var out starts
	replaced := 0
	for i, n := range wanted {
		staying := t.Deployments[i].Staying
		room, _ := c.launchable(s)
		out.held = out.held || t.Service.Holds(i) || n > 0 && room <= 0
		if n = min(n, room); n <= 0 {
			continue
		}
		made := c.startSome(s, s.Deployments[i], n, &out)
		if i == 0 {
			lacking := max(0, t.Desired-staying.All())
			replaced = min(staying.Unhealthy, max(0, made-lacking))
		}
	}
	c.tellStarted(s, out.tasks, replaced)
	c.noteRefusal(s, &out)
	c.noteLimit(s, out.limited)
	return len(out.tasks)
}

// starts are the tasks that a pass starts, and what kept it from starting more.
type starts struct {
	tasks   []*task
	refused *placement.Unplaceable // one found no place
	limited bool                   // one would have to wait for a place, and too many do
	placed  bool                   // one found a place
	held    bool                   // some are missing, and not tried yet: a back-off, or the launch rate
}

// startSome starts up to n tasks of a deployment.
func (c *Cluster) startSome(s *service, d *deployment, n int, out *starts) (made int) {
	b, x := c.blueprintOf(s, d), c.splitOf(s, d)
	w, zones := &wait{Network: b.network, Volumes: b.volumes}, &zoneCount{tasks: s.live}
	for range n {
		b.ordinal = s.TaskOrdinal + 1
		t, unplaceable, limited := c.startOne(b, x, w, func() (place, *placement.Unplaceable) { return c.findPlace(s, b, zones) })
		if unplaceable != nil {
			out.refused, s.Refused = unplaceable, d.ID
		}
		if limited || t == nil && x == nil {
			out.limited = out.limited || limited
			break // the next one asks for the same
		}
		if t == nil {
			continue
		}
		s.TaskOrdinal++
		made++
		zones.add(t)
		out.placed = out.placed || t.Wait == nil
		out.tasks = append(out.tasks, t)
	}
	c.launched(s, made)
	return made
}

// noteRefusal notes whether a task found no place, and tells it. While tasks of
// the service are still stopping, it waits for the room that they leave before
// it complains. It is over when all that were missing could start, not when none
// was tried.
func (c *Cluster) noteRefusal(s *service, out *starts) {
	u := out.refused
	if out.placed || len(s.Deployments) > 0 && s.primary().State == ecs.RolloutFailed || u == nil && !out.held && s.lacksNothing(out) {
		c.over(s, standingGivenUp)
	}
	if u == nil {
		if len(out.tasks) > 0 || !out.held {
			c.over(s, standingPlacement)
		}
		delete(c.waiting, s.Spec.Name)
		s.Refused, s.Zone = "", ""
		return
	}
	c.waitsForPlace(s)
	if s.stopping > 0 {
		return
	}
	unplaced := Wait{Kind: WaitPlace, Unplaced: u}
	if c.tell(s, standingPlacement, "%s", unplaced.Event()) {
		c.tellAction(s, standingPlacement, placementFailure(u))
	}
}

// lacksNothing reports whether a service that gave up waiting for capacity started
// no task since and waits for none: it asks for fewer now.
func (s *service) lacksNothing(out *starts) bool {
	gaveUp := slices.ContainsFunc(s.Standing, func(x standing) bool { return x.Kind == standingGivenUp })
	return gaveUp && len(out.tasks) == 0 && !slices.ContainsFunc(s.live, func(t *task) bool { return t.Wait != nil && t.wanted() })
}

// placementFailure is a refusal as the stream of state changes tells it: the
// instance that comes closest, and what it lacks.
func placementFailure(u *placement.Unplaceable) ecs.ActionDetail {
	out := ecs.ActionDetail{Type: ecs.EventError, Name: "SERVICE_TASK_PLACEMENT_FAILURE", Reason: strings.TrimPrefix(u.StoppedReason(), "TaskFailedToStart: ")}
	if r := u.Closest; r != nil {
		out.ContainerInstanceARNs, out.Reason = []ecs.ARN{r.ARN}, r.Reasons[0].Failure()
	}
	return out
}

// blueprintOf is the next task of a deployment.
func (c *Cluster) blueprintOf(s *service, d *deployment) *blueprint {
	def := c.definitions[d.Definition].def
	r := s.revision(d.Revision)
	o := &Origin{
		TaskDefinitionARN: def.ARN, Group: s.Spec.Name.Group(), StartedBy: string(d.ID),
		LaunchType: launchOf(r.LaunchType, r.CapacityProviderStrategy), PlatformVersion: platformOf(r),
		EnableExecuteCommand: s.Spec.EnableExecuteCommand, Tags: c.taskTags(s, def),
	}
	b := &blueprint{
		def: def, origin: d.origin(o), network: r.NetworkConfiguration, volumes: ecs.ManagedVolumes(r.Volumes),
		ordinal: s.TaskOrdinal + 1, requirements: placement.RequirementsOf(def, nil), svc: s, dep: d,
	}
	b.requirements.Zones = c.zones(b.network)
	return b
}

// taskTags are the tags of a service's tasks: those that are propagated, and
// ECS's own where they are asked for (ECS semantics 8.8 [DG: tagging]).
func (c *Cluster) taskTags(s *service, def *ecs.TaskDefinition) []ecs.Tag {
	var tags []ecs.Tag
	switch s.Spec.PropagateTags {
	case "SERVICE":
		tags = s.Spec.Tags
	case "TASK_DEFINITION":
		tags = def.Tags
	}
	if !s.Spec.EnableECSManagedTags {
		return tags
	}
	owner := ecs.Tag{Key: "aws:ecs:serviceName", Value: string(s.Spec.Name)}
	if daemon, ok := s.Spec.Name.Daemon(); ok {
		owner = ecs.Tag{Key: "aws:ecs:daemonName", Value: daemon}
	}
	return append(slices.Clone(tags), ecs.Tag{Key: "aws:ecs:clusterName", Value: string(c.cfg.Name)}, owner)
}

// The platform version of Fargate by default, and what it means (ECS semantics 4.1).
const (
	latestPlatform  = "LATEST"
	fargatePlatform = "1.4.0"
	platformOnEC2   = "The platform version must be null when specifying an EC2 launch type"
)

// launchOf is where tasks run: by their launch type, else by what the providers of
// their strategy offer.
func launchOf(launch ecs.LaunchType, strategy []ecs.CapacityProviderStrategyItem) ecs.LaunchType {
	if launch != "" {
		return launch
	}
	return launchFrom(strategy)
}

// platformOf is the platform version that tasks of a revision run on, and a
// deployment of it shows; "" is that of EC2.
func platformOf(r *ecs.ServiceRevision) string {
	if launchOf(r.LaunchType, r.CapacityProviderStrategy) != ecs.LaunchFargate {
		return ""
	}
	return platform(r.PlatformVersion)
}

// platform is the platform version that was asked for, or the one that LATEST means.
func platform(asked string) string {
	if asked == "" || asked == latestPlatform {
		return fargatePlatform
	}
	return asked
}

// findPlace chooses where a task of a service goes. Zones counts the tasks that it
// has in each.
func (c *Cluster) findPlace(s *service, b *blueprint, zones *zoneCount) (place, *placement.Unplaceable) {
	if b.origin.LaunchType == ecs.LaunchFargate {
		return c.fargatePlace(b, zones)
	}
	return c.placed(b, c.placementRequest(s, b), 0)
}

// placed is where a request leads to, after a while in which there was no place.
func (c *Cluster) placed(b *blueprint, r *placement.Request, waited time.Duration) (place, *placement.Unplaceable) {
	choice, unplaceable := c.fleet.Place(r)
	if unplaceable != nil {
		return place{}, unplaceable
	}
	return place{instance: choice.Instance, why: c.byStrategy(b, &choice, waited)}, nil
}

func (c *Cluster) placementRequest(s *service, b *blueprint) *placement.Request {
	return c.requestFor(b, c.policy(s, b.def))
}

// policy is the placement policy of the service's tasks of a definition, read once.
func (c *Cluster) policy(s *service, def *ecs.TaskDefinition) *placement.Policy {
	p, ok := s.policies[def.ARN]
	if !ok {
		if s.policies == nil {
			s.policies = map[ecs.ARN]*placement.Policy{}
		}
		// Each part of it was valid when the service or the task set was created or updated.
		p, _ = placement.ServicePolicy(def.PlacementConstraints, s.Spec.PlacementConstraints, s.Spec.PlacementStrategy)
		s.policies[def.ARN] = p
	}
	return p
}

// tellStarted writes the event of tasks that were started.
func (c *Cluster) tellStarted(s *service, started []*task, replaced int) {
	if len(started) == 0 {
		return
	}
	suffix := ""
	if replaced > 0 {
		suffix = fmt.Sprintf(" Amazon ECS replaced %d tasks due to an unhealthy status.", replaced)
	}
	c.event(s, "has started %d tasks: %s.%s", len(started), taskNames(started), suffix)
}

// Unplaced is why a task of the service finds no place now, for each container
// instance; nil when none is waiting for one.
func (c *Cluster) Unplaced(name ecs.ServiceName) *placement.Unplaceable {
	s, ok := c.waiting[name]
	if !ok || len(s.Deployments) == 0 {
		return nil
	}
	if s.Spec.SchedulingStrategy == ecs.Daemon {
		return c.daemonUnplaced(s)
	}
	if s.Zone != "" {
		return c.unplacedIn(s, s.Zone)
	}
	for _, d := range s.Deployments {
		if d.ID == s.Refused {
			return c.unplacedOf(s, d)
		}
	}
	return nil
}
