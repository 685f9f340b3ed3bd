package wire_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"time"

	ecsdocument "github.com/aws/aws-sdk-go-v2/service/ecs/document"

	"gantry/awsapi/wire"
)

// filler makes values of any shape. With full set every member is there; without it about a third is missing, and lists
// and maps may be empty.
type filler struct {
	random *rand.Rand
	full   bool
	unions map[reflect.Type][]reflect.Type
}

func (f *filler) skip() bool { return !f.full && f.random.IntN(3) == 0 }

func (f *filler) size() int {
	if f.full {
		return 2
	}
	return f.random.IntN(3)
}

func (f *filler) fill(v reflect.Value, depth int) {
	t := v.Type()
	if t.Kind() == reflect.Pointer {
		v.Set(reflect.New(t.Elem()))
		f.fill(v.Elem(), depth)
		return
	}
	switch wire.KindOf(t) {
	case wire.KindString:
		v.SetString(f.text())
	case wire.KindEnum:
		v.SetString("SOME_" + fmt.Sprint(f.random.IntN(100)))
	case wire.KindInteger:
		v.SetInt(f.random.Int64() >> (64 - t.Bits()))
	case wire.KindFloat:
		v.SetFloat(float64(f.random.IntN(1000000)) / 64)
	case wire.KindBoolean:
		v.SetBool(f.random.IntN(2) == 0)
	case wire.KindTimestamp:
		// In eighths of a second, since the SDK's client reads most other fractions as one millisecond less.
		v.Set(reflect.ValueOf(time.UnixMilli(f.random.Int64N(4e12) / 125 * 125).UTC()))
	case wire.KindBlob:
		raw := make([]byte, f.random.IntN(20))
		for i := range raw {
			raw[i] = byte(f.random.IntN(256))
		}
		v.SetBytes(raw)
	case wire.KindStructure:
		f.structure(v, depth)
	case wire.KindList:
		n := f.size()
		list := reflect.MakeSlice(t, n, n)
		for i := range n {
			f.fill(list.Index(i), depth+1)
		}
		v.Set(list)
	case wire.KindMap:
		m := reflect.MakeMap(t)
		for range f.size() {
			key, value := reflect.New(t.Key()).Elem(), reflect.New(t.Elem()).Elem()
			key.SetString("key " + fmt.Sprint(f.random.IntN(1000)))
			f.fill(value, depth+1)
			m.SetMapIndex(key, value)
		}
		v.Set(m)
	case wire.KindUnion:
		members := f.unions[t]
		member := reflect.New(members[f.random.IntN(len(members))])
		f.fill(member.Elem().FieldByName("Value"), depth+1)
		v.Set(member)
	case wire.KindDocument:
		v.Set(reflect.ValueOf(ecsdocument.NewLazyDocument(map[string]any{"n": f.random.IntN(1e9), "deep": []any{"x", 1.5, true, nil}})))
	default:
		panic("the codec does not know " + t.String())
	}
}

func (f *filler) structure(v reflect.Value, depth int) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if !field.IsExported() || field.Name == "ResultMetadata" || field.Name == "ErrorCodeOverride" {
			continue
		}
		// A token that is missing is made up by the SDK's client; the shapes that contain themselves must end somewhere.
		token := strings.HasSuffix(field.Name, "Token")
		if depth > 12 || (!token && f.skip()) {
			continue
		}
		f.fill(v.Field(i), depth+1)
	}
}

func (f *filler) text() string {
	pieces := []string{"web", "a b", "<&>", "é", "\"\\", "\n\t\x01\x7f", "世界", "\u2028", "arn:aws:ecs:us-east-1:123456789012:cluster/x"}
	return pieces[f.random.IntN(len(pieces))] + fmt.Sprint(f.random.IntN(10000))
}

// difference says where two values differ, or nothing when they are equal. Open documents are equal when they say the same
// JSON, and the SDK's book-keeping does not count.
func difference(where string, a, b reflect.Value) string {
	if a.Type() != b.Type() {
		return fmt.Sprintf("%s: %s and %s", where, a.Type(), b.Type())
	}
	switch a.Kind() {
	case reflect.Pointer, reflect.Interface:
		if a.IsNil() || b.IsNil() {
			return when(a.IsNil() != b.IsNil(), where+": only one is nil")
		}
		if x, ok := a.Interface().(ecsdocument.Interface); ok {
			one, _ := x.MarshalSmithyDocument()
			two, _ := b.Interface().(ecsdocument.Interface).MarshalSmithyDocument()
			return when(len(one) == 0 || string(one) != string(two), fmt.Sprintf("%s: %s and %s", where, one, two))
		}
		return difference(where, a.Elem(), b.Elem())
	case reflect.Slice:
		if a.IsNil() != b.IsNil() || a.Len() != b.Len() {
			return fmt.Sprintf("%s: %#v and %#v", where, a, b)
		}
		for i := range a.Len() {
			if d := difference(fmt.Sprintf("%s[%d]", where, i), a.Index(i), b.Index(i)); d != "" {
				return d
			}
		}
		return ""
	case reflect.Map:
		if a.IsNil() != b.IsNil() || a.Len() != b.Len() {
			return fmt.Sprintf("%s: %#v and %#v", where, a, b)
		}
		for _, k := range a.MapKeys() {
			if !b.MapIndex(k).IsValid() {
				return where + ": only one has the key " + k.String()
			}
			if d := difference(where+"."+k.String(), a.MapIndex(k), b.MapIndex(k)); d != "" {
				return d
			}
		}
		return ""
	case reflect.Struct:
		if _, ok := a.Interface().(time.Time); !ok {
			for i := range a.NumField() {
				f := a.Type().Field(i)
				if !f.IsExported() || f.Name == "ResultMetadata" {
					continue
				}
				if d := difference(where+"."+f.Name, a.Field(i), b.Field(i)); d != "" {
					return d
				}
			}
			return ""
		}
	}
	return when(!reflect.DeepEqual(a.Interface(), b.Interface()), fmt.Sprintf("%s: %#v and %#v", where, a, b))
}

func when(differs bool, text string) string {
	if differs {
		return text
	}
	return ""
}
