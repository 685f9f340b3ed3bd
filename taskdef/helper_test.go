package taskdef_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"testing"
)

// canonicalJSON writes a document with sorted keys and without spaces.
func canonicalJSON(t testing.TB, text []byte) string {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
