package ecs

import (
	"bytes"
	"encoding/json"
)

// Document is a part of a request as AWS JSON: something that Amazon ECS keeps
// and shows, and of which no room here decides more than its comments say. It is
// compact, so that equal texts say the same; "" is none.
type Document string

// MarshalJSON writes the document as the JSON that it is.
func (d Document) MarshalJSON() ([]byte, error) {
	if d == "" {
		return []byte("null"), nil
	}
	return []byte(d), nil
}

// UnmarshalJSON reads any JSON; null is none.
func (d *Document) UnmarshalJSON(data []byte) error {
	var compact bytes.Buffer
	if err := json.Compact(&compact, data); err != nil {
		return err
	}
	*d = Document(compact.String())
	if *d == "null" {
		*d = ""
	}
	return nil
}

// read is the document as a value; what it has no member for is left out.
func (d Document) read(into any) {
	if d != "" {
		_ = json.Unmarshal([]byte(d), into) // what is no such document says nothing
	}
}
