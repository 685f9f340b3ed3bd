package api

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/google/uuid"

	"gantry/ecs"
	"gantry/emulator/store"
	"gantry/logs/pattern"
)

// The bounds of Live Tail (ECS semantics 9.6 [LOGS:StartLiveTail]).
const (
	mostTailedGroups = 10
	mostSessions     = 15
	mostInUpdate     = 500
	updatesEach      = time.Second
	longestSession   = 3 * time.Hour
	// beforeStart is how long a session takes to begin. Of an answer that comes at
	// once, Go's clients may cut off the rest: the SDK closes the request's body then,
	// and net/http may not be done with it.
	beforeStart = 50 * time.Millisecond
)

// Lasts reports whether a request's answer lasts for as long as its client listens.
func Lasts(r *http.Request) bool {
	return r.Header.Get("X-Amz-Target") == targetLogs+".StartLiveTail" || r.URL.Path == pathEvents && r.Method == http.MethodGet
}

// liveTails counts the sessions that are open.
type liveTails struct{ open atomic.Int32 }

// startLiveTail is StartLiveTail, whose answer goes on for as long as the session
// does. Each look at the world is a transaction of its own.
func startLiveTail() named {
	return named{name: nameOf[sdk.StartLiveTailInput](), run: func(_ context.Context, s *Server, r *http.Request, decode decoder) (any, error) {
		in, err := decodeInput[sdk.StartLiveTailInput](decode)
		if err != nil {
			return nil, err
		}
		t := &liveTail{s: s, r: r, start: types.LiveTailSessionStart{
			LogGroupIdentifiers: in.LogGroupIdentifiers, LogStreamNames: in.LogStreamNames, LogStreamNamePrefixes: in.LogStreamNamePrefixes,
			LogEventFilterPattern: in.LogEventFilterPattern,
		}}
		if t.wanted, err = filterPattern(in.LogEventFilterPattern); err != nil {
			return nil, err
		}
		if err := checkTailed(in); err != nil {
			return nil, err
		}
		err = s.view(func(tx *store.Tx) error { return t.begin(onLogs(s, r, tx)) })
		if err != nil {
			return nil, err
		}
		if s.tails.open.Add(1) > mostSessions {
			s.tails.open.Add(-1)
			return nil, refuse(ecs.CodeLimitExceeded, "You have reached the limit of %d concurrent Live Tail sessions.", mostSessions)
		}
		return t, nil
	}}
}

func checkTailed(in *sdk.StartLiveTailInput) error {
	names, prefixes := len(in.LogStreamNames), len(in.LogStreamNamePrefixes)
	switch groups := len(in.LogGroupIdentifiers); {
	case groups < 1 || groups > mostTailedGroups:
		return invalid("1 validation error detected: Value at 'logGroupIdentifiers' failed to satisfy constraint: Member must have length between 1 and %d", mostTailedGroups)
	case names > 0 && prefixes > 0:
		return invalid("LogStreamNames and LogStreamNamePrefixes cannot both be specified.")
	case groups > 1 && names+prefixes > 0:
		return invalid("LogStreamNames and LogStreamNamePrefixes can be specified only with one log group.")
	case names > mostStreams || prefixes > mostStreams:
		return invalid("At most %d log stream names or prefixes can be given.", mostStreams)
	}
	for _, id := range in.LogGroupIdentifiers {
		if !ecs.ARN(id).IsARN() || strings.HasSuffix(id, "*") {
			return invalid("The log group identifier '%s' is invalid. Specify each log group by its ARN, without an asterisk at its end.", id)
		}
	}
	return nil
}

// liveTail is one session: it knows how far it has seen each stream.
type liveTail struct {
	s      *Server
	r      *http.Request
	start  types.LiveTailSessionStart
	wanted *pattern.Pattern
	begun  int64            // what has a time before it was there before the session
	seen   map[string]*seen // by ARN of the group and name of the stream
}

// seen is how far a session has seen a stream: lines of a container by their
// time, and events that were put by their number, because they may be of any time.
type seen struct {
	ms  int64
	put int64
}

// begin looks at what there is already, which the session does not show.
func (t *liveTail) begin(l *Logs) error {
	t.begun, t.seen = l.tx.Now().UnixMilli()+1, map[string]*seen{}
	return t.each(l, func(id string, group store.LogGroup, stream *store.LogStream) error {
		if group.Class == string(types.LogGroupClassInfrequentAccess) || group.Class == string(types.LogGroupClassDelivery) {
			return refuse("InvalidOperationException", "Live Tail is not supported for log groups of the class %s.", group.Class)
		}
		if stream != nil {
			t.seen[id+"\x00"+stream.Name] = &seen{t.begun, stream.Put}
		}
		return nil
	})
}

// each visits the streams of the session, and each group once without a stream.
func (t *liveTail) each(l *Logs, visit func(id string, group store.LogGroup, stream *store.LogStream) error) error {
	for _, id := range t.start.LogGroupIdentifiers {
		if err := t.eachOf(l, id, visit); err != nil {
			return err
		}
	}
	return nil
}

// eachOf is each for one group.
func (t *liveTail) eachOf(l *Logs, id string, visit func(id string, group store.LogGroup, stream *store.LogStream) error) error {
	name := groupOfARN(id)
	group, err := l.group(&name)
	if err != nil {
		return err
	}
	if err := visit(id, group, nil); err != nil {
		return err
	}
	streams, err := t.streams(l, name)
	if err != nil {
		return err
	}
	for i := range streams {
		if err := visit(id, group, &streams[i]); err != nil {
			return err
		}
	}
	return nil
}

// streams are those of a group that the session shows. A name may be that of a
// stream that is yet to come.
func (t *liveTail) streams(l *Logs, group string) ([]store.LogStream, error) {
	prefixes := t.start.LogStreamNamePrefixes
	if len(t.start.LogStreamNames) == 0 && len(prefixes) == 0 {
		prefixes = []string{""}
	}
	var streams []store.LogStream
	known := map[string]bool{}
	add := func(s store.LogStream) {
		if !known[s.Name] {
			known[s.Name] = true
			streams = append(streams, s)
		}
	}
	for _, prefix := range prefixes {
		some, err := l.tx.LogStreams(group, prefix)
		if err != nil {
			return nil, err
		}
		for _, s := range some {
			add(s)
		}
	}
	for _, name := range t.start.LogStreamNames {
		s, ok, err := l.tx.LogStream(group, name)
		if err != nil {
			return nil, err
		}
		if ok {
			add(s)
		}
	}
	return streams, nil
}

// stream sends the session: what it is, and each second of real time what is new,
// until the client goes, the world closes, or the session is too old. A client
// that reads slowly is told less often, of more events at a time.
func (t *liveTail) stream(w http.ResponseWriter) error {
	defer t.s.tails.open.Add(-1)
	ctx := t.r.Context()
	select {
	case <-ctx.Done():
		return nil
	case <-time.After(beforeStart):
	}
	out := newEventStream(ctx, w)
	defer out.close()
	request, session := uuid.NewString(), uuid.NewString()
	t.start.RequestId, t.start.SessionId = &request, &session
	if err := out.begin("sessionStart", &t.start); err != nil {
		return err
	}
	tick := time.NewTicker(updatesEach)
	defer tick.Stop()
	over := time.NewTimer(longestSession)
	defer over.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-over.C:
			return out.exception("SessionTimeoutException", "The session has timed out after three hours.")
		case <-tick.C:
		}
		update, err := t.update()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return out.exception("SessionStreamingException", err.Error())
		}
		if err := out.event("sessionUpdate", update); err != nil {
			return err
		}
	}
}
