package placement

import (
	"fmt"
	"strings"

	"gantry/ecs"
)

// Choice is why a task goes where it goes: what each strategy of the chain found
// there and what it left, and what the other instances were refused for.
type Choice struct {
	Instance   ecs.ContainerInstanceID `json:"containerInstance"`
	Considered int                     `json:"considered"` // instances: all of the cluster
	Fits       int                     `json:"fits"`       // of them
	Steps      []Step                  `json:"steps"`
	Refused    []Count                 `json:"refused,omitempty"` // most instances first
	Closest    *Refusal                `json:"closest,omitempty"` // of the refused, as in Unplaceable
}

// Step is one strategy at work. What the chain leaves tied, the last step
// decides: a spread over instances, as we decided, or a random choice.
type Step struct {
	Strategy ecs.PlacementStrategy `json:"strategy"`
	Score
	RunnerUp *Score `json:"runnerUp,omitempty"` // of what it ruled out; nil: nothing
	Left     int    `json:"left"`               // instances that are as good
}

// Score is what a strategy compares: the tasks of the group that have a value (a
// zone, an instance), or what an instance has left of a resource. Less is
// better. A random choice has none.
type Score struct {
	Value  string `json:"value"`
	Amount int    `json:"amount"`
}

// Scores are those of a chain's strategies in turn, for who wants to keep of a
// choice no more than a few bytes.
type Scores [MaxStrategies]int32

// Scores are what the strategies of the request find on an instance, as long as
// the task is not there yet.
func (f *Fleet) Scores(id ecs.ContainerInstanceID, r *Request) (scores Scores, ok bool) {
	n := f.instances[id]
	if n == nil {
		return scores, false
	}
	x, g := f.indexed(), f.groups.named[r.Group]
	_, policy := f.termsOf(r)
	for i, l := range policy.chain {
		scores[i] = int32(l.score(x, n, g).Amount)
	}
	return scores, true
}

// Explain says why Place answers as it does, asked before the task is committed.
// Where no instance can take the task, Unplaceable says why, and ok is false.
// It asks every instance, so it is for who wants to know, not for every task.
func (f *Fleet) Explain(r *Request) (c Choice, ok bool) {
	x, g := f.indexed(), f.groups.named[r.Group]
	_, policy := f.termsOf(r)
	c.Considered = len(f.ordered)
	var left []*node
	var all summary
	var closest *node
	for ask, at := f.checkOf(r, untilCounted), 0; at < len(f.ordered); at++ {
		n := f.ordered[at]
		if ask.ask(n); ask.failed == 0 {
			left = append(left, n)
		} else if all.add(ask.first, ask.failed, n.ID) {
			closest = n
		}
	}
	if c.Refused = all.sorted(); closest != nil {
		ask := f.checkOf(r, untilListed)
		refusal := closest.refusal(ask.refusals(closest))
		c.Closest = &refusal
	}
	if c.Fits = len(left); c.Fits == 0 {
		return c, false
	}
	c.Instance, _ = f.Place(r)
	chosen := f.instances[c.Instance]
	for _, l := range policy.chain {
		var s Step
		s, left = l.step(x, g, chosen, left)
		c.Steps = append(c.Steps, s)
	}
	if policy.random {
		c.Steps = append(c.Steps, Step{
			Strategy: ecs.PlacementStrategy{Type: ecs.Random}, Score: Score{Value: string(c.Instance)}, Left: len(left),
		})
	} else if len(left) > 1 {
		s, _ := link{kind: spreadInstance}.step(x, g, chosen, left)
		c.Steps = append(c.Steps, s)
	}
	return c, true
}

// step keeps the instances that are as good as the chosen one.
func (l link) step(x *index, g *group, chosen *node, left []*node) (Step, []*node) {
	s := Step{Strategy: l.strategy(), Score: l.score(x, chosen, g)}
	var kept []*node
	for _, n := range left {
		switch score := l.score(x, n, g); {
		case score.Amount == s.Amount:
			kept = append(kept, n)
		case s.RunnerUp == nil || score.Amount < s.RunnerUp.Amount:
			s.RunnerUp = &score
		}
	}
	s.Left = len(kept)
	return s, kept
}

func (l link) score(x *index, n *node, g *group) Score {
	switch l.kind {
	case spreadInstance:
		return Score{string(n.ID), n.count(g)}
	case binpackCPU:
		return Score{string(n.ID), n.Remaining.CPUUnits}
	case binpackMemory:
		return Score{string(n.ID), n.Remaining.MemoryMiB}
	}
	field, at := x.fieldOf(l.field)
	value := field.of[n.slot]
	score := Score{Value: field.members[value].value}
	if tally := g.tally(at); int(value) < len(tally) {
		score.Amount = int(tally[value])
	}
	return score
}

func (l link) strategy() ecs.PlacementStrategy {
	switch l.kind {
	case spreadInstance:
		return ecs.PlacementStrategy{Type: ecs.Spread, Field: "instanceId"}
	case binpackCPU:
		return ecs.PlacementStrategy{Type: ecs.Binpack, Field: "cpu"}
	case binpackMemory:
		return ecs.PlacementStrategy{Type: ecs.Binpack, Field: "memory"}
	}
	return ecs.PlacementStrategy{Type: ecs.Spread, Field: "attribute:" + l.field}
}

// String says it in plain words.
func (c Choice) String() string {
	parts := make([]string, 0, len(c.Steps))
	for i := range c.Steps {
		parts = append(parts, c.Steps[i].String())
	}
	text := fmt.Sprintf("%s: %d of %d instances fit", c.Instance, c.Fits, c.Considered)
	if len(c.Refused) > 0 {
		refused := make([]string, 0, len(c.Refused))
		for _, r := range c.Refused {
			refused = append(refused, r.String())
		}
		text += " (" + strings.Join(refused, ", ") + ")"
	}
	if len(parts) > 0 {
		text += "; " + strings.Join(parts, "; ")
	}
	return text
}

// String says what the strategy found.
func (s Step) String() string {
	if s.Strategy.Type == ecs.Random {
		return fmt.Sprintf("random: one of %d", s.Left)
	}
	text := fmt.Sprintf("%s %s: %s", s.Strategy.Type, s.Strategy.Field, s.words(s.Score))
	if s.RunnerUp != nil {
		text += fmt.Sprintf(", next %s", s.words(*s.RunnerUp))
	}
	return text + fmt.Sprintf(", %d left", s.Left)
}

func (s Step) words(of Score) string {
	switch {
	case s.Strategy.Field == "cpu":
		return fmt.Sprintf("%s has %d CPU units left", of.Value, of.Amount)
	case s.Strategy.Field == "memory":
		return fmt.Sprintf("%s has %d MiB left", of.Value, of.Amount)
	case of.Value == "":
		return fmt.Sprintf("instances without it have %d tasks", of.Amount)
	}
	return fmt.Sprintf("%s has %d tasks", of.Value, of.Amount)
}
