package scheduler_test

import (
	"bytes"
	"strings"
	"testing"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// TestSavedAttributes: a saved state has the attributes of instances of one kind
// once, and each instance has its own again when it is loaded; those that were
// saved with the instance itself are read, too.
func TestSavedAttributes(t *testing.T) {
	b := newBench(t, 6)
	all, _ := b.Instances(scheduler.InstanceFilter{})
	b.must(scheduler.Command{PutAttributes: &scheduler.PutAttributes{ID: all[0], Attributes: []ecs.Attribute{{Name: "stack", Value: "prod"}}}})
	b.must(scheduler.Command{DeregisterInstance: &scheduler.DeregisterInstance{ID: all[1]}})
	saved, err := b.Save()
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(saved, []byte(`"`+ecs.AttributeAvailabilityZone+`"`)); n != 3 {
		t.Errorf("the zone is there %d times, want once for each zone and once for the instance with attributes of its own", n)
	}
	loaded, err := scheduler.Load(saved)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range all {
		was, _ := b.Instance(id)
		is, _ := loaded.Instance(id)
		for _, name := range []string{ecs.AttributeAvailabilityZone, "stack"} {
			want, _ := was.Attribute(name)
			if got, _ := is.Attribute(name); got != want {
				t.Errorf("%s of %s is %q, want %q", name, id, got, want)
			}
		}
	}
	if again, err := loaded.Save(); err != nil || !bytes.Equal(saved, again) {
		t.Errorf("what was loaded is saved differently: %v\n%s\n%s", err, saved, again)
	}

	list := `"attributes":[{"name":"` + ecs.AttributeAvailabilityZone + `","value":"us-east-1z"}]`
	older, err := scheduler.Load([]byte(strings.NewReplacer(`"attributes":null`, list, `,"attributes":1`, "", `,"attributes":2`, "", `,"attributes":3`, "").Replace(string(saved))))
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range all {
		i, _ := older.Instance(id)
		if zone, _ := i.Attribute(ecs.AttributeAvailabilityZone); zone != "us-east-1z" {
			t.Errorf("the zone of %s is %q", id, zone)
		}
	}
	broken := strings.ReplaceAll(string(saved), `,"attributes":3`, `,"attributes":4`)
	if _, err := scheduler.Load([]byte(broken)); err == nil || !strings.Contains(err.Error(), "has the set of attributes 4, and there are 3") {
		t.Errorf("a number that is none of a set: %v", err)
	}
}
