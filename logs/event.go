package logs

import (
	"context"
	"time"
)

// Event is one line of a log stream, with the task and container that wrote it
// where they are known.
type Event struct {
	Group     string    `json:"logGroupName"`
	Stream    string    `json:"logStreamName"`
	Task      string    `json:"task,omitempty"`
	Container string    `json:"container,omitempty"`
	Timestamp time.Time `json:"timestamp"`
	Ingestion time.Time `json:"ingestionTime,omitzero"`
	ID        string    `json:"eventId,omitempty"`
	Message   string    `json:"message"`
	Late      bool      `json:"late,omitempty"` // arrived after a younger line had been shown
}

// Query asks for the events of some streams of one group. Start is inclusive
// and so is End, to the millisecond; a zero End is now. Token goes on where the
// page that returned it ended.
type Query struct {
	Group   string
	Streams []string // at most MaxStreams; none means every stream of the group
	Start   time.Time
	End     time.Time
	Token   string
}

// MaxStreams is how many streams one query may name (ECS semantics 9.3
// [LOGS:FilterLogEvents]).
const MaxStreams = 100

// Page is one answer to a query. A page may be empty and still have a Next: only
// an empty Next is the end.
type Page struct {
	Events []Event
	Next   string
}

// Source is where log events come from: CloudWatch Logs, or what stands in for
// it.
type Source interface {
	// FilterLogEvents returns one page, ordered by time.
	FilterLogEvents(ctx context.Context, q Query) (Page, error)
	// LastLogEvents returns the last n events of a stream, oldest first. A stream
	// that does not exist has none.
	LastLogEvents(ctx context.Context, group, stream string, n int) ([]Event, error)
}
