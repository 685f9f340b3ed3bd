package wire

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	ecsdocument "github.com/aws/aws-sdk-go-v2/service/ecs/document"
)

// maxDepth bounds how deep a document may nest. The deepest shape of the three services needs about a dozen levels; the
// bound keeps a hostile document, or a struct that points at itself, from using up the stack.
const maxDepth = 100

// Encode writes a shape of the SDK (or a list, map or scalar of such shapes) as AWS JSON without spaces. The same value
// gives the same bytes: members come in the order of the struct, map keys are sorted.
func Encode(v any) ([]byte, error) {
	e := &encoder{}
	if err := e.value(reflect.ValueOf(v), 0); err != nil {
		return nil, err
	}
	return e.out, nil
}

// EncodeIndent writes the same document as Encode over several lines, two spaces a level, for people.
func EncodeIndent(v any) ([]byte, error) {
	compact, err := Encode(v)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, compact, "", "  "); err != nil {
		return nil, fmt.Errorf("indent AWS JSON: %w", err)
	}
	return out.Bytes(), nil
}

type encoder struct {
	out  []byte
	path path
}

func (e *encoder) fail(reason string) error {
	return &EncodeError{Path: e.path.String(), Reason: reason}
}

func (e *encoder) value(v reflect.Value, depth int) error {
	if !v.IsValid() {
		return e.fail("there is no value")
	}
	return e.kinded(v, KindOf(v.Type()), depth)
}

// kinded writes a value whose kind is known.
func (e *encoder) kinded(v reflect.Value, kind Kind, depth int) error {
	if depth > maxDepth {
		return e.fail(fmt.Sprintf("it nests deeper than %d levels", maxDepth))
	}
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return e.fail("there is no value")
		}
		return e.kinded(v.Elem(), kind, depth+1)
	}
	switch kind {
	case KindString, KindEnum:
		e.out = appendString(e.out, v.String())
	case KindInteger:
		e.out = strconv.AppendInt(e.out, v.Int(), 10)
	case KindFloat:
		e.out = appendFloat(e.out, v.Float(), v.Type().Bits())
	case KindBoolean:
		e.out = strconv.AppendBool(e.out, v.Bool())
	case KindTimestamp:
		e.out = appendTime(e.out, v.Interface().(time.Time))
	case KindBlob:
		e.out = append(e.out, '"')
		e.out = base64.StdEncoding.AppendEncode(e.out, v.Bytes())
		e.out = append(e.out, '"')
	case KindStructure:
		return e.structure(v, depth)
	case KindList:
		return e.list(v, depth)
	case KindMap:
		return e.mapping(v, depth)
	case KindUnion:
		return e.union(v, depth)
	case KindDocument:
		return e.document(v)
	default:
		return e.fail("AWS JSON has no form for the Go type " + v.Type().String())
	}
	return nil
}

func (e *encoder) structure(v reflect.Value, depth int) error {
	e.out = append(e.out, '{')
	first := true
	members := planOf(v.Type()).members
	for i := range members {
		m := &members[i]
		field := v.Field(m.index)
		if absent(field) {
			continue
		}
		if !first {
			e.out = append(e.out, ',')
		}
		first = false
		e.out = append(e.out, m.key...)
		e.path.push(m.Name)
		if err := e.kinded(field, m.Kind, depth+1); err != nil {
			return err
		}
		e.path.pop()
	}
	e.out = append(e.out, '}')
	return nil
}

// absent tells whether a member is left out: nothing there, or an enum without a value. A zero number or false is there.
func absent(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface:
		return v.IsNil()
	case reflect.String:
		return v.Len() == 0
	}
	return false
}

func (e *encoder) key(name string, first *bool) {
	if !*first {
		e.out = append(e.out, ',')
	}
	*first = false
	e.out = appendString(e.out, name)
	e.out = append(e.out, ':')
}

func (e *encoder) list(v reflect.Value, depth int) error {
	e.out = append(e.out, '[')
	kind := KindOf(v.Type().Elem())
	for i := range v.Len() {
		if i > 0 {
			e.out = append(e.out, ',')
		}
		e.path.pushIndex(i)
		if err := e.element(v.Index(i), kind, depth); err != nil {
			return err
		}
		e.path.pop()
	}
	e.out = append(e.out, ']')
	return nil
}

func (e *encoder) mapping(v reflect.Value, depth int) error {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	e.out = append(e.out, '{')
	first, kind := true, KindOf(v.Type().Elem())
	for _, k := range keys {
		e.key(k.String(), &first)
		e.path.push(k.String())
		if err := e.element(v.MapIndex(k), kind, depth); err != nil {
			return err
		}
		e.path.pop()
	}
	e.out = append(e.out, '}')
	return nil
}

// element writes what a list or map holds. A nil list inside a list or map is an empty one there: leaving it out would
// move its neighbours or lose its key.
func (e *encoder) element(v reflect.Value, kind Kind, depth int) error {
	if v.Kind() == reflect.Interface && v.IsNil() {
		return e.fail("there is no value")
	}
	return e.kinded(v, kind, depth+1)
}

func (e *encoder) union(v reflect.Value, depth int) error {
	if v.IsNil() {
		return e.fail("there is no value")
	}
	u, _ := unionOf(v.Type())
	member := v.Elem()
	if member.Kind() != reflect.Pointer || member.IsNil() {
		return e.fail("a member of " + v.Type().Name() + " must be a pointer that is not nil")
	}
	member = member.Elem()
	name := ""
	var value reflect.Value
	switch {
	case member.Type() == u.unknown:
		return e.unknownMember(member)
	case slices.Contains(u.members, member.Type()):
		name, value = unionMemberName(v.Type(), member.Type()), member.FieldByName("Value")
	default:
		return e.fail("the type " + member.Type().String() + " is not a member of " + v.Type().Name())
	}
	e.out = append(e.out, '{')
	first := true
	e.key(name, &first)
	e.path.push(name)
	if err := e.value(value, depth+1); err != nil {
		return err
	}
	e.path.pop()
	e.out = append(e.out, '}')
	return nil
}

// unknownMember writes back, byte for byte, a union member that Decode did not know.
func (e *encoder) unknownMember(member reflect.Value) error {
	tag, raw := member.FieldByName("Tag").String(), member.FieldByName("Value").Bytes()
	if !json.Valid(raw) {
		return e.fail("the unknown union member " + strconv.Quote(tag) + " does not hold JSON")
	}
	e.out = append(e.out, '{')
	first := true
	e.key(tag, &first)
	e.out = append(e.out, raw...)
	e.out = append(e.out, '}')
	return nil
}

func (e *encoder) document(v reflect.Value) error {
	if v.IsNil() {
		return e.fail("there is no value")
	}
	raw, err := v.Interface().(ecsdocument.Interface).MarshalSmithyDocument()
	if err != nil {
		return e.fail(err.Error())
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, raw); err != nil {
		return e.fail("the document is not JSON: " + err.Error())
	}
	e.out = append(e.out, compact.Bytes()...)
	return nil
}
