package insights

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Event is one log event.
type Event struct {
	Timestamp, Ingested int64 // milliseconds since 1970
	Message             string
	Stream              string // @logStream
	Log                 string // @log: ACCOUNT:GROUP
	Pointer             string // @ptr
}

// The fields that every event has.
const (
	fieldTimestamp = "@timestamp"
	fieldMessage   = "@message"
	fieldPointer   = "@ptr"
)

// Fields are the fields of an event: those that every event has, and those that
// are discovered in its message.
func (e *Event) Fields() map[string]string {
	fields := map[string]string{}
	r := &row{event: e}
	for _, name := range []string{fieldTimestamp, fieldMessage, "@ingestionTime", "@logStream", "@log", fieldPointer} {
		fields[name] = r.field(name).String()
	}
	fields[fieldTimestamp] = strconv.FormatInt(e.Timestamp, 10)
	fields["@ingestionTime"] = strconv.FormatInt(e.Ingested, 10)
	for _, name := range slices.Sorted(maps.Keys(r.discover())) {
		fields[name] = r.discovered[name].String()
	}
	return fields
}

// row is an event on its way through the commands, or one line of statistics.
type row struct {
	event      *Event           // nil for statistics
	made       map[string]value // by commands
	discovered map[string]value // in the message; nil when nobody has looked
}

func (r *row) set(name string, v value) {
	if r.made == nil {
		r.made = map[string]value{}
	}
	r.made[name] = v
}

// field is a field's value.
func (r *row) field(name string) value {
	if v, ok := r.made[name]; ok {
		return v
	}
	if r.event == nil {
		return value{}
	}
	switch name {
	case fieldTimestamp:
		return at(r.event.Timestamp)
	case "@ingestionTime":
		return at(r.event.Ingested)
	case fieldMessage:
		return textual(r.event.Message)
	case "@logStream":
		return textual(r.event.Stream)
	case "@log":
		return textual(r.event.Log)
	case fieldPointer:
		return textual(r.event.Pointer)
	}
	return r.discover()[name]
}

// discover looks for fields in a message that is a JSON object: a.b is a member
// of a member, a.0 an element of an array.
func (r *row) discover() map[string]value {
	if r.discovered != nil {
		return r.discovered
	}
	r.discovered = map[string]value{}
	message := strings.TrimSpace(r.event.Message)
	if !strings.HasPrefix(message, "{") {
		return r.discovered
	}
	decoder := json.NewDecoder(bytes.NewReader([]byte(message)))
	decoder.UseNumber()
	var object map[string]any
	if decoder.Decode(&object) == nil && decoder.InputOffset() == int64(len(message)) {
		r.flatten("", object)
	}
	return r.discovered
}

func (r *row) flatten(path string, found any) {
	below := path
	if below != "" {
		below += "."
	}
	switch found := found.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(found)) {
			r.flatten(below+name, found[name])
		}
	case []any:
		for i, element := range found {
			r.flatten(below+strconv.Itoa(i), element)
		}
	case string:
		r.discovered[path] = textual(found)
	case bool:
		r.discovered[path] = textual(strconv.FormatBool(found))
	case json.Number:
		if n, err := found.Float64(); err == nil && strconv.FormatFloat(n, 'f', -1, 64) == found.String() {
			r.discovered[path] = numeric(n)
		} else {
			r.discovered[path] = textual(found.String()) // as it was written
		}
	}
}
