package api

import (
	"cmp"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"gantry/emulator/insights"
	"gantry/emulator/store"
)

// The bounds of what is kept in memory: the rows that one query holds on to, after
// which it fails, and the queries whose results are at hand.
const (
	mostRows   = 1_000_000
	mostAtHand = 100
)

// queries are those whose results this process has, or is about to.
type queries struct {
	mu    sync.Mutex
	count int
	runs  map[string]*queryRun
}

// queryRun is a query that is being run, or that was.
type queryRun struct {
	query query
	order int // in which they began

	mu     sync.Mutex
	status types.QueryStatus
	result insights.Result
}

// found is the run of a query, which begins if there is none.
func (s *Server) found(q query) *queryRun {
	all := &s.queries
	all.mu.Lock()
	defer all.mu.Unlock()
	if r := all.runs[q.ID]; r != nil {
		return r
	}
	all.count++
	r := &queryRun{query: q, order: all.count, status: types.QueryStatusRunning}
	if q.Cancelled {
		r.status = types.QueryStatusCancelled
		return r
	}
	if all.runs == nil {
		all.runs = map[string]*queryRun{}
	}
	all.runs[q.ID] = r
	all.forget()
	go s.runQuery(r)
	return r
}

// seen is what is known of a query without running it again: one whose results are
// not at hand has come to its end.
func (q *queries) seen(x query) (types.QueryStatus, insights.Result) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if r := q.runs[x.ID]; r != nil {
		return r.now()
	}
	if x.Cancelled {
		return types.QueryStatusCancelled, insights.Result{}
	}
	return types.QueryStatusComplete, insights.Result{}
}

// forget lets go of the oldest results when there are many.
func (q *queries) forget() {
	var over []*queryRun
	for _, r := range q.runs {
		if status, _ := r.now(); status != types.QueryStatusRunning {
			over = append(over, r)
		}
	}
	slices.SortFunc(over, func(a, b *queryRun) int { return cmp.Compare(a.order, b.order) })
	for _, r := range over[:max(0, len(over)-mostAtHand)] {
		delete(q.runs, r.query.ID)
	}
}

// running is how many queries are running.
func (q *queries) running() (n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, r := range q.runs {
		if status, _ := r.now(); status == types.QueryStatusRunning {
			n++
		}
	}
	return n
}

func (r *queryRun) now() (types.QueryStatus, insights.Result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.status, r.result
}

// end gives a run that still goes its last status; it reports whether it did.
func (r *queryRun) end(status types.QueryStatus, result insights.Result) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.status != types.QueryStatusRunning {
		return false
	}
	r.status, r.result = status, result
	return true
}

func (r *queryRun) stop() bool { return r.end(types.QueryStatusCancelled, insights.Result{}) }

// runQuery runs a query to its end, or until it is stopped.
func (s *Server) runQuery(r *queryRun) {
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("a query ended in a panic", "query", r.query.ID, "panic", p, "stack", string(debug.Stack()))
			r.end(types.QueryStatusFailed, insights.Result{})
		}
	}()
	result, err := s.resultOf(r)
	if err != nil {
		s.log.Warn("a query failed", "query", r.query.ID, "error", err)
		r.end(types.QueryStatusFailed, insights.Result{})
		return
	}
	r.end(types.QueryStatusComplete, result)
}

func (s *Server) resultOf(r *queryRun) (insights.Result, error) {
	parsed, err := parseQuery(r.query.Text)
	if err != nil {
		return insights.Result{}, err
	}
	run := parsed.Begin(r.query.CreatedAt.UnixMilli())
	for _, group := range r.query.Groups {
		for after, more := (resume{}), true; more; {
			if after, more, err = s.scan(r, run, group, after); err != nil {
				return insights.Result{}, err
			}
			if run.Kept() > mostRows {
				return insights.Result{}, fmt.Errorf("the query holds on to more than %d events at a time; filter more, or ask about less time", mostRows)
			}
		}
	}
	return run.Finish(r.query.Limit), nil
}

// scan gives a run the next events of a group; the world can go on after so many.
func (s *Server) scan(r *queryRun, run *insights.Run, group string, after resume) (next resume, more bool, err error) {
	err = s.view(func(tx *store.Tx) error {
		l := &Logs{s: s, tx: tx}
		found, err := l.group(&group)
		if err != nil {
			return err
		}
		streams, err := tx.LogStreams(group, "")
		if err != nil {
			return err
		}
		m := &merge{reader: newReader(tx, found), start: r.query.Start * 1000, end: r.query.End*1000 + 1000,
			batch: min(mostAhead, max(fewestAhead, allAhead/max(1, len(streams))))}
		for i := range streams {
			if err := m.add(&streams[i], after); err != nil {
				return err
			}
		}
		for scanned := 0; len(m.heads) > 0 && scanned < mostScanned; scanned++ {
			e, err := m.next()
			if err != nil {
				return err
			}
			run.Add(l.insight(group, &e))
			next = resume{position: e.position, stream: e.stream.Name, some: true}
		}
		status, _ := r.now()
		more = len(m.heads) > 0 && status == types.QueryStatusRunning
		return nil
	})
	return next, more, err
}

// insight is an event as queries see it.
func (l *Logs) insight(group string, e *event) insights.Event {
	return insights.Event{
		Timestamp: e.ms, Ingested: e.ingested, Message: e.message, Stream: e.stream.Name,
		Log: string(l.tx.Scope().Account) + ":" + group, Pointer: *sealToken(fmt.Sprintf("%d %d %s %s", e.ms, e.number, group, e.stream.Name)),
	}
}
