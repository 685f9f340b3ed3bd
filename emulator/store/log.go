package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"time"

	"gantry/ecs"
	"gantry/emulator/runtime"
)

// LogStream is a stream of a group. Its events are those that were put into it
// and, when a container writes to it, the lines of the container, which nobody
// keeps: they are worked out when someone asks.
type LogStream struct {
	Group     string    `json:"group"`
	Name      string    `json:"name"`
	CreatedAt time.Time `json:"createdAt"`
	// Cluster and Source are of the container that writes here, if one does.
	Cluster ecs.ClusterName `json:"cluster,omitempty"`
	Source  *runtime.Stream `json:"source,omitempty"`
	// About the events that were put: their count ever, and the times of the
	// first, the last, and the last PutLogEvents.
	Put        int64     `json:"put,omitempty"`
	FirstPut   time.Time `json:"firstPut,omitzero"`
	LastPut    time.Time `json:"lastPut,omitzero"`
	IngestedAt time.Time `json:"ingestedAt,omitzero"`
}

// LogEvent is one event that was put into a stream.
type LogEvent struct {
	At         time.Time `json:"at"`
	IngestedAt time.Time `json:"ingestedAt"`
	Number     int64     `json:"number"` // among all that were ever put into the stream
	Message    string    `json:"message"`
}

// LogGroup reads a group.
func (t *Tx) LogGroup(name string) (LogGroup, bool, error) {
	var g LogGroup
	ok, err := t.get(bucketLogGroups, []byte(name), &g)
	return g, ok, err
}

// LogGroups reads the groups whose name begins with prefix, in order.
func (t *Tx) LogGroups(prefix string) ([]LogGroup, error) {
	return all[LogGroup](t, bucketLogGroups, []byte(prefix))
}

// PutLogGroup keeps a group.
func (t *Tx) PutLogGroup(g LogGroup) error { return t.put(bucketLogGroups, []byte(g.Name), g) }

// DeleteLogGroup deletes a group with its streams and events.
func (t *Tx) DeleteLogGroup(name string) error {
	for _, b := range []bucket{bucketLogStreams, bucketLogEvents} {
		if err := t.deleteRange(b, join(name, "")); err != nil {
			return err
		}
	}
	return t.delete(bucketLogGroups, []byte(name))
}

// LogStream reads a stream.
func (t *Tx) LogStream(group, name string) (LogStream, bool, error) {
	var s LogStream
	ok, err := t.get(bucketLogStreams, join(group, name), &s)
	return s, ok, err
}

// LogStreams reads the streams of a group whose name begins with prefix, in
// order.
func (t *Tx) LogStreams(group, prefix string) ([]LogStream, error) {
	return all[LogStream](t, bucketLogStreams, join(group, prefix))
}

// PutLogStream keeps a stream.
func (t *Tx) PutLogStream(s LogStream) error {
	return t.put(bucketLogStreams, join(s.Group, s.Name), s)
}

// DeleteLogStream deletes a stream with its events.
func (t *Tx) DeleteLogStream(group, name string) error {
	if err := t.deleteRange(bucketLogEvents, join(group, name, "")); err != nil {
		return err
	}
	return t.delete(bucketLogStreams, join(group, name))
}

// AppendLogEvents puts events into a stream and brings its record up to date.
func (t *Tx) AppendLogEvents(s *LogStream, events []LogEvent) error {
	for _, e := range events {
		e.Number = s.Put
		s.Put++
		if s.FirstPut.IsZero() || e.At.Before(s.FirstPut) {
			s.FirstPut = e.At
		}
		if e.At.After(s.LastPut) {
			s.LastPut = e.At
		}
		s.IngestedAt = e.IngestedAt
		if err := t.put(bucketLogEvents, eventKey(s, e.At, e.Number), e); err != nil {
			return err
		}
	}
	return t.PutLogStream(*s)
}

// TrimLogEvents deletes the events of a stream from before a time.
func (t *Tx) TrimLogEvents(s *LogStream, before time.Time) error {
	if s.Put == 0 {
		return nil
	}
	var keys [][]byte
	first, end := join(s.Group, s.Name, ""), eventKey(s, before, 0)
	cursor := t.bolt.Bucket([]byte(bucketLogEvents)).Cursor()
	for key, _ := cursor.Seek(first); key != nil && bytes.Compare(key, end) < 0; key, _ = cursor.Next() {
		keys = append(keys, bytes.Clone(key))
	}
	for _, key := range keys {
		if err := t.delete(bucketLogEvents, key); err != nil {
			return err
		}
	}
	return nil
}

// eventKey sorts a stream's events by time, and those of one moment in the
// order in which they came.
func eventKey(s *LogStream, at time.Time, number int64) []byte {
	key := join(s.Group, s.Name, "")
	key = append(key, ordered(at.UnixMilli())...)
	return binary.BigEndian.AppendUint64(key, uint64(number))
}

// LogEvents visits the events that were put into a stream with a time in
// [from, to), in order, until visit returns false.
func (t *Tx) LogEvents(s *LogStream, from, to time.Time, visit func(LogEvent) bool) error {
	if s.Put == 0 {
		return nil
	}
	return t.walkEvents(s, from, to, true, visit)
}

// LogEventsBackward is LogEvents from the last event to the first.
func (t *Tx) LogEventsBackward(s *LogStream, from, to time.Time, visit func(LogEvent) bool) error {
	if s.Put == 0 {
		return nil
	}
	return t.walkEvents(s, from, to, false, visit)
}

// LogEventsSince visits the events that were put into a stream from a number on,
// in order of their times, until visit returns false.
func (t *Tx) LogEventsSince(s *LogStream, number int64, visit func(LogEvent) bool) error {
	if s.Put <= number {
		return nil
	}
	prefix := join(s.Group, s.Name, "")
	cursor := t.bolt.Bucket([]byte(bucketLogEvents)).Cursor()
	for key, raw := cursor.Seek(prefix); key != nil && bytes.HasPrefix(key, prefix); key, raw = cursor.Next() {
		if int64(binary.BigEndian.Uint64(key[len(key)-8:])) < number {
			continue
		}
		var e LogEvent
		if err := decode(raw, &e); err != nil {
			return damaged(bucketLogEvents, key, err)
		}
		if !visit(e) {
			return nil
		}
	}
	return nil
}

func (t *Tx) walkEvents(s *LogStream, from, to time.Time, forward bool, visit func(LogEvent) bool) error {
	first, end := eventKey(s, from, 0), eventKey(s, to, 0)
	cursor := t.bolt.Bucket([]byte(bucketLogEvents)).Cursor()
	key, raw := cursor.Seek(first)
	next := cursor.Next
	if !forward {
		if key, raw = cursor.Seek(end); key == nil {
			key, raw = cursor.Last()
		}
		for key != nil && bytes.Compare(key, end) >= 0 {
			key, raw = cursor.Prev()
		}
		next = cursor.Prev
	}
	for ; key != nil && bytes.Compare(key, first) >= 0 && bytes.Compare(key, end) < 0; key, raw = next() {
		var e LogEvent
		if err := decode(raw, &e); err != nil {
			return fmt.Errorf("read an event of %s in %s: %w", s.Name, s.Group, err)
		}
		if !visit(e) {
			return nil
		}
	}
	return nil
}
