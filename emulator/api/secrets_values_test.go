package api

import (
	"encoding/json"
	"testing"
)

// TestOlderSecrets is that secrets that were kept before there were staging
// labels still have their present value and the one before.
func TestOlderSecrets(t *testing.T) {
	var x secret
	older := `{"arn":"a","name":"web/key","values":[{"versionId":"2","secretString":"two"},{"versionId":"1","secretString":"one"}]}`
	if err := json.Unmarshal([]byte(older), &x); err != nil {
		t.Fatal(err)
	}
	x.label()
	if current, previous := x.labelled(stageCurrent), x.labelled(stagePrevious); current != 0 || previous != 1 {
		t.Errorf("the present value is at %d, the one before at %d", current, previous)
	}
	x.label()
	if n := len(x.Values[0].Stages); n != 1 {
		t.Errorf("labelled again it has %d labels", n)
	}
}
