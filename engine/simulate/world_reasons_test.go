package simulate_test

import (
	"regexp"

	"gantry/ecs"
)

// reasonsFeature is why tasks stop: every pair of stop code and reason is one of
// ECS semantics 5.3.
func reasonsFeature() feature {
	return feature{name: "reasons", watch: func(l *laws) watcher {
		return watcher{task: func(id ecs.TaskID, t *ecs.Task, before *seen) {
			if t.StopCode == "" || before != nil && before.task.StopCode == t.StopCode && before.task.StoppedReason == t.StoppedReason {
				return
			}
			if before != nil && before.task.StopCode != "" {
				l.fail("task %s stops for %s %q, and first stopped for %s %q", id, t.StopCode, t.StoppedReason, before.task.StopCode, before.task.StoppedReason)
			}
			for _, form := range reasonForms {
				if form.code == t.StopCode && form.reason.MatchString(t.StoppedReason) {
					return
				}
			}
			l.fail("no task stops for %s %q: %s", t.StopCode, t.StoppedReason, id)
		}}
	}}
}

type reasonForm struct {
	code   ecs.StopCode
	reason *regexp.Regexp
}

// reasonForms is the table of ECS semantics 5.3.
var reasonForms = []reasonForm{
	{ecs.EssentialContainerExited, whole(`Essential container in task exited`)},
	{ecs.UserInitiated, whole(`Task stopped by user`)}, // or the reason that was given: nobody gives one here
	{ecs.UserInitiated, whole(`Container instance deregistration forced by user`)},
	{ecs.ServiceSchedulerInitiated, whole(`Scaling activity initiated by \(deployment ecs-svc/\d{19}\)`)},
	{ecs.ServiceSchedulerInitiated, whole(`Scaling activity initiated by the deletion of the service`)},
	{ecs.ServiceSchedulerInitiated, whole(`Task failed container health checks`)},
	{ecs.ServiceSchedulerInitiated, whole(`Task failed ELB health checks in \((target-group arn:\S+|elb \S+)\)`)},
	{ecs.TaskFailedToStart, whole(`Task failed to start`)},
	{ecs.TaskFailedToStart, whole(`(CannotPullContainer|CannotStartContainer|CannotCreateContainer|CannotCreateVolume|CannotInspectContainer|ContainerRuntime|ContainerRuntimeTimeout|DockerTimeout|ResourceInitialization|TaskDependency|Internal)Error: .+`)},
	{ecs.TaskFailedToStart, whole(`(TaskFailedToStart|ResourceNotFoundException): .+`)},
	{ecs.TerminationNotice, whole(`Host EC2 \(instance i-\S+\) stopped/terminated\.`)},
	{ecs.TerminationNotice, whole(`Capacity is unavailable at this time\. Please try again later or in a different availability zone\.`)},
	{ecs.SpotInterruption, whole(`Your Spot Task was interrupted\.`)},
}

func whole(pattern string) *regexp.Regexp { return regexp.MustCompile(`^(?s:` + pattern + `)$`) }
