package wire

import (
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"
)

// Kind is what a member is on the wire.
type Kind int

// The kinds of AWS JSON.
const (
	KindUnsupported Kind = iota
	KindString
	KindEnum
	KindInteger
	KindFloat
	KindBoolean
	KindTimestamp
	KindBlob
	KindStructure
	KindList
	KindMap
	KindUnion
	KindDocument
)

// String names the kind with its article, as an error message wants it.
func (k Kind) String() string {
	switch k {
	case KindString, KindEnum:
		return "a string"
	case KindInteger:
		return "an integer"
	case KindFloat:
		return "a number"
	case KindBoolean:
		return "true or false"
	case KindTimestamp:
		return "a time"
	case KindBlob:
		return "base64 text"
	case KindStructure, KindMap:
		return "an object"
	case KindList:
		return "a list"
	case KindUnion:
		return "an object with one member"
	case KindDocument:
		return "any JSON value"
	}
	return "nothing that AWS JSON knows"
}

// Member is one member of a structure or union.
type Member struct {
	// Name is the name on the wire, Field that of the Go field (for a union: of the member's struct).
	Name  string
	Field string
	// Type is the member's Go type without the pointer: a scalar, a struct, a list, a map or an interface. What a list
	// or a map holds is Type.Elem().
	Type reflect.Type
	Kind Kind

	index int
	key   string // as it is written: the name, quoted, and a colon
}

// In is the member's own field of a structure.
func (m Member) In(structure reflect.Value) reflect.Value { return structure.Field(m.index) }

// Members gives the members of a structure or union of the SDK, in the order in which they are written. The type may be
// a pointer to it, or a list or map of it. Anything else has no members. The list is shared and must not be changed.
func Members(t reflect.Type) []Member {
	for t != nil {
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
			t = t.Elem()
			continue
		}
		break
	}
	if t == nil {
		return nil
	}
	switch KindOf(t) {
	case KindStructure:
		return slices.Clip(planOf(t).members)
	case KindUnion:
		u, _ := unionOf(t)
		var members []Member
		for _, m := range u.members {
			value, _ := m.FieldByName("Value")
			members = append(members, Member{Name: unionMemberName(t, m), Field: m.Name(), Type: deref(value.Type), Kind: KindOf(value.Type)})
		}
		return members
	}
	return nil
}

// enums remembers what EnumValues found out, as plans does.
var enums sync.Map // reflect.Type to []string

// EnumValues lists the values that the SDK knows for an enum type; nil for any other type. A service may know more. The
// list is shared and must not be changed.
func EnumValues(t reflect.Type) []string {
	if known, ok := enums.Load(t); ok {
		return known.([]string)
	}
	known, _ := enums.LoadOrStore(t, slices.Clip(enumValues(t)))
	return known.([]string)
}

func enumValues(t reflect.Type) []string {
	method, ok := deref(t).MethodByName("Values")
	if !ok || method.Type.NumIn() != 1 || method.Type.NumOut() != 1 || method.Type.Out(0).Kind() != reflect.Slice {
		return nil
	}
	list := method.Func.Call([]reflect.Value{reflect.Zero(deref(t))})[0]
	if list.Type().Elem().Kind() != reflect.String {
		return nil
	}
	values := make([]string, list.Len())
	for i := range values {
		values[i] = list.Index(i).String()
	}
	return values
}

// KindOf tells what a Go type of the SDK is on the wire. Pointers count as what they point to.
func KindOf(t reflect.Type) Kind {
	t = deref(t)
	switch t.Kind() {
	case reflect.String:
		if t.PkgPath() != "" {
			return KindEnum
		}
		return KindString
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return KindInteger
	case reflect.Float32, reflect.Float64:
		return KindFloat
	case reflect.Bool:
		return KindBoolean
	case reflect.Struct:
		if t == reflect.TypeFor[time.Time]() {
			return KindTimestamp
		}
		return KindStructure
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return KindBlob
		}
		return KindList
	case reflect.Map:
		if t.Key().Kind() == reflect.String {
			return KindMap
		}
	case reflect.Interface:
		if isDocument(t) {
			return KindDocument
		}
		if _, ok := unionOf(t); ok {
			return KindUnion
		}
	}
	return KindUnsupported
}

func deref(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// plan is what is known about one struct type.
type plan struct {
	members []Member
}

// plans remembers what reflection found out about each struct type. It only ever grows by the types there are, and an
// entry never changes, so it does not make the results depend on what was called before.
var plans sync.Map // reflect.Type to *plan

func planOf(t reflect.Type) *plan {
	if p, ok := plans.Load(t); ok {
		return p.(*plan)
	}
	p := &plan{}
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() || f.Name == "ResultMetadata" || f.Name == "ErrorCodeOverride" {
			continue // the SDK's own book-keeping, not part of the shape
		}
		name := memberName(t, f.Name)
		p.members = append(p.members, Member{
			Name: name, Field: f.Name, Type: deref(f.Type), Kind: KindOf(f.Type), index: i, key: string(appendString(nil, name)) + ":",
		})
	}
	got, _ := plans.LoadOrStore(t, p)
	return got.(*plan)
}

// memberName gives a field's name on the wire. The services' models have three members that begin with a capital.
func memberName(t reflect.Type, field string) string {
	const services = "github.com/aws/aws-sdk-go-v2/service/"
	switch service, _ := strings.CutPrefix(t.PkgPath(), services); service + "." + t.Name() + "." + field {
	case "cloudwatchlogs.DescribeDestinationsInput.DestinationNamePrefix",
		"ecr/types.Tag.Key", "ecr/types.Tag.Value":
		return field
	}
	return lowerFirst(field)
}

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}
