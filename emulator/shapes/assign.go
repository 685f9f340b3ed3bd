package shapes

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"time"
)

// Assign fills the struct that into points to. Members that the struct lacks
// are passed over, as AWS does.
func Assign(value Value, into any) error { return assign(value, reflect.ValueOf(into).Elem(), "") }

// nameOf is the name of a field on the wire: its tag, else that of its JSON form.
func nameOf(f reflect.StructField) string {
	if name, _, _ := strings.Cut(f.Tag.Get("shape"), ","); name != "" {
		return name
	}
	if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" {
		return name
	}
	return f.Name
}

func assign(v any, to reflect.Value, path string) error {
	if v == nil {
		return nil
	}
	if to.Kind() == reflect.Pointer {
		fresh := reflect.New(to.Type().Elem())
		if err := assign(v, fresh.Elem(), path); err != nil {
			return err
		}
		to.Set(fresh)
		return nil
	}
	if to.Type() == reflect.TypeFor[time.Time]() {
		at, err := asTime(v)
		if err != nil {
			return in(path, err)
		}
		to.Set(reflect.ValueOf(at))
		return nil
	}
	if own, ok := to.Addr().Interface().(json.Unmarshaler); ok {
		return assignOwn(v, own, path)
	}
	switch to.Kind() {
	case reflect.Struct:
		return assignStruct(v, to, path)
	case reflect.Slice:
		if to.Type().Elem().Kind() == reflect.Uint8 {
			return assignBytes(v, to, path)
		}
		return assignList(v, to, path)
	case reflect.Map:
		return assignMap(v, to, path)
	default:
		return assignScalar(v, to, path)
	}
}

// assignOwn reads a scalar that has a JSON form of its own.
func assignOwn(v any, to json.Unmarshaler, path string) error {
	if text, ok := v.(string); ok {
		if _, err := strconv.ParseFloat(text, 64); err == nil {
			v = json.Number(text) // of a form
		}
	}
	text, err := json.Marshal(v)
	if err == nil {
		err = to.UnmarshalJSON(text)
	}
	if err != nil {
		return in(path, err)
	}
	return nil
}

func in(path string, err error) error { return fmt.Errorf("%s: %w", path, err) }

func expected(path, what string, v any) error {
	return fmt.Errorf("%s: expected %s, got %s", path, what, kindOf(v))
}

func within(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func assignStruct(v any, to reflect.Value, path string) error {
	value, ok := v.(Value)
	if !ok {
		return expected(path, "an object", v)
	}
	for i := range to.NumField() {
		f := to.Type().Field(i)
		if f.Anonymous && f.Type.Kind() == reflect.Struct { // its members are the struct's own
			if err := assignStruct(v, to.Field(i), path); err != nil {
				return err
			}
			continue
		}
		name := nameOf(f)
		given, ok := value[name]
		if !ok || !f.IsExported() {
			continue
		}
		if err := assign(given, to.Field(i), within(path, name)); err != nil {
			return err
		}
	}
	return nil
}

// assignList reads a list, or from a form what stands for one: the members by
// number, in a Value of their own called member or item, or by themselves.
func assignList(v any, to reflect.Value, path string) error {
	items, ok := v.([]any)
	if value, form := v.(Value); form {
		items, ok = numbered(value)
	} else if text, form := v.(string); form && text == "" {
		items, ok = []any{}, true // an empty list in a form
	}
	if !ok {
		return expected(path, "a list", v)
	}
	out := reflect.MakeSlice(to.Type(), len(items), len(items))
	for i, item := range items {
		if err := assign(item, out.Index(i), within(path, strconv.Itoa(i+1))); err != nil {
			return err
		}
	}
	to.Set(out)
	return nil
}

// numbered lists what stands under 1, 2, 3 …, in order.
func numbered(value Value) ([]any, bool) {
	for _, wrapper := range []string{"member", "item", "entry"} {
		if inner, ok := value[wrapper].(Value); ok {
			value = inner
		}
	}
	var numbers []int
	for key := range value {
		n, err := strconv.Atoi(key)
		if err != nil || n < 0 {
			return nil, false
		}
		numbers = append(numbers, n)
	}
	sort.Ints(numbers)
	items := make([]any, 0, len(numbers))
	for _, n := range numbers {
		items = append(items, value[strconv.Itoa(n)])
	}
	return items, true
}

// assignMap reads a map of strings; in a form it is a list of key and value.
func assignMap(v any, to reflect.Value, path string) error {
	value, ok := v.(Value)
	if !ok {
		return expected(path, "an object", v)
	}
	if entries, numbers := numbered(value); numbers && len(entries) > 0 {
		value = Value{}
		for _, e := range entries {
			pair, _ := e.(Value)
			key, _ := pair["key"].(string)
			value[key] = pair["value"]
		}
	}
	out := reflect.MakeMapWithSize(to.Type(), len(value))
	for _, key := range sortedKeys(value) {
		item := reflect.New(to.Type().Elem()).Elem()
		if err := assign(value[key], item, within(path, key)); err != nil {
			return err
		}
		out.SetMapIndex(reflect.ValueOf(key).Convert(to.Type().Key()), item)
	}
	to.Set(out)
	return nil
}

func assignBytes(v any, to reflect.Value, path string) error {
	switch v := v.(type) {
	case []byte:
		to.SetBytes(v)
		return nil
	case string:
		data, err := base64.StdEncoding.DecodeString(v)
		if err != nil {
			return fmt.Errorf("%s: it is not base64", path)
		}
		to.SetBytes(data)
		return nil
	}
	return expected(path, "bytes", v)
}

// assignScalar reads text, numbers and booleans; a form has text for all.
func assignScalar(v any, to reflect.Value, path string) error {
	switch to.Kind() {
	case reflect.String:
		if text, ok := v.(string); ok {
			to.SetString(text)
			return nil
		}
		return expected(path, "a string", v)
	case reflect.Bool:
		if text, ok := v.(string); ok && (strings.EqualFold(text, "true") || strings.EqualFold(text, "false")) {
			v = strings.EqualFold(text, "true")
		}
		if yes, ok := v.(bool); ok {
			to.SetBool(yes)
			return nil
		}
		return expected(path, "a boolean", v)
	case reflect.Int, reflect.Int32, reflect.Int64:
		number, ok := asNumber(v)
		if !ok || number != math.Trunc(number) || math.Abs(number) > 1<<53 || to.OverflowInt(int64(number)) {
			return expected(path, "an integer", v)
		}
		to.SetInt(int64(number))
		return nil
	case reflect.Float64:
		number, ok := asNumber(v)
		if !ok {
			return expected(path, "a number", v)
		}
		to.SetFloat(number)
		return nil
	}
	return fmt.Errorf("%s: %s cannot be read", path, to.Type())
}

func asNumber(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, finite(v)
	case string:
		number, err := strconv.ParseFloat(v, 64)
		return number, err == nil && finite(number)
	}
	return 0, false
}

// finite reports whether a number is one that can be counted with, and written
// in any protocol: forms and CBOR have NaN and infinity too.
func finite(number float64) bool { return !math.IsNaN(number) && !math.IsInf(number, 0) }
