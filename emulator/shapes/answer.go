package shapes

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/aws/smithy-go/encoding/cbor"
)

// Answer is what stands around the result of an operation in XML.
type Answer struct {
	Action    string // the operation
	Namespace string // of the service
	RequestID string
}

// Query is an answer of AWS Query.
func Query(a Answer, out any) []byte {
	w := &xmlWriter{item: "member"}
	w.open(a.Action+"Response", a.Namespace)
	w.element(a.Action+"Result", reflect.ValueOf(out))
	w.open("ResponseMetadata", "")
	w.text("RequestId", a.RequestID)
	w.close("ResponseMetadata")
	w.close(a.Action + "Response")
	return w.buf.Bytes()
}

// QueryError is a refusal of AWS Query.
func QueryError(a Answer, fault, code, message string) []byte {
	w := &xmlWriter{}
	w.open("ErrorResponse", a.Namespace)
	w.open("Error", "")
	w.text("Type", fault)
	w.text("Code", code)
	w.text("Message", message)
	w.close("Error")
	w.text("RequestId", a.RequestID)
	w.close("ErrorResponse")
	return w.buf.Bytes()
}

// EC2 is an answer of EC2 Query.
func EC2(a Answer, out any) []byte {
	w := &xmlWriter{item: "item"}
	w.open(a.Action+"Response", a.Namespace)
	w.text("requestId", a.RequestID)
	w.members(reflect.ValueOf(out))
	w.close(a.Action + "Response")
	return w.buf.Bytes()
}

// EC2Error is a refusal of EC2 Query.
func EC2Error(a Answer, code, message string) []byte {
	w := &xmlWriter{}
	for _, name := range []string{"Response", "Errors", "Error"} {
		w.open(name, "")
	}
	w.text("Code", code)
	w.text("Message", message)
	w.close("Error")
	w.close("Errors")
	w.text("RequestID", a.RequestID)
	w.close("Response")
	return w.buf.Bytes()
}

// xmlWriter writes elements.
type xmlWriter struct {
	buf  bytes.Buffer
	item string // the name of a list's elements
}

func (w *xmlWriter) open(name, namespace string) {
	if namespace == "" {
		fmt.Fprintf(&w.buf, "<%s>", name)
		return
	}
	fmt.Fprintf(&w.buf, `<%s xmlns="%s">`, name, namespace)
}

func (w *xmlWriter) close(name string) { fmt.Fprintf(&w.buf, "</%s>", name) }

func (w *xmlWriter) text(name, text string) {
	w.open(name, "")
	_ = xml.EscapeText(&w.buf, []byte(text)) // a buffer takes everything
	w.close(name)
}

// element writes what is not absent.
func (w *xmlWriter) element(name string, v reflect.Value) {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		if v.IsNil() {
			return
		}
		v = v.Elem()
	}
	if text, ok := scalar(v); ok {
		w.text(name, text)
		return
	}
	w.open(name, "")
	w.members(v)
	w.close(name)
}

// members writes what a struct, a list or a map has.
func (w *xmlWriter) members(v reflect.Value) {
	v = reflect.Indirect(v)
	switch v.Kind() {
	case reflect.Struct:
		each(v, w.element)
	case reflect.Slice:
		for i := range v.Len() {
			w.element(w.item, v.Index(i))
		}
	case reflect.Map:
		for _, key := range sortedMapKeys(v) {
			w.open("entry", "")
			w.text("key", key.String())
			w.element("value", v.MapIndex(key))
			w.close("entry")
		}
	}
}

// scalar is the text of a value that has no members.
func scalar(v reflect.Value) (string, bool) {
	if t, ok := v.Interface().(time.Time); ok {
		return t.UTC().Format("2006-01-02T15:04:05.000Z"), true
	}
	if number, ok := ownNumber(v); ok {
		return strconv.FormatFloat(number, 'f', -1, 64), true
	}
	switch v.Kind() {
	case reflect.String:
		return v.String(), true
	case reflect.Bool:
		return strconv.FormatBool(v.Bool()), true
	case reflect.Int, reflect.Int32, reflect.Int64:
		return strconv.FormatInt(v.Int(), 10), true
	case reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'f', -1, 64), true
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return base64.StdEncoding.EncodeToString(v.Bytes()), true
		}
	}
	return "", false
}

