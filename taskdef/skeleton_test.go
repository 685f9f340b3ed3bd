package taskdef_test

import (
	"bytes"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"gantry/awsapi/wire"
	"gantry/taskdef"
)

// TestSkeletons writes every member that the API has, and reads it back: the
// schema is the SDK's, so that no member can be forgotten. PascalCase means the
// same.
func TestSkeletons(t *testing.T) {
	key := regexp.MustCompile(`"([a-z])([A-Za-z0-9]*)":`)
	for _, shape := range []any{
		&ecs.RegisterTaskDefinitionInput{}, &ecs.CreateServiceInput{}, &ecs.UpdateServiceInput{}, &ecs.RunTaskInput{}, &ecs.StartTaskInput{},
		&ecs.CreateClusterInput{}, &ecs.CreateCapacityProviderInput{}, &ecs.PutAttributesInput{}, &ecs.DescribeTasksInput{},
	} {
		name := reflect.TypeOf(shape).Elem().Name()
		fill(reflect.ValueOf(shape).Elem(), 0)
		want, err := wire.Encode(shape)
		if err != nil {
			t.Fatal(err)
		}
		pascal := key.ReplaceAllFunc(want, func(m []byte) []byte {
			return append([]byte{'"', bytes.ToUpper(m[1:2])[0]}, m[2:]...)
		})
		for _, text := range [][]byte{want, pascal} {
			into := reflect.New(reflect.TypeOf(shape).Elem()).Interface()
			_, findings, err := taskdef.ParseInput(bytes.NewReader(text), name, into)
			if err != nil || len(findings) > 0 {
				t.Fatalf("%v %v", err, findings)
			}
			got, err := wire.Encode(into)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s\n got %s\nwant %s", name, got, want)
			}
		}
	}
}

// fill gives every member a value. Shapes that contain themselves end at the
// depth that no real one reaches.
func fill(v reflect.Value, depth int) {
	const deep = 12
	if depth > deep {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), depth+1)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Unix(1718000000, 0).UTC()))
			return
		}
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && !strings.Contains(f.Name, "Metadata") {
				fill(v.Field(i), depth+1)
			}
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Interface {
			return // a union has its own test
		}
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0), depth+1)
		fill(v.Index(1), depth+1)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		element := reflect.New(v.Type().Elem()).Elem()
		fill(element, depth+1)
		v.SetMapIndex(reflect.ValueOf("Some.Key").Convert(v.Type().Key()), element)
	case reflect.String:
		v.SetString("text")
	case reflect.Int32, reflect.Int64:
		v.SetInt(7)
	case reflect.Float64:
		v.SetFloat(1.5)
	case reflect.Bool:
		v.SetBool(true)
	}
}
