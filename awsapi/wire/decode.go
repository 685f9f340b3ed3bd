package wire

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"
)

// Option changes how Decode reads.
type Option func(*decoder)

// ConvertScalars also accepts a number or boolean that is written as a string, and a string that is written as a number
// or boolean. The service refuses both; people who write YAML by hand do it all the time (cpu: 256 is a string in a task
// definition).
func ConvertScalars() Option {
	return func(d *decoder) { d.convert = true }
}

// Decode reads AWS JSON into a shape of the SDK: into is a pointer to an …Input, an …Output, one of the types, or a list
// or map of those. What into held before is replaced. Unknown members are ignored, null is the same as absent, and of
// two members with one name the last wins. The error is a *DecodeError; then into is as it was before.
func Decode(data []byte, into any, options ...Option) error {
	target := reflect.ValueOf(into)
	if target.Kind() != reflect.Pointer || target.IsNil() {
		return fmt.Errorf("decode AWS JSON: the target must be a pointer that is not nil, got %T", into)
	}
	tree, err := parse(data)
	if err != nil {
		return err
	}
	d := &decoder{}
	for _, option := range options {
		option(d)
	}
	if tree == nil {
		return d.fail(KindOf(target.Type()).String(), nil)
	}
	fresh := reflect.New(target.Type().Elem()).Elem()
	if err := d.value(tree, fresh, 0); err != nil {
		return err
	}
	target.Elem().Set(fresh)
	return nil
}

type decoder struct {
	convert bool
	path    path
}

func (d *decoder) fail(expected string, got any) error {
	return &DecodeError{Path: d.path.String(), Expected: expected, Got: describe(got), Offset: -1}
}

// value reads a JSON value that is not null into a Go value that is zero.
func (d *decoder) value(in any, out reflect.Value, depth int) error {
	if depth > maxDepth {
		return d.fail(fmt.Sprintf("at most %d levels", maxDepth), in)
	}
	if out.Kind() == reflect.Pointer {
		out.Set(reflect.New(out.Type().Elem()))
		return d.value(in, out.Elem(), depth+1)
	}
	kind := KindOf(out.Type())
	switch kind {
	case KindStructure:
		return d.structure(in, out, depth)
	case KindList:
		return d.list(in, out, depth)
	case KindMap:
		return d.mapping(in, out, depth)
	case KindUnion:
		return d.union(in, out, depth)
	case KindDocument:
		out.Set(reflect.ValueOf(newDocument(plain(in))))
		return nil
	case KindUnsupported:
		return fmt.Errorf("decode AWS JSON: %s: it has no form for the Go type %s", d.path.String(), out.Type())
	}
	if d.convert {
		in = convert(in, kind)
	}
	return d.scalar(in, out, kind)
}

func (d *decoder) scalar(in any, out reflect.Value, kind Kind) error {
	switch kind {
	case KindString, KindEnum:
		text, ok := in.(string)
		if !ok {
			return d.fail(kind.String(), in)
		}
		out.SetString(text)
	case KindInteger:
		return d.integer(in, out)
	case KindFloat:
		f, ok := float(in, out.Type().Bits())
		if !ok {
			return d.fail(kind.String(), in)
		}
		out.SetFloat(f)
	case KindBoolean:
		b, ok := in.(bool)
		if !ok {
			return d.fail(kind.String(), in)
		}
		out.SetBool(b)
	case KindTimestamp:
		return d.timestamp(in, out)
	case KindBlob:
		text, ok := in.(string)
		if !ok {
			return d.fail(kind.String(), in)
		}
		raw, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return d.fail(kind.String(), in)
		}
		out.SetBytes(raw)
	}
	return nil
}

func (d *decoder) integer(in any, out reflect.Value) error {
	number, ok := in.(json.Number)
	if !ok {
		return d.fail("an integer", in)
	}
	bits := out.Type().Bits()
	n, ok := integer(number.String(), bits)
	if !ok {
		return d.fail(fmt.Sprintf("an integer of %d bits", bits), in)
	}
	out.SetInt(n)
	return nil
}

func (d *decoder) timestamp(in any, out reflect.Value) error {
	const expected = "a time (seconds since 1970, or ISO 8601 text)"
	var t time.Time
	var ok bool
	switch v := in.(type) {
	case json.Number:
		t, ok = epoch(v.String())
	case string:
		t, ok = iso(v)
	}
	if !ok {
		return d.fail(expected, in)
	}
	out.Set(reflect.ValueOf(t))
	return nil
}

func (d *decoder) structure(in any, out reflect.Value, depth int) error {
	object, ok := in.(map[string]any)
	if !ok {
		return d.fail(KindStructure.String(), in)
	}
	// In the order of the shape and not of the document, so that the same document always gives the same error.
	for _, m := range planOf(out.Type()).members {
		v, ok := object[m.Name]
		if !ok || v == nil {
			continue
		}
		d.path.push(m.Name)
		if err := d.value(v, out.Field(m.index), depth+1); err != nil {
			return err
		}
		d.path.pop()
	}
	return nil
}

func (d *decoder) list(in any, out reflect.Value, depth int) error {
	items, ok := in.([]any)
	if !ok {
		return d.fail(KindList.String(), in)
	}
	list := reflect.MakeSlice(out.Type(), 0, len(items))
	for i, item := range items {
		if item == nil {
			continue // these services have no lists with holes
		}
		element := reflect.New(out.Type().Elem()).Elem()
		d.path.pushIndex(i)
		if err := d.value(item, element, depth+1); err != nil {
			return err
		}
		d.path.pop()
		if element.Kind() == reflect.Interface && element.IsNil() {
			continue // a union without a member
		}
		list = reflect.Append(list, element)
	}
	out.Set(list)
	return nil
}

func (d *decoder) mapping(in any, out reflect.Value, depth int) error {
	object, ok := in.(map[string]any)
	if !ok {
		return d.fail(KindMap.String(), in)
	}
	result := reflect.MakeMapWithSize(out.Type(), len(object))
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if object[key] == nil {
			continue
		}
		element := reflect.New(out.Type().Elem()).Elem()
		d.path.push(key)
		if err := d.value(object[key], element, depth+1); err != nil {
			return err
		}
		d.path.pop()
		if element.Kind() == reflect.Interface && element.IsNil() {
			continue
		}
		result.SetMapIndex(reflect.ValueOf(key).Convert(out.Type().Key()), element)
	}
	out.Set(result)
	return nil
}

// union reads an object with one member. Null members and __type, which some services add, do not count.
func (d *decoder) union(in any, out reflect.Value, depth int) error {
	object, ok := in.(map[string]any)
	if !ok {
		return d.fail(KindUnion.String(), in)
	}
	name := ""
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if key == "__type" || object[key] == nil {
			continue
		}
		if name != "" {
			return d.fail(KindUnion.String(), in)
		}
		name = key
	}
	if name == "" {
		return nil
	}
	u, _ := unionOf(out.Type())
	d.path.push(name)
	defer d.path.pop()
	for _, m := range u.members {
		if unionMemberName(out.Type(), m) != name {
			continue
		}
		member := reflect.New(m)
		if err := d.value(object[name], member.Elem().FieldByName("Value"), depth+1); err != nil {
			return err
		}
		out.Set(member)
		return nil
	}
	raw, err := json.Marshal(object[name])
	if err != nil {
		return d.fail(KindUnion.String(), in)
	}
	unknown := reflect.New(u.unknown)
	unknown.Elem().FieldByName("Tag").SetString(name)
	unknown.Elem().FieldByName("Value").SetBytes(raw)
	out.Set(unknown)
	return nil
}
