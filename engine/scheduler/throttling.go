package scheduler

import (
	"fmt"
	"strconv"
	"time"

	"gantry/ecs"
)

// throttledRetry is how long the scheduler waits before it tries an operation
// again that was throttled. ECS says "later" (ECS semantics 4.15).
const throttledRetry = 10 * time.Second

// setThrottling notes how many of the scheduler's own operations are throttled:
// its calls for starting tasks to EC2, Fargate and the agents.
func (c *Cluster) setThrottling(cmd *SetThrottling) error {
	if !(cmd.Share >= 0 && cmd.Share <= 1) {
		return invalid(fmt.Sprintf("The share of throttled operations must be between 0 and 1, but was %g.", cmd.Share))
	}
	if c.throttling == cmd.Share {
		return nil
	}
	c.throttling = cmd.Share
	for _, s := range c.serviceList() {
		if s.stands(standingOperations) {
			c.wake(s, c.now.Add(PassDelay))
		}
	}
	return nil
}

// throttled reports whether the start of tasks that a service is about to begin
// is throttled. That is told once, and tried again later; when all operations
// are throttled, not before that changes.
func (c *Cluster) throttled(s *service) bool {
	if c.throttling > 0 {
		s.Tries++
		draw := c.number("throttled", string(s.Spec.Name), strconv.Itoa(s.Generation), strconv.Itoa(s.Tries))
		if float64(draw>>11)/(1<<53) < c.throttling {
			w := Wait{Kind: WaitThrottled}
			if c.tell(s, standingOperations, "%s", w.Event()) {
				c.tellAction(s, standingOperations, ecs.ActionDetail{Type: ecs.EventError, Name: "ECS_OPERATION_THROTTLED"})
			}
			if c.throttling < 1 {
				c.wake(s, c.now.Add(throttledRetry))
			}
			return true
		}
	}
	c.over(s, standingOperations)
	return false
}
