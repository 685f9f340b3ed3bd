package target

import (
	"fmt"
	"slices"
	"time"

	"gantry/ecs"
)

// registration is how long Elastic Load Balancing takes to register a target,
// before it begins to check it. It publishes no figure; with this one and the
// default interval a new target of an Application Load Balancer is healthy 40 s
// after it was registered, and its service sees it ten seconds later, as in the
// rollout observed (ECS semantics 4.3).
const registration = 10 * time.Second

// Settings are what a target group says about its targets.
type Settings struct {
	Interval  time.Duration // between two health checks of a target
	Timeout   time.Duration // until a check without an answer has failed
	Initial   int           // checks passed in a row that make a new target healthy
	Healthy   int           // checks passed in a row that make an unhealthy target healthy
	Unhealthy int           // checks failed in a row that make a target unhealthy
	Delay     time.Duration // of its deregistration, in which connections drain
}

// webProtocol reports whether the group belongs to an Application Load Balancer.
func webProtocol(protocol string) bool { return protocol == "HTTP" || protocol == "HTTPS" }

// Settle fills in the defaults of a target group [API: CreateTargetGroup,
// TargetGroupAttribute]. One that says nothing is an Application Load Balancer's.
func Settle(g *ecs.TargetGroup) {
	text := func(field *string, value string) {
		if *field == "" {
			*field = value
		}
	}
	text(&g.Protocol, "HTTP")
	text(&g.TargetType, "instance")
	check := "TCP"
	if webProtocol(g.Protocol) {
		check = "HTTP"
	}
	text(&g.HealthCheckProtocol, check)
	if webProtocol(g.HealthCheckProtocol) {
		text(&g.HealthCheckPath, "/")
		text(&g.Matcher, matcherOf(g.Protocol))
	}
	if g.Port == 0 {
		g.Port = 80
	}
	if g.HealthCheckInterval == 0 {
		g.HealthCheckInterval = ecs.Seconds(30 * time.Second)
	}
	if g.HealthCheckTimeout == 0 {
		g.HealthCheckTimeout = ecs.Seconds(timeoutOf(g))
	}
	if g.HealthyThresholdCount == 0 {
		g.HealthyThresholdCount = 5
	}
	if g.UnhealthyThresholdCount == 0 {
		g.UnhealthyThresholdCount = 2
	}
	if g.DeregistrationDelay == nil {
		delay := ecs.Seconds(300 * time.Second)
		g.DeregistrationDelay = &delay
	}
}

// matcherOf are the codes that pass by default: a Network Load Balancer takes
// redirections too [API: Matcher].
func matcherOf(protocol string) string {
	if webProtocol(protocol) {
		return "200"
	}
	return "200-399"
}

// timeoutOf is the default timeout of a health check: 5 s for an Application
// Load Balancer; for a Network Load Balancer 6 s over HTTP and 10 s else
// [API: CreateTargetGroup, NLB: health check settings]. It stays below the
// interval.
func timeoutOf(g *ecs.TargetGroup) time.Duration {
	out := 10 * time.Second
	switch {
	case webProtocol(g.Protocol):
		out = 5 * time.Second
	case g.HealthCheckProtocol == "HTTP":
		out = 6 * time.Second
	}
	return min(out, max(time.Second, g.HealthCheckInterval.Duration()-time.Second))
}

// Check says what is wrong with the settings of a target group, or "" [API:
// CreateTargetGroup, TargetGroupAttribute]. The group is settled.
func Check(g *ecs.TargetGroup) string {
	within := func(name string, n, least, most int) string {
		if n < least || n > most {
			return fmt.Sprintf("%s must be between %d and %d, but was %d", name, least, most, n)
		}
		return ""
	}
	seconds := func(s ecs.Seconds) int { return int(s.Duration() / time.Second) }
	switch {
	case g.ARN == "":
		return "The target group must have an ARN"
	case !slices.Contains([]string{"HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP"}, g.Protocol):
		return fmt.Sprintf("Protocol must be one of HTTP, HTTPS, TCP, TLS, UDP, TCP_UDP, but was %s", g.Protocol)
	case g.TargetType != "ip" && g.TargetType != "instance":
		return fmt.Sprintf("Target type must be ip or instance, but was %s", g.TargetType)
	case !slices.Contains([]string{"HTTP", "HTTPS", "TCP"}, g.HealthCheckProtocol):
		return fmt.Sprintf("Health check protocol must be one of HTTP, HTTPS, TCP, but was %s", g.HealthCheckProtocol)
	}
	for _, wrong := range []string{
		within("Port", g.Port, 1, 65535),
		within("Health check interval", seconds(g.HealthCheckInterval), 5, 300),
		within("Health check timeout", seconds(g.HealthCheckTimeout), 1, 120),
		within("Healthy threshold count", g.HealthyThresholdCount, 2, 10),
		within("Unhealthy threshold count", g.UnhealthyThresholdCount, 2, 10),
		within("Deregistration delay", seconds(*g.DeregistrationDelay), 0, 3600),
	} {
		if wrong != "" {
			return wrong
		}
	}
	if g.HealthCheckTimeout >= g.HealthCheckInterval {
		return "Health check timeout must be smaller than the interval"
	}
	return ""
}

// SettingsOf reads the settings of a target group that is settled and sound.
//
// A new target of an Application Load Balancer has to pass one check [ALB:
// target group health checks]. A Network Load Balancer says only that it makes
// initial health checks: we let it make as many as for an unhealthy target.
func SettingsOf(g *ecs.TargetGroup) Settings {
	out := Settings{
		Interval: g.HealthCheckInterval.Duration(), Timeout: g.HealthCheckTimeout.Duration(),
		Initial: 1, Healthy: g.HealthyThresholdCount, Unhealthy: g.UnhealthyThresholdCount,
		Delay: g.DeregistrationDelay.Duration(),
	}
	if !webProtocol(g.Protocol) {
		out.Initial = out.Healthy
	}
	return out
}
