package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// rounds is how often the servers take turns within one operation.
const rounds = 2

// mostRate is the highest rate that requests which may be sent once are made for.
const mostRate = 15_000

// measureAll measures each operation on each server, by turns.
func (r *run) measureAll(ctx context.Context) error {
	for _, m := range r.measured {
		r.talk("measuring %s", m.name)
		many, err := r.turns(ctx, m, r.Clients, r.For)
		if err != nil {
			return err
		}
		single, err := r.turns(ctx, m, 1, r.For/2)
		if err != nil {
			return err
		}
		r.tables.operation(m.name, many, single)
	}
	return nil
}

// turns measures one operation on each server, a round each in turn.
func (r *run) turns(ctx context.Context, m measured, clients int, most time.Duration) ([]sample, error) {
	samples := make([]sample, len(r.servers))
	for range rounds {
		for i, s := range r.servers {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			part, err := r.measure(s, m, clients, most/rounds)
			if err != nil {
				return nil, fmt.Errorf("%s of %s: %w", m.name, s.name, err)
			}
			samples[i] = samples[i].and(part)
		}
	}
	return samples, nil
}

// measure makes one load, and looks at one answer before it.
func (r *run) measure(s *server, m measured, clients int, most time.Duration) (sample, error) {
	requests, err := m.requests(r, s, int(most.Seconds()*mostRate)+1)
	if err != nil {
		return sample{}, err
	}
	var body bytes.Buffer
	status, err := s.own.do(requests[0], &body)
	if err != nil {
		return sample{}, err
	}
	if status/100 != 2 {
		return sample{}, fmt.Errorf("refused: %d %.400s", status, body.String())
	}
	var a answer
	if err := json.Unmarshal(body.Bytes(), &a); err != nil {
		return sample{}, err
	}
	if err := m.answer(r, s, a); err != nil {
		return sample{}, err
	}
	next := overAndOver(requests)
	if m.once {
		next = inTurn(requests[1:])
	}
	out, err := s.load(next, clients, most)
	if m.action == "RunTask" && err == nil {
		err = s.allPlaced(out.calls)
	}
	return out, err
}

// allPlaced is that tasks were really started: the cluster has them.
func (s *server) allPlaced(calls int) error {
	var shown struct {
		Clusters []struct{ RunningTasksCount, PendingTasksCount int }
	}
	if err := s.call("DescribeClusters", object{"clusters": []string{s.cluster}}, &shown); err != nil {
		return err
	}
	if len(shown.Clusters) != 1 || shown.Clusters[0].RunningTasksCount+shown.Clusters[0].PendingTasksCount < runAtOnce*calls {
		return fmt.Errorf("%d calls of RunTask(%d) were answered, and the cluster has not the tasks: %+v", calls, runAtOnce, shown.Clusters)
	}
	return nil
}

// many fills gantry's cluster, and measures DescribeTasks and the start again.
func (r *run) many(ctx context.Context) error {
	i := slices.IndexFunc(r.measured, func(m measured) bool { return m.action == "DescribeTasks" })
	if i < 0 {
		return nil
	}
	describe := r.measured[i]
	s := r.gantry
	var shown struct {
		Clusters []struct{ RunningTasksCount, PendingTasksCount int }
	}
	if err := s.call("DescribeClusters", object{"clusters": []string{s.cluster}}, &shown); err != nil {
		return err
	}
	there := shown.Clusters[0].RunningTasksCount + shown.Clusters[0].PendingTasksCount
	r.talk("gantry: running tasks until there are %d", r.Many)
	missing := max(0, r.Many-there)
	if err := r.each(s, "RunTask", (missing+runAtOnce-1)/runAtOnce, func(int) any { return s.runTasks() }); err != nil {
		return err
	}
	time.Sleep(settled) // the tasks come up
	part, err := r.measure(s, describe, r.Clients, r.For)
	if err != nil {
		return err
	}
	r.tables.many(describe.name, max(there, r.Many), part)
	if err := s.stop(); err != nil {
		return err
	}
	return r.starts(ctx, fmt.Sprintf("the saved world: %d instances, %d tasks", r.Instances, max(there, r.Many)), nil)
}
