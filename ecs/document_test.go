package ecs_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"gantry/ecs"
)

func TestDocumentIsTheJSONThatItIs(t *testing.T) {
	t.Parallel()
	type holder struct {
		A ecs.Document `json:"a,omitempty"`
		B ecs.Document `json:"b"`
	}
	for text, want := range map[string]string{
		`{"a": {"x": [1, 2]}, "b": null}`: `{"a":{"x":[1,2]},"b":null}`,
		`{"b": [ ]}`:                      `{"b":[]}`,
	} {
		var h holder
		if err := json.Unmarshal([]byte(text), &h); err != nil {
			t.Fatal(err)
		}
		if got, err := json.Marshal(h); err != nil || string(got) != want {
			t.Errorf("%s became %s (%v), want %s", text, got, err, want)
		}
	}
}

func TestManagedVolumes(t *testing.T) {
	t.Parallel()
	d := ecs.Document(`[{"name":"data","managedEBSVolume":{"roleArn":"r","terminationPolicy":{"deleteOnTermination":false}}},{"name":"more","managedEBSVolume":{"roleArn":"q"}},{"name":"other"}]`)
	want := []ecs.ManagedVolume{{Name: "data", RoleARN: "r"}, {Name: "more", RoleARN: "q", DeleteOnTermination: true}}
	if got := ecs.ManagedVolumes(d); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	if got := ecs.ManagedVolumes("no JSON"); got != nil {
		t.Errorf("got %+v", got)
	}
}