// ownNumber is a value whose JSON form is a number of its own making, such as a
// time span in seconds.
func ownNumber(v reflect.Value) (float64, bool) {
	own, ok := v.Interface().(json.Marshaler)
	if !ok || v.Kind() != reflect.Int64 {
		return 0, false
	}
	text, err := own.MarshalJSON()
	if err != nil {
		return 0, false
	}
	number, err := strconv.ParseFloat(string(text), 64)
	return number, err == nil
}

// each visits the members of a struct that are not absent.
func each(v reflect.Value, visit func(name string, member reflect.Value)) {
	for i := range v.NumField() {
		f, member := v.Type().Field(i), v.Field(i)
		if f.Anonymous && f.Type.Kind() == reflect.Struct {
			each(member, visit)
			continue
		}
		_, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		_, rule, _ := strings.Cut(f.Tag.Get("shape"), ",")
		if f.IsExported() && (rule == always || !absent(member)) && !(options != "" && member.IsZero()) {
			visit(nameOf(f), member)
		}
	}
}

// always is the rule, in a tag, of a string that is written even where it is empty.
const always = "always"

func absent(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface:
		return v.IsNil()
	case reflect.String:
		return v.Len() == 0
	}
	t, ok := v.Interface().(time.Time)
	return ok && t.IsZero()
}

func sortedMapKeys(v reflect.Value) []reflect.Value {
	byName := map[string]reflect.Value{}
	for _, key := range v.MapKeys() {
		byName[key.String()] = key
	}
	keys := make([]reflect.Value, 0, len(byName))
	for _, name := range sortedKeys(byName) {
		keys = append(keys, byName[name])
	}
	return keys
}

// JSON is an answer of AWS JSON.
func JSON(out any) ([]byte, error) { return json.Marshal(plain(reflect.ValueOf(out))) }

// plain is a value as encoding/json and cborOf take it: map[string]any, []any,
// string, bool, int64, float64, time.Time, []byte.
func plain(v reflect.Value) any {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	if t, ok := v.Interface().(time.Time); ok {
		return epoch(t.UTC())
	}
	if number, ok := ownNumber(v); ok {
		if whole := int64(number); float64(whole) == number {
			return whole
		}
		return number
	}
	switch v.Kind() {
	case reflect.Struct:
		out := map[string]any{}
		each(v, func(name string, member reflect.Value) { out[name] = plain(member) })
		return out
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return v.Bytes()
		}
		out := make([]any, v.Len())
		for i := range out {
			out[i] = plain(v.Index(i))
		}
		return out
	case reflect.Map:
		out := map[string]any{}
		for _, key := range sortedMapKeys(v) {
			out[key.String()] = plain(v.MapIndex(key))
		}
		return out
	case reflect.String:
		return v.String()
	case reflect.Bool:
		return v.Bool()
	case reflect.Float64:
		return v.Float()
	}
	return v.Int()
}

// epoch is a time that JSON writes as seconds.
type epoch time.Time

func (e epoch) seconds() float64 {
	return math.Round(float64(time.Time(e).UnixMilli())) / 1e3
}

// MarshalJSON writes seconds since the epoch, to the millisecond.
func (e epoch) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, e.seconds(), 'f', -1, 64), nil
}

// CBOR is an answer of Smithy RPC v2 CBOR.
func CBOR(out any) []byte { return cbor.Encode(cborOf(plain(reflect.ValueOf(out)))) }

func cborOf(v any) cbor.Value {
	switch v := v.(type) {
	case map[string]any:
		out := cbor.Map{}
		for key, item := range v {
			out[key] = cborOf(item)
		}
		return out
	case []any:
		out := make(cbor.List, len(v))
		for i := range v {
			out[i] = cborOf(v[i])
		}
		return out
	case string:
		return cbor.String(v)
	case bool:
		return cbor.Bool(v)
	case int64:
		if v < 0 {
			return cbor.NegInt(-v)
		}
		return cbor.Uint(v)
	case float64:
		return cbor.Float64(v)
	case epoch:
		return &cbor.Tag{ID: epochTag, Value: cbor.Float64(v.seconds())}
	case []byte:
		return cbor.Slice(v)
	}
	return &cbor.Nil{}
}
