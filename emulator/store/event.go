package store

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"gantry/ecs"
	"gantry/emulator/runtime"
	"gantry/engine/scheduler"
)

// eventsKept is how many events a world keeps: the oldest go first.
const eventsKept = 5000

// The documents of the events: each by its number, and what is known of all.
const (
	kindEvent  = "event"
	kindEvents = "events"
)

// Event is an event as it is kept, with its number in the world's account and
// Region: they count up by one.
type Event struct {
	Number  int64           `json:"number"`
	Cluster ecs.ClusterName `json:"cluster,omitempty"` // "" for one that is of none
	Event   ecs.StateChange `json:"event"`
}

// Events is what is known of the events of a world. They are kept from when
// somebody asked for them first: each costs a record.
type Events struct {
	Recording bool  `json:"recording"`
	Begun     int64 `json:"begun,omitempty"` // the number of the last one before the world began anew
	First     int64 `json:"first"`           // the number of the oldest that is kept
	Last      int64 `json:"last"`            // the number of the newest
	// Told is up to which of its own events each cluster's are kept, by name and
	// generation: after a crash the engine tells those since its last save again.
	Told map[string]int `json:"told,omitempty"`
}

func (l *live) key() string { return fmt.Sprint(l.name, "#", l.generation) }

// Events tells what is known of the events.
func (t *Tx) Events() (Events, error) {
	e := Events{First: 1}
	_, err := t.Document(kindEvents, "", &e)
	return e, err
}

// RecordEvents begins to keep events, or ends that.
func (t *Tx) RecordEvents(on bool) error {
	e, err := t.Events()
	if err != nil || e.Recording == on {
		return err
	}
	e.Recording = on
	if err := t.PutDocument(kindEvents, "", e); err != nil {
		return err
	}
	for _, name := range t.LiveClusters() {
		if err := t.follow(name, on); err != nil {
			return err
		}
	}
	return nil
}

// FollowCluster lets a new cluster tell its events, if events are kept.
func (t *Tx) FollowCluster(name ecs.ClusterName) error {
	e, err := t.Events()
	if err != nil || !e.Recording {
		return err
	}
	return t.follow(name, true)
}

func (t *Tx) follow(name ecs.ClusterName, on bool) error {
	_, err := t.Apply(name, runtime.Command{Command: scheduler.Command{FollowStateChanges: &scheduler.FollowStateChanges{On: on}}})
	return err
}

// EventsAfter visits the events that are kept after the one with that number,
// until visit returns false.
func (t *Tx) EventsAfter(number int64, visit func(Event) (bool, error)) error {
	prefix := join(kindEvent, "")
	cursor := t.bolt.Bucket([]byte(bucketDocuments)).Cursor()
	for key, raw := cursor.Seek(append(prefix, ordered(number+1)...)); key != nil && len(key) == len(prefix)+8 && string(key[:len(prefix)]) == string(prefix); key, raw = cursor.Next() {
		var e Event
		if err := json.Unmarshal(raw, &e); err != nil {
			return damaged(bucketDocuments, key, err)
		}
		if more, err := visit(e); err != nil || !more {
			return err
		}
	}
	return nil
}

// PutEvent keeps an event of no cluster, if events are kept.
func (t *Tx) PutEvent(event ecs.StateChange) error {
	e, err := t.Events()
	if err != nil || !e.Recording {
		return err
	}
	return t.putEvents(e, []Event{{Event: event}}, nil)
}

// putEvents numbers events and keeps them, and drops those that are too many.
func (t *Tx) putEvents(e Events, events []Event, told map[string]int) error {
	for i := range events {
		e.Last++
		events[i].Number = e.Last
		if err := t.PutDocument(kindEvent, string(ordered(e.Last)), events[i]); err != nil {
			return err
		}
	}
	for ; e.Last-e.First >= eventsKept; e.First++ {
		if err := t.DeleteDocument(kindEvent, string(ordered(e.First))); err != nil {
			return err
		}
	}
	if e.Told == nil {
		e.Told = map[string]int{}
	}
	maps.Copy(e.Told, told)
	maps.DeleteFunc(e.Told, func(key string, _ int) bool { return !t.s.lives(key) })
	return t.PutDocument(kindEvents, "", e)
}

// lives reports whether a cluster is there, or has failed and may come again.
func (s *Store) lives(key string) bool {
	for _, l := range s.live {
		if l.key() == key {
			return true
		}
	}
	return len(s.failed) > 0
}

// collect takes the events that the clusters have told, in order of time. Those
// that are kept already are passed over.
func (s *Store) collect() {
	var news []Event
	for _, name := range s.names() {
		l := s.live[name]
		s.guard(name, func() {
			changes := l.rt.Cluster().StateChanges()
			last := l.rt.Cluster().LastStateChange()
			for i, x := range changes {
				if last-len(changes)+1+i > s.told[l.key()] {
					news = append(news, Event{Cluster: name, Event: x})
				}
			}
			if len(changes) > 0 {
				s.told[l.key()] = max(last, s.told[l.key()])
			}
		})
	}
	slices.SortStableFunc(news, func(a, b Event) int { return a.Event.Time.Compare(b.Event.Time) })
	s.news = append(s.news, news...)
}

// loadTold reads up to where the clusters' events are kept.
func (s *Store) loadTold(tx *Tx) error {
	e, err := tx.Events()
	s.told = maps.Clone(e.Told)
	if s.told == nil {
		s.told = map[string]int{}
	}
	return err
}

// tellNews keeps what was collected.
func (s *Store) tellNews(tx *Tx) error {
	e, err := tx.Events()
	if err != nil || !e.Recording {
		return err
	}
	return tx.putEvents(e, slices.Clone(s.news), s.told)
}
