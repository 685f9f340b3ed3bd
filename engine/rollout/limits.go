package rollout

import (
	"time"

	"gantry/ecs"
)

// HealthyAfter is how long a task without load balancer and container health
// check has to be RUNNING before it counts as healthy (ECS semantics 4.4
// [DG: Deploy Amazon ECS services by replacing tasks]).
const HealthyAfter = 40 * time.Second

// Bounds hold during a rolling deployment: at least Lower tasks RUNNING and
// healthy, at most Upper RUNNING or PENDING, over all deployments together.
type Bounds struct {
	Lower int
	Upper int
}

// BoundsOf rounds the minimum up and the maximum down (ECS semantics 4.3
// [API:DeploymentConfiguration]).
func BoundsOf(desired, minimumPercent, maximumPercent int) Bounds {
	return Bounds{
		Lower: (desired*minimumPercent + 99) / 100,
		Upper: desired * maximumPercent / 100,
	}
}

// The bounds of the default threshold of the circuit breaker (ECS semantics 4.9).
const (
	leastThreshold   = 3
	mostThreshold    = 200
	thresholdPercent = 50
)

// BreakerThreshold is how many failures trip the circuit breaker: half the
// desired count, at least 3, at most 200, unless its setting says otherwise
// (ECS semantics 4.9 [API:ThresholdConfiguration]). One failure is the least
// that can trip it.
func BreakerThreshold(desired int, set *ecs.BreakerThreshold) int {
	percent := thresholdPercent
	if set != nil {
		percent = set.Value
		switch set.Type {
		case ecs.ThresholdCount:
			return max(1, set.Value)
		case ecs.ThresholdUnboundedPercent:
			return max(1, (desired*percent+99)/100)
		}
	}
	return min(mostThreshold, max(leastThreshold, (desired*percent+99)/100))
}

// The back-off of tasks that stop before they reach RUNNING. ECS documents the
// longest wait only; the steps up to it are ours (ECS semantics 4.10 [DG:
// Amazon ECS service throttle logic]).
const (
	FreeRounds  = 3 // lost rounds before the first wait
	firstWait   = 10 * time.Second
	LongestWait = 27 * time.Minute
)

// Backoff is the wait before the next start after that many lost rounds, a
// round being a batch of tasks of which none reached RUNNING.
func Backoff(rounds int) time.Duration {
	if rounds < FreeRounds {
		return 0
	}
	wait := firstWait
	for range rounds - FreeRounds {
		wait *= 2
		if wait >= LongestWait {
			return LongestWait
		}
	}
	return wait
}
