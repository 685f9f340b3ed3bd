package api

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"gantry/emulator/insights"
)

// A query is stopped once, and stays so whatever it finds afterwards.
func TestStoppedQuery(t *testing.T) {
	r := &queryRun{status: types.QueryStatusRunning}
	if !r.stop() || r.stop() || r.end(types.QueryStatusComplete, insights.Result{Scanned: 1}) {
		t.Error("a query ends more than once")
	}
	if status, result := r.now(); status != types.QueryStatusCancelled || result.Scanned != 0 {
		t.Errorf("a stopped query is %s with %+v", status, result)
	}
	var s Server // as it is after a restart
	if status, _ := s.queries.seen(query{ID: "q"}); status != types.QueryStatusComplete {
		t.Errorf("a query that ended is %s", status)
	}
	if status, _ := s.queries.seen(query{ID: "q", Cancelled: true}); status != types.QueryStatusCancelled {
		t.Errorf("a query that was stopped is described as %s", status)
	}
	if status, _ := s.found(query{ID: "q", Cancelled: true}).now(); status != types.QueryStatusCancelled {
		t.Errorf("a query that was stopped is %s", status)
	}
}

// What runs is never forgotten, and of the rest the latest stay.
func TestQueriesAtHand(t *testing.T) {
	q := queries{runs: map[string]*queryRun{}}
	for i := range mostAtHand + 10 {
		r := &queryRun{query: query{ID: string(rune(i))}, order: i, status: types.QueryStatusComplete}
		if i < 2 {
			r.status = types.QueryStatusRunning
		}
		q.runs[r.query.ID] = r
	}
	q.forget()
	if len(q.runs) != mostAtHand+2 || q.running() != 2 || q.runs[string(rune(9))] != nil || q.runs[string(rune(10))] == nil {
		t.Errorf("%d queries at hand, %d running", len(q.runs), q.running())
	}
}
