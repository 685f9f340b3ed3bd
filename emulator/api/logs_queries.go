package api

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/google/uuid"

	"gantry/ecs"
	"gantry/emulator/insights"
	"gantry/emulator/store"
)

// The bounds of queries (ECS semantics 9.8 [LOGS:StartQuery]).
const (
	mostQueried       = 50 // groups
	mostQueries       = 100
	usualResults      = 10_000
	mostResultsPaged  = 10_000
	mostQueriesListed = 1000
	queriesKept       = 7 * 24 * time.Hour
)

// kindQuery are the queries, by id.
const kindQuery = "logs/query"

// query is a query as it is kept. What it finds is not: it is found again when a
// process asks that did not run the query itself.
type query struct {
	ID         string    `json:"id"`
	Text       string    `json:"text"`
	Groups     []string  `json:"groups"`
	Start      int64     `json:"start"` // seconds, both included
	End        int64     `json:"end"`
	Limit      int       `json:"limit"`
	CreatedAt  time.Time `json:"createdAt"`
	Cancelled  bool      `json:"cancelled,omitempty"`
	Identified []string  `json:"identified,omitempty"` // the groups as the request named them
}

// malformedQuery is a MalformedQueryException, which says where the query is wrong.
type malformedQuery struct{ *insights.SyntaxError }

const codeMalformedQuery = "MalformedQueryException"

// compileError is the member of the exception that says so.
func (e *malformedQuery) compileError() map[string]any {
	start, end := e.Characters()
	return map[string]any{
		"message":  e.Message,
		"location": map[string]any{"startCharOffset": start, "endCharOffset": end},
	}
}

func parseQuery(text string) (*insights.Query, error) {
	parsed, err := insights.Parse(text)
	if wrong, ok := errors.AsType[*insights.SyntaxError](err); ok {
		return nil, &malformedQuery{wrong}
	}
	return parsed, err
}

// StartQuery begins a query over groups.
func (l *Logs) StartQuery(_ context.Context, in *sdk.StartQueryInput) (*sdk.StartQueryOutput, error) {
	q := query{ID: uuid.NewString(), Text: text[string](in.QueryString), Limit: usualResults, CreatedAt: l.tx.Now()}
	if language := in.QueryLanguage; language != "" && language != types.QueryLanguageCwli {
		return nil, invalid("The emulator evaluates queries in Logs Insights QL (CWLI), not in %s.", language)
	}
	if in.StartTime == nil || in.EndTime == nil || *in.StartTime < 0 || *in.EndTime < *in.StartTime || *in.EndTime > last().ms/1000 {
		return nil, invalid("The startTime and endTime are seconds since January 1, 1970, and the endTime cannot be before the startTime.")
	}
	q.Start, q.End = *in.StartTime, *in.EndTime
	parsed, err := parseQuery(q.Text)
	if err != nil {
		return nil, err
	}
	if parsed.Limits() {
		q.Limit = insights.MostResults // the query's own limit counts
	}
	if in.Limit != nil {
		if q.Limit = int(*in.Limit); q.Limit < 1 || q.Limit > insights.MostResults {
			return nil, invalid("1 validation error detected: Value '%d' at 'limit' failed to satisfy constraint: Member must have value between 1 and %d", q.Limit, insights.MostResults)
		}
	}
	if err := l.queried(in, &q); err != nil {
		return nil, err
	}
	if l.s.queries.running() >= mostQueries {
		return nil, refuse(ecs.CodeLimitExceeded, "You have reached the limit of %d concurrent queries.", mostQueries)
	}
	if err := l.forgetQueries(); err != nil {
		return nil, err
	}
	if err := l.tx.PutDocument(kindQuery, q.ID, q); err != nil {
		return nil, err
	}
	l.s.found(q)
	return &sdk.StartQueryOutput{QueryId: &q.ID}, nil
}

// queried notes the groups of a query, which are given in one of three members.
func (l *Logs) queried(in *sdk.StartQueryInput, q *query) error {
	q.Identified = slices.Concat(in.LogGroupNames, in.LogGroupIdentifiers)
	members := 0
	for _, given := range []bool{in.LogGroupName != nil, len(in.LogGroupNames) > 0, len(in.LogGroupIdentifiers) > 0} {
		if given {
			members++
		}
	}
	if in.LogGroupName != nil {
		q.Identified = []string{*in.LogGroupName}
	}
	if members != 1 || len(q.Identified) > mostQueried {
		return invalid("Exactly one of logGroupName, logGroupNames and logGroupIdentifiers must be specified, with at most %d log groups.", mostQueried)
	}
	for _, id := range q.Identified {
		name := groupOfARN(id)
		if _, err := l.group(&name); err != nil {
			return err
		}
		if !slices.Contains(q.Groups, name) {
			q.Groups = append(q.Groups, name)
		}
	}
	return nil
}

