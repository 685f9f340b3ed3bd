package api

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"gantry/ecs"
	"gantry/emulator/store"
)

// mostLive bounds what is read of one stream for one update; most of so much is
// left out of the update anyway.
const mostLive = 5000

// live is an event that came since the last look.
type live struct {
	event
	group string // its ARN
}

// update is what has come since the last one.
func (t *liveTail) update() (*types.LiveTailSessionUpdate, error) {
	var found []live
	more := false
	err := t.s.view(func(tx *store.Tx) error {
		l := onLogs(t.s, t.r, tx)
		for _, id := range t.start.LogGroupIdentifiers {
			err := t.eachOf(l, id, func(id string, group store.LogGroup, stream *store.LogStream) error {
				if stream == nil {
					return nil
				}
				some, cut, err := t.fresh(newReader(tx, group), id, stream)
				for _, e := range some {
					if t.wanted.Match(e.message) {
						found = append(found, live{e, id})
					}
				}
				more = more || cut
				return err
			})
			if refusal, ok := errors.AsType[*ecs.Error](err); ok && refusal.Code == codeNotFound {
				t.forget(id) // it was deleted: there is nothing new in it, but in the others
			} else if err != nil {
				return err
			}
		}
		return nil
	})
	slices.SortStableFunc(found, func(a, b live) int { return cmp.Compare(a.ms, b.ms) })
	sampled := more || len(found) > mostInUpdate
	update := &types.LiveTailSessionUpdate{
		SessionMetadata: &types.LiveTailSessionMetadata{Sampled: sampled}, SessionResults: []types.LiveTailSessionLogEvent{},
	}
	shown := min(len(found), mostInUpdate)
	for i := range shown {
		e := &found[i*len(found)/shown] // evenly, when there are too many
		update.SessionResults = append(update.SessionResults, types.LiveTailSessionLogEvent{
			LogGroupIdentifier: &e.group, LogStreamName: &e.stream.Name, Message: &e.message, Timestamp: &e.ms, IngestionTime: &e.ingested,
		})
	}
	return update, err
}

// forget lets a group that is gone be a new one when it comes again.
func (t *liveTail) forget(id string) {
	maps.DeleteFunc(t.seen, func(key string, _ *seen) bool { return strings.HasPrefix(key, id+"\x00") })
}

// fresh are the events of a stream since the last look.
func (t *liveTail) fresh(r *reader, id string, stream *store.LogStream) (events []event, cut bool, err error) {
	key := id + "\x00" + stream.Name
	last := t.seen[key]
	if last == nil || stream.Put < last.put { // it is new, or new again
		last = &seen{ms: t.begun}
		t.seen[key] = last
	}
	events, err = r.writtenForward(stream, position{ms: last.ms}, r.end, mostLive)
	if err != nil {
		return nil, false, err
	}
	cut = len(events) == mostLive
	err = r.tx.LogEventsSince(stream, last.put, func(kept store.LogEvent) bool {
		events = append(events, putEvent(stream, kept))
		return true
	})
	slices.SortFunc(events, func(a, b event) int { return a.compare(b.position) })
	last.ms, last.put = r.end, stream.Put
	return events, cut, err
}
