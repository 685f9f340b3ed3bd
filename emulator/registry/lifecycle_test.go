package registry_test

import (
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"gantry/emulator/registry"
)

const oldOnes = `{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"sinceImagePushed","countUnit":"days","countNumber":2},"action":{"type":"expire"}}]}`

// What is due is due after the world was closed and opened, and a policy that a
// world has from before policies were applied is applied from then on.
func TestAgendaSurvives(t *testing.T) {
	w := newWorld(t, "web", "old")
	for _, repository := range []string{"web", "old"} {
		w.push(repository+":v1", randomImage(t))
	}
	if _, err := w.SetLifecyclePolicy("web", oldOnes); err != nil {
		t.Fatal(err)
	}
	err := w.db.Update(func(tx *bbolt.Tx) error {
		kept := tx.Bucket([]byte("ecr/repositories"))
		written := strings.Replace(string(kept.Get([]byte("old"))), `{`, `{"lifecyclePolicy":`+quoted(oldOnes)+`,`, 1)
		return kept.Put([]byte("old"), []byte(written))
	})
	if err != nil {
		t.Fatal(err)
	}
	w.close()
	w.open()
	w.clock = w.clock.Add(47 * time.Hour)
	if changed, err := w.CatchUp(); changed || err != nil {
		t.Errorf("after 47 hours: %v, %v", changed, err)
	}
	w.close()
	w.open()
	w.clock = w.clock.Add(3 * time.Hour)
	if changed, err := w.CatchUp(); !changed || err != nil {
		t.Errorf("after 50 hours: %v, %v", changed, err)
	}
	for _, repository := range []string{"web", "old"} {
		if images := must(w.Images(repository))(t); len(images) != 0 {
			t.Errorf("%s has %d images", repository, len(images))
		}
		if at := must(w.Repository(repository))(t).LifecycleAppliedAt; w.clock.Sub(at) > time.Hour {
			t.Errorf("the policy of %s was applied last at %s", repository, at)
		}
	}
	if w.layerFiles() != 0 {
		t.Errorf("%d files of layers are left", w.layerFiles())
	}
	if w.Due() {
		t.Error("something is due again at once")
	}
}

func quoted(text string) string { return `"` + strings.ReplaceAll(text, `"`, `\"`) + `"` }

// A policy that was set anew is applied by its own time alone.
func TestPolicySetTwice(t *testing.T) {
	w := newWorld(t, "web")
	w.push("web:v1", randomImage(t))
	for range 2 {
		if _, err := w.SetLifecyclePolicy("web", oldOnes); err != nil {
			t.Fatal(err)
		}
		w.clock = w.clock.Add(30 * time.Minute)
	}
	if _, err := w.CatchUp(); err != nil {
		t.Fatal(err)
	}
	if at := must(w.Repository("web"))(t).LifecycleAppliedAt; !at.IsZero() {
		t.Errorf("it was applied at %s, half an hour after it was set", at)
	}
	if _, err := w.SetLifecyclePolicy("web", ""); err != nil {
		t.Fatal(err)
	}
	w.clock = w.clock.Add(100 * time.Hour)
	if changed, err := w.CatchUp(); changed || err != nil {
		t.Errorf("without a policy: %v, %v", changed, err)
	}
	_, err := w.SetLifecyclePolicy("web", "")
	wantCode(t, err, registry.CodeLifecyclePolicyNotFound, "web")
}