// forgetQueries deletes what was kept long enough.
func (l *Logs) forgetQueries() error {
	all, err := store.Documents[query](l.tx, kindQuery, "")
	for _, q := range all {
		if err == nil && l.tx.Now().Sub(q.CreatedAt) > queriesKept {
			err = l.tx.DeleteDocument(kindQuery, q.ID)
		}
	}
	return err
}

// query finds a query by its id.
func (l *Logs) query(id *string) (q query, err error) {
	given := text[string](id)
	if given == "" || len(given) > 256 {
		return q, invalid("1 validation error detected: Value '%s' at 'queryId' failed to satisfy constraint: Member must have length between 1 and 256", given)
	}
	ok, err := l.tx.Document(kindQuery, given, &q)
	if err == nil && !ok {
		err = refuse(codeNotFound, "The specified query does not exist.")
	}
	return q, err
}

// GetQueryResults shows what a query has found, and whether it still looks.
func (l *Logs) GetQueryResults(_ context.Context, in *sdk.GetQueryResultsInput) (*sdk.GetQueryResultsOutput, error) {
	q, err := l.query(in.QueryId)
	if err != nil {
		return nil, err
	}
	if in.MaxItems != nil && (*in.MaxItems < 1 || *in.MaxItems > mostResultsPaged) {
		return nil, invalid("1 validation error detected: Value '%d' at 'maxItems' failed to satisfy constraint: Member must have value between 1 and %d", *in.MaxItems, mostResultsPaged)
	}
	status, result := l.s.found(q).now()
	out := &sdk.GetQueryResultsOutput{Status: status, QueryLanguage: types.QueryLanguageCwli, Results: [][]types.ResultField{}, Statistics: queryStatistics(&q, &result)}
	keys := make([]string, len(result.Rows)) // the numbers of the rows
	for i := range result.Rows {
		keys[i] = fmt.Sprintf("%08d", i)
	}
	keys, out.NextToken, err = page(keys, in.NextToken, in.MaxItems, mostResultsPaged, mostResultsPaged)
	if err != nil {
		return nil, invalid("The specified nextToken is invalid.")
	}
	for _, key := range keys {
		at, err := strconv.Atoi(key)
		if err != nil {
			return nil, err
		}
		row := []types.ResultField{}
		for i := range result.Rows[at] {
			f := &result.Rows[at][i]
			row = append(row, types.ResultField{Field: &f.Name, Value: &f.Value})
		}
		out.Results = append(out.Results, row)
	}
	return out, nil
}

func queryStatistics(q *query, result *insights.Result) *types.QueryStatistics {
	return &types.QueryStatistics{
		RecordsMatched: float64(result.Matched), RecordsScanned: float64(result.Scanned), BytesScanned: float64(result.Bytes),
		LogGroupsScanned: float64(len(q.Groups)), ResultCount: float64(len(result.Rows)),
	}
}

// StopQuery ends a query that still looks.
func (l *Logs) StopQuery(_ context.Context, in *sdk.StopQueryInput) (*sdk.StopQueryOutput, error) {
	q, err := l.query(in.QueryId)
	if err != nil {
		return nil, err
	}
	if !l.s.found(q).stop() {
		return &sdk.StopQueryOutput{}, nil
	}
	q.Cancelled = true
	return &sdk.StopQueryOutput{Success: true}, l.tx.PutDocument(kindQuery, q.ID, q)
}

// DescribeQueries lists queries, the latest first.
func (l *Logs) DescribeQueries(_ context.Context, in *sdk.DescribeQueriesInput) (*sdk.DescribeQueriesOutput, error) {
	all, err := store.Documents[query](l.tx, kindQuery, "")
	if err != nil {
		return nil, err
	}
	group := text[string](in.LogGroupName)
	if group != "" {
		if _, err := l.group(&group); err != nil {
			return nil, err
		}
	}
	list := []types.QueryInfo{}
	for _, q := range all {
		status, result := l.s.queries.seen(q)
		if group != "" && !slices.Contains(q.Groups, group) || in.Status != "" && in.Status != status ||
			in.QueryLanguage != "" && in.QueryLanguage != types.QueryLanguageCwli {
			continue
		}
		created, bytes := q.CreatedAt.UnixMilli(), float64(result.Bytes)
		list = append(list, types.QueryInfo{
			QueryId: &q.ID, QueryString: &q.Text, LogGroupName: &q.Groups[0], CreateTime: &created, Status: status,
			QueryLanguage: types.QueryLanguageCwli, BytesScanned: &bytes,
		})
	}
	key := func(q types.QueryInfo) string { return turned(fmt.Sprintf("%020d%s", *q.CreateTime, *q.QueryId)) }
	list, next, err := listed(list, key, in.NextToken, in.MaxResults, pageBounds{"maxResults", mostQueriesListed, mostQueriesListed})
	return &sdk.DescribeQueriesOutput{Queries: list, NextToken: next}, err
}
