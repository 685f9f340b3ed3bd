package shapes

import (
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/aws/smithy-go/encoding/cbor"
)

// Value is what a request says, whatever protocol it came in. Its members are
// string, bool, int64, float64, time.Time, []byte, []any, Value or nil.
type Value map[string]any

// deepest bounds how deep a request may nest.
const deepest = 32

// FromForm reads the parameters of AWS Query and EC2 Query: A.B.member.1.C=x is
// the member C of the first item of the list B of A. What looks like a list is
// read as a Value with its numbers as names; Assign knows what it is.
func FromForm(form url.Values) (Value, error) {
	root := Value{}
	for _, key := range sortedKeys(form) {
		parts := strings.Split(key, ".")
		if len(parts) > deepest {
			return nil, fmt.Errorf("the parameter %.80s… nests more than %d deep", key, deepest)
		}
		at := root
		for _, part := range parts[:len(parts)-1] {
			next, ok := at[part].(Value)
			if !ok {
				next = Value{}
				at[part] = next // a value of the same name, which sorts before its members, is none
			}
			at = next
		}
		if last := parts[len(parts)-1]; at[last] == nil && len(form[key]) > 0 {
			at[last] = form[key][0]
		}
	}
	return root, nil
}

// FromJSON reads the body of AWS JSON; nothing is the empty object.
func FromJSON(body []byte) (Value, error) {
	if len(strings.TrimSpace(string(body))) == 0 {
		return Value{}, nil
	}
	var read any
	if err := json.Unmarshal(body, &read); err != nil {
		return nil, fmt.Errorf("the request is not JSON: %w", err)
	}
	return object(fromJSON(read))
}

func object(v any) (Value, error) {
	if out, ok := v.(Value); ok {
		return out, nil
	}
	return nil, fmt.Errorf("the request is %s, not an object", kindOf(v))
}

func fromJSON(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(Value, len(v))
		for key, item := range v {
			out[key] = fromJSON(item)
		}
		return out
	case []any:
		for i := range v {
			v[i] = fromJSON(v[i])
		}
	}
	return v
}

// FromCBOR reads the body of Smithy RPC v2 CBOR; nothing is the empty object.
func FromCBOR(body []byte) (Value, error) {
	if len(body) == 0 {
		return Value{}, nil
	}
	read, err := cbor.Decode(body)
	if err != nil {
		return nil, fmt.Errorf("the request is not CBOR: %w", err)
	}
	out, err := fromCBOR(read, 0)
	if err != nil {
		return nil, err
	}
	return object(out)
}

func fromCBOR(v cbor.Value, depth int) (any, error) {
	if depth > deepest {
		return nil, fmt.Errorf("the request nests more than %d deep", deepest)
	}
	switch v := v.(type) {
	case cbor.Map:
		out := make(Value, len(v))
		for key, item := range v {
			var err error
			if out[key], err = fromCBOR(item, depth+1); err != nil {
				return nil, err
			}
		}
		return out, nil
	case cbor.List:
		out := make([]any, len(v))
		for i, item := range v {
			var err error
			if out[i], err = fromCBOR(item, depth+1); err != nil {
				return nil, err
			}
		}
		return out, nil
	case *cbor.Tag:
		if v.ID == epochTag {
			seconds, err := fromCBOR(v.Value, depth+1)
			if err != nil {
				return nil, err
			}
			return asTime(seconds)
		}
		return fromCBOR(v.Value, depth+1)
	case cbor.String:
		return string(v), nil
	case cbor.Slice:
		return []byte(v), nil
	case cbor.Bool:
		return bool(v), nil
	case cbor.Uint:
		return float64(v), nil
	case cbor.NegInt:
		return -float64(v), nil
	case cbor.Float32:
		return float64(v), nil
	case cbor.Float64:
		return float64(v), nil
	}
	return nil, nil // null and undefined
}

// epochTag marks a time in CBOR: seconds since the epoch.
const epochTag = 1

// asTime reads a time: seconds since the epoch, or in text.
func asTime(v any) (time.Time, error) {
	switch v := v.(type) {
	case time.Time:
		return v, nil
	case float64:
		if !finite(v) || math.Abs(v) > 1e11 {
			return time.Time{}, fmt.Errorf("%v is no time", v)
		}
		whole, part := math.Modf(v)
		return time.Unix(int64(whole), int64(math.Round(part*1e3))*1e6).UTC(), nil
	case string:
		if t, err := time.Parse(time.RFC3339Nano, v); err == nil {
			return t.UTC(), nil
		}
		if seconds, err := strconv.ParseFloat(v, 64); err == nil {
			return asTime(seconds)
		}
		return time.Time{}, fmt.Errorf("%.60q is no time", v)
	}
	return time.Time{}, fmt.Errorf("expected a time, got %s", kindOf(v))
}

func kindOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "nothing"
	case string:
		return "a string"
	case bool:
		return "a boolean"
	case float64:
		if !finite(v) {
			return strconv.FormatFloat(v, 'g', -1, 64)
		}
		return "a number"
	case time.Time:
		return "a time"
	case []byte:
		return "bytes"
	case []any:
		return "a list"
	}
	return "an object"
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}
