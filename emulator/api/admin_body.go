package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"gantry/ecs"
)

// readBody reads a small JSON body; nothing is the empty object. A key that is not
// known is refused: what it was meant to say would be left out.
func readBody(r *http.Request, into any) error {
	body, err := readUpTo(r, 1<<20)
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	if err := json.Unmarshal(body, into); err != nil {
		return &ecs.Error{Code: codeSerialization, Message: "the request is not the JSON that was expected: " + err.Error()}
	}
	return unknownKey("the request", body, reflect.TypeOf(into))
}

// unknownKey refuses a key of an object that its type has no member for. What
// reads itself, such as a time, is left to that.
func unknownKey(where string, body []byte, t reflect.Type) error {
	if t.Implements(reflect.TypeFor[json.Unmarshaler]()) || reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) {
		return nil
	}
	switch t.Kind() { //nolint:exhaustive // the others have no keys
	case reflect.Pointer:
		return unknownKey(where, body, t.Elem())
	case reflect.Slice:
		var list []json.RawMessage
		_ = json.Unmarshal(body, &list) // it was read before
		for _, x := range list {
			if err := unknownKey(where, x, t.Elem()); err != nil {
				return err
			}
		}
	case reflect.Struct:
		var object map[string]json.RawMessage
		_ = json.Unmarshal(body, &object)
		members := membersOf(t)
		for _, key := range sortedKeys(object) {
			at := slices.IndexFunc(members, func(m member) bool { return strings.EqualFold(m.name, key) })
			if at < 0 {
				var known []string
				for _, m := range members {
					known = append(known, m.name)
				}
				return invalid("There is no key %.80q in %s; there are %s.", key, where, strings.Join(known, ", "))
			}
			if err := unknownKey(members[at].name, object[key], members[at].kind); err != nil {
				return err
			}
		}
	}
	return nil
}

// member is a member of an object: its key and what it holds.
type member struct {
	name string
	kind reflect.Type
}

func membersOf(t reflect.Type) (out []member) {
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name != "" && name != "-" {
			out = append(out, member{name, f.Type})
		}
	}
	return out
}
