package api

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"gantry/ecs"
)

// Pages show each key that is there all along exactly once, in order, whatever
// comes and goes in between.
func TestPagesOfAChangingList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kept := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-f]{1,3}`), 0, 20, rapid.ID[string]).Draw(t, "kept")
		slices.Sort(kept)
		size := int32(rapid.IntRange(1, 5).Draw(t, "size"))
		var seen []string
		var token *string
		for range 100 {
			list := slices.Clone(kept)
			list = append(list, rapid.SliceOf(rapid.StringMatching(`[g-k]{1,2}|[a-f]{4}`)).Draw(t, "passing")...)
			slices.Sort(list)
			keys, next, err := page(slices.Compact(list), token, &size, 100, 100)
			if err != nil {
				t.Fatal(err)
			}
			for _, key := range keys {
				if slices.Contains(kept, key) {
					seen = append(seen, key)
				}
			}
			if token = next; next == nil {
				break
			}
		}
		if token == nil && !slices.Equal(seen, kept) {
			t.Fatalf("saw %v, want %v", seen, kept)
		}
	})
}

func TestBadTokens(t *testing.T) {
	for _, token := range []string{"x", "AAAA", "%%", "Z2FudHJ5Mg"} {
		if _, _, err := page([]string{"a"}, &token, nil, 10, 10); err == nil {
			t.Errorf("token %q was taken", token)
		}
	}
	empty := ""
	if keys, _, err := page([]string{"a"}, &empty, nil, 10, 10); err != nil || len(keys) != 1 {
		t.Errorf("an empty token: %v %v", keys, err)
	}
}

func TestShortID(t *testing.T) {
	const own = "arn:aws:ecs:us-east-1:123456789012:"
	for _, tt := range []struct {
		given, id string
		ok        bool
	}{
		{"abc", "abc", true},
		{"", "", false},
		{own + "task/demo/abc", "abc", true},
		{own + "task/abc", "abc", true},
		{own + "task/other/abc", "", false},
		{own + "service/demo/abc", "", false},
		{own + "task", "", false},
		{own + "task/demo/a/b", "", false},
	} {
		if id, ok := shortID(tt.given, "task", "demo"); id != tt.id || ok != tt.ok {
			t.Errorf("%q: %q %v, want %q %v", tt.given, id, ok, tt.id, tt.ok)
		}
	}
}

// Keys that are turned around sort the other way round.
func TestTurned(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.StringMatching(`[ -~]{0,6}`).Draw(t, "a"), rapid.StringMatching(`[ -~]{0,6}`).Draw(t, "b")
		if (a < b) != (turned(a) > turned(b)) {
			t.Fatalf("%q and %q turned are %q and %q", a, b, turned(a), turned(b))
		}
	})
}

func TestStreamTokens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := position{ms: rapid.Int64Range(0, last().ms).Draw(t, "ms"), number: rapid.Int64Range(0, 1<<50).Draw(t, "number")}
		direction := rapid.SampledFrom([]string{"f", "b"}).Draw(t, "direction")
		got, forward, err := openStreamToken(streamToken(direction, at))
		if err != nil || got != at || forward != (direction == "f") {
			t.Fatalf("%+v came back as %+v %v %v", at, got, forward, err)
		}
	})
	for _, token := range []string{"", "f/", "x/" + fmt.Sprintf("%056d", 1) + "/s", "f/" + fmt.Sprintf("%055d", 1) + "/s", "f/" + fmt.Sprintf("-%055d", 1) + "/s"} {
		if _, _, err := openStreamToken(token); err == nil {
			t.Errorf("token %q was taken", token)
		}
	}
}

func TestDefaultNetwork(t *testing.T) {
	n := DefaultNetwork(ecs.Scope{Region: "us-east-1"})
	if len(n.Subnets) != 6 || n.Zones()[n.Subnets["us-east-1c"]] != "us-east-1c" {
		t.Errorf("network %+v", n)
	}
}
