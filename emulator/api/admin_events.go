package api

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"gantry/ecs"
	"gantry/emulator/store"
)

// How the stream of events goes: how often the world is looked at for those who
// follow it, and how many events are read in one go.
const (
	lookForEvents = 200 * time.Millisecond
	eventsAtOnce  = 500
)

// pathEvents is where the events are streamed.
const pathEvents = "/_gantry/events"

// RecordingHeader is on an answer with events: since when they are kept, "now"
// when this request began it.
const RecordingHeader = "X-Gantry-Events-Recorded"

// eventQuery is which events somebody wants.
type eventQuery struct {
	follow   bool
	types    []string
	clusters []string
	after    int64 // the number of the event before the first
	since    time.Time
}

// readEventQuery reads the parameters of a request: follow, since, detail-type
// and cluster, of which the last two may be given again.
func readEventQuery(values url.Values) (q eventQuery, since string, err error) {
	for name := range values {
		if !slices.Contains([]string{"follow", "since", "detail-type", "cluster"}, name) {
			return q, "", invalid("There is no parameter %.40q here; there are follow, since, detail-type and cluster.", name)
		}
	}
	if values.Has("follow") {
		if q.follow, err = strconv.ParseBool(values.Get("follow")); err != nil && values.Get("follow") != "" {
			return q, "", invalid("The parameter follow is true or false, not %.40q.", values.Get("follow"))
		}
		q.follow = q.follow || values.Get("follow") == ""
	}
	q.types, q.clusters = values["detail-type"], values["cluster"]
	known := ecs.DetailTypes()
	for _, t := range q.types {
		if !slices.Contains(known, ecs.DetailType(t)) {
			return q, "", invalid("There is no detail-type %.80q; there are %s.", t, strings.Join(texts(known), ", "))
		}
	}
	return q, values.Get("since"), nil
}

func texts[N ~string](list []N) (out []string) {
	for _, x := range list {
		out = append(out, string(x))
	}
	return out
}

// settle works out where the events begin: after the event with an id, at a time,
// or some time ago. Without since, who follows begins now and who does not with
// the oldest.
func (q *eventQuery) settle(tx *store.Tx, since string) error {
	known, err := tx.Events()
	if err != nil {
		return err
	}
	if since == "" {
		if q.after = known.Last; !q.follow {
			q.after = 0
		}
		return nil
	}
	if ago, err := time.ParseDuration(since); err == nil {
		q.since = tx.Now().Add(-ago)
		return nil
	}
	if at, err := time.Parse(time.RFC3339Nano, since); err == nil {
		q.since = at
		return nil
	}
	if uuid.Validate(since) != nil {
		return invalid("The parameter since is a time such as 2030-01-01T06:00:00Z, a span of time such as 10m, or the id of an event, not %.60q.", since)
	}
	found := false
	err = tx.EventsAfter(0, func(e store.Event) (bool, error) {
		found = e.Event.ID == since
		q.after = e.Number
		return !found, nil
	})
	if err == nil && !found {
		err = refuse(codeSecretMissing, "The event %s is not kept any more, or never was: what came after it cannot be told from what came before.", since)
	}
	return err
}

// wants reports whether an event passes the filters.
func (q *eventQuery) wants(e *store.Event) bool {
	return !e.Event.Time.Before(q.since) && (len(q.types) == 0 || slices.Contains(q.types, string(e.Event.DetailType))) &&
		(len(q.clusters) == 0 || slices.Contains(q.clusters, string(e.Cluster)))
}

// recordEvents begins or ends the keeping of events.
func (s *Server) recordEvents(r *http.Request) (any, error) {
	in := struct {
		Recording *bool `json:"recording"`
	}{}
	if err := readBody(r, &in); err != nil {
		return nil, err
	}
	if in.Recording == nil {
		return nil, invalid("The member recording is missing: true or false.")
	}
	err := s.update(func(tx *store.Tx) error { return tx.RecordEvents(*in.Recording) })
	return map[string]any{"recording": *in.Recording}, err
}

