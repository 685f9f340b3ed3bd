package scheduler

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gantry/ecs"
)

// ECS keeps the last hundred events of a service, and tells a condition that
// lasts again after six hours (ECS semantics 4.15 [DG: service event messages]).
const (
	eventsKept  = 100
	repeatAfter = 6 * time.Hour
)

// The kinds of conditions that last and are told once.
const (
	standingSteady     = "steady"
	standingPlacement  = "placement"
	standingGivenUp    = "given up" // a task that waited for its capacity
	standingBlocked    = "blocked"
	standingThrottled  = "throttled"
	standingProtected  = "protected"
	standingLimit      = "provisioning limit"
	standingUneven     = "uneven"
	standingOperations = "operations"
	standingZone       = "zone"
)

// event writes a line into the service's events.
func (c *Cluster) event(s *service, format string, args ...any) {
	s.EventOrdinal++
	e := ecs.ServiceEvent{
		ID:        c.eventID(s, s.EventOrdinal),
		CreatedAt: c.now,
		Message:   s.speaker() + fmt.Sprintf(format, args...),
	}
	s.Spec.Events = slices.Insert(s.Spec.Events, 0, e)
	if len(s.Spec.Events) > eventsKept {
		s.Spec.Events = s.Spec.Events[:eventsKept]
	}
}

func (c *Cluster) eventID(s *service, ordinal int) string {
	return c.uuid(s.key("event", ordinal)...)
}

// tell writes an event about a condition that lasts: not again until its text
// changes, it ends, or six hours are over. It reports whether it did.
func (c *Cluster) tell(s *service, kind, format string, args ...any) bool {
	message := fmt.Sprintf(format, args...)
	i := slices.IndexFunc(s.Standing, func(x standing) bool { return x.Kind == kind })
	if i >= 0 && s.Standing[i].Message == message {
		return false
	}
	told := standing{Kind: kind, Message: message, At: c.now}
	if i >= 0 {
		s.Standing[i] = told
	} else {
		s.Standing = append(s.Standing, told)
	}
	c.event(s, "%s", message)
	c.nextRepeat(s)
	return true
}

// tellAction adds to a condition that was told what the stream of state changes
// says of it, then and whenever it is told again.
func (c *Cluster) tellAction(s *service, kind string, a ecs.ActionDetail) {
	for i := range s.Standing {
		if s.Standing[i].Kind == kind {
			s.Standing[i].Action = &a
		}
	}
	c.act(s, a)
}

// over notes that a condition has ended.
func (c *Cluster) over(s *service, kind string) {
	n := len(s.Standing)
	s.Standing = slices.DeleteFunc(s.Standing, func(x standing) bool { return x.Kind == kind })
	if len(s.Standing) != n {
		c.nextRepeat(s)
	}
}

func (c *Cluster) nextRepeat(s *service) {
	var first time.Time
	for _, x := range s.Standing {
		if at := x.At.Add(repeatAfter); first.IsZero() || at.Before(first) {
			first = at
		}
	}
	if !s.RepeatAt.Equal(first) {
		c.scheduleRepeat(s, first)
	}
}

// repeat tells the conditions again that were told six hours ago.
func (c *Cluster) repeat(s *service) {
	for i := range s.Standing {
		if !s.Standing[i].At.Add(repeatAfter).After(c.now) {
			s.Standing[i].At = c.now
			c.event(s, "%s", s.Standing[i].Message)
			if a := s.Standing[i].Action; a != nil {
				c.act(s, *a)
			}
		}
	}
	c.nextRepeat(s)
}

// Standing are the conditions of a service that last: its steady state, or what
// keeps it from one, in the words of its events.
func (c *Cluster) Standing(name ecs.ServiceName) []string {
	s, ok := c.services[name]
	if !ok {
		return nil
	}
	var out []string
	for _, x := range s.Standing {
		out = append(out, x.Message)
	}
	return out
}

// taskNames is "(task ID) (task ID2)".
func taskNames(tasks []*task) string {
	var out strings.Builder
	for i, t := range tasks {
		if i > 0 {
			out.WriteByte(' ')
		}
		out.WriteString("(task ")
		out.WriteString(string(t.ID))
		out.WriteByte(')')
	}
	return out.String()
}
