package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"

	"github.com/aws/smithy-go/document"
)

// parse reads one JSON document and nothing after it, and keeps numbers as they are written.
func parse(data []byte) (any, error) {
	reader := json.NewDecoder(bytes.NewReader(data))
	reader.UseNumber()
	var tree any
	if err := reader.Decode(&tree); err != nil {
		return nil, syntaxError(data, err)
	}
	end := reader.InputOffset()
	if _, err := reader.Token(); !errors.Is(err, io.EOF) {
		return nil, &DecodeError{Expected: "the end of the document", Got: "more text", Offset: end}
	}
	return tree, nil
}

// describe names a JSON value for a message. It tells the kind and not the content, which may be secret or long; a number
// is shown since its size or its fraction may be what is wrong.
func describe(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		if len(v) > 24 {
			return "a number of " + strconv.Itoa(len(v)) + " characters"
		}
		return v.String()
	case string:
		return "a string"
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	}
	return "something else"
}

// convert turns a scalar into the kind that is wanted, when its text can be read as one.
func convert(in any, want Kind) any {
	switch v := in.(type) {
	case string:
		switch want {
		case KindInteger, KindFloat:
			if json.Valid([]byte(v)) && v[0] != '"' && v[0] != '{' && v[0] != '[' {
				return json.Number(v)
			}
		case KindBoolean:
			if v == "true" || v == "false" {
				return v == "true"
			}
		}
	case json.Number:
		if want == KindString || want == KindEnum {
			return v.String()
		}
	case bool:
		if want == KindString || want == KindEnum {
			return strconv.FormatBool(v)
		}
	}
	return in
}

// plain makes of a JSON tree what the SDK's open document can be made of: it does not know json.Number.
func plain(in any) any {
	switch v := in.(type) {
	case json.Number:
		return document.Number(v)
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = plain(item)
		}
		return list
	case map[string]any:
		object := make(map[string]any, len(v))
		for key, item := range v {
			object[key] = plain(item)
		}
		return object
	}
	return in
}