// streamEvents answers with events, one JSON object a line. The first to ask
// begins the keeping of events: there are none from before.
func (s *Server) streamEvents(w http.ResponseWriter, r *http.Request) {
	q, since, err := readEventQuery(r.URL.Query())
	recorded := "yes"
	if err == nil {
		err = s.update(func(tx *store.Tx) error {
			known, err := tx.Events()
			if err != nil {
				return err
			}
			if recorded = "yes"; !known.Recording {
				recorded = "now"
			}
			return first(tx.RecordEvents(true), q.settle(tx, since))
		})
	}
	if err != nil {
		s.writeError(w, r.URL.Path, err)
		return
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.Header().Set(RecordingHeader, recorded)
	w.WriteHeader(http.StatusOK)
	flush := http.NewResponseController(w)
	_ = flush.Flush() // who follows learns that it has begun; in memory nothing waits
	for {
		lines, more, err := s.someEvents(&q)
		if err != nil {
			s.log.Debug("the stream of events ended", "error", err)
			return
		}
		if len(lines) > 0 {
			if _, err := w.Write(lines); err != nil {
				return // the client has left
			}
			_ = flush.Flush()
		}
		switch {
		case more:
		case !q.follow:
			return
		default:
			select {
			case <-r.Context().Done():
				return
			case <-time.After(lookForEvents):
			}
		}
		if r.Context().Err() != nil {
			return
		}
	}
}

// someEvents are the next events that are wanted, as lines, and whether there may
// be more. Those that are gone before they could be told are told as lost.
func (s *Server) someEvents(q *eventQuery) (lines []byte, more bool, err error) {
	err = s.view(func(tx *store.Tx) error {
		known, err := tx.Events()
		if err != nil {
			return err
		}
		q.after = max(q.after, known.Begun) // nobody misses what a world had that is gone
		if lost := known.First - 1 - q.after; lost > 0 {
			line, err := json.Marshal(lostEvents(tx, lost))
			if err != nil {
				return err
			}
			lines, q.after = append(append(lines, line...), '\n'), known.First-1
		}
		read := 0
		return tx.EventsAfter(q.after, func(e store.Event) (bool, error) {
			q.after = e.Number
			if q.wants(&e) {
				e.Event.Time = e.Event.Time.Truncate(time.Second) // as EventBridge has it
				line, err := json.Marshal(e.Event)
				if err != nil {
					return false, err
				}
				lines = append(append(lines, line...), '\n')
			}
			read++
			more = read == eventsAtOnce
			return !more, nil
		})
	})
	return lines, more, err
}

// TellPush keeps the event of an image that was pushed, if events are kept [ECR:
// Amazon ECR events and EventBridge].
func TellPush(w World, repository, tag, digest string) error {
	recording := false
	err := w.View(func(tx *store.Tx) error {
		known, err := tx.Events()
		recording = known.Recording
		return err
	})
	if err != nil || !recording {
		return err
	}
	return w.Update(func(tx *store.Tx) error {
		detail := map[string]string{"result": "SUCCESS", "repository-name": repository, "image-digest": digest, "action-type": "PUSH"}
		if tag != "" {
			detail["image-tag"] = tag
		}
		return tx.PutEvent(envelope(tx, ecs.ImageAction, "aws.ecr", detail))
	})
}

// envelope is an event that no cluster tells.
func envelope(tx *store.Tx, kind ecs.DetailType, source string, detail any) ecs.StateChange {
	text, _ := json.Marshal(detail) // strings and numbers can be written
	scope := tx.Scope()
	return ecs.StateChange{
		Version: "0", ID: uuid.NewString(), DetailType: kind, Source: source,
		Account: scope.Account, Time: tx.Now(), Region: scope.Region, Resources: []ecs.ARN{}, Detail: text,
	}
}

// lostEvents is what a reader is told that came too late for some events.
func lostEvents(tx *store.Tx, n int64) ecs.StateChange {
	return envelope(tx, ecs.EventsLost, "gantry.emulator", map[string]int64{"lost": n})
}
