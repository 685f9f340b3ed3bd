package life_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gantry/ecs"
	"gantry/engine/life"
)

// TestHealthIsChecks: the health of a container is in every second what checks
// one by one say (ECS semantics 5.6).
func TestHealthIsChecks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := func(name string, least, most int) int { return rapid.IntRange(least, most).Draw(t, name) }
		interval, timeout, retries, startPeriod := n("interval", 5, 20), n("timeout", 2, 5), n("retries", 1, 4), n("startPeriod", 0, 60)
		healthy, unhealthy, up, down := n("healthy", 0, 60), n("unhealthy", 0, 300), n("up", 0, 60), n("down", 1, 60)
		hangs := rapid.Bool().Draw(t, "hangs")
		fate := fmt.Sprintf("pull=1s start=1s healthy=%ds unhealthy=%ds", healthy, unhealthy)
		if up > 0 {
			fate += fmt.Sprintf(" flap=%ds/%ds", up, down)
		}
		if hangs {
			fate += " code=timeout"
		}
		well := func(second int) bool {
			if second < healthy || unhealthy > 0 && second >= unhealthy {
				return false
			}
			return up == 0 || (second-healthy)%(up+down) < up
		}
		seconds := func(n int) ecs.Seconds { return ecs.Seconds(time.Duration(n) * time.Second) }
		def := ecs.TaskDefinition{Containers: []ecs.ContainerDefinition{{
			Name: "app", Essential: true, DockerLabels: map[string]string{life.FateLabel: fate},
			HealthCheck: &ecs.HealthCheck{Interval: seconds(interval), Timeout: seconds(timeout), Retries: retries, StartPeriod: seconds(startPeriod)},
		}}}
		const long = 900
		got := map[int]ecs.HealthStatus{}
		steps, _ := lived(&def, 1, false, 0, (long+2)*time.Second, nil)
		for _, x := range steps {
			for _, c := range x.Containers {
				if c.Health != "" {
					got[int((x.At.Sub(birth)-2200*time.Millisecond)/time.Second)] = c.Health
				}
			}
		}
		health, failed, next := ecs.HealthUnknown, 0, interval
		for second := range long {
			if second == next {
				over, now := second, health
				if well(second) {
					now, failed = ecs.HealthHealthy, 0
				} else {
					if hangs {
						over += timeout
					}
					if health != ecs.HealthUnknown || second >= startPeriod {
						failed++
					}
					if failed >= retries {
						now = ecs.HealthUnhealthy
					}
				}
				next = over + interval
				if now != health && over < long {
					if got[over] != now {
						t.Fatalf("second %d: %q, one by one %s", over, got[over], now)
					}
					delete(got, over)
				}
				health = now
			}
		}
		if len(got) > 0 {
			t.Fatalf("changes that no check made: %v", got)
		}
	})
}
