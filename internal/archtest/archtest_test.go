package archtest

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"gantry/internal/golden"
)

// TestLaw is the import law.
func TestLaw(t *testing.T) {
	root := absolute(t, filepath.Join("..", ".."))
	touch(t, root)
	found, err := Check(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range found {
		t.Error(v)
	}
}

// TestPlanted runs the law over a module with one breach of each kind, and as
// many lawful neighbours that must not be found.
func TestPlanted(t *testing.T) {
	t.Setenv("GOPROXY", "off")
	root := absolute(t, filepath.Join("testdata", "planted"))
	touch(t, root)
	found, err := Check(root)
	if err != nil {
		t.Fatal(err)
	}
	var lines strings.Builder
	for _, v := range found {
		lines.WriteString(v.String())
		lines.WriteByte('\n')
	}
	golden.AssertString(t, "planted.txt", lines.String())
}

// touch opens every folder of the tree. The go command runs in a process of its
// own, so without this `go test` would not know which files the result depends
// on, and would serve an old one from its cache.
func touch(t *testing.T, root string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != root {
			return fs.SkipDir
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	abs, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return abs
}

func TestRoomOf(t *testing.T) {
	rooms := []room{{path: "tui/...", why: "screens"}, {path: "tui/widget/...", why: "widgets"},
		{path: "tui/widget", why: "the widget room itself"}, {path: "", why: "main"}}
	for pkg, want := range map[string]string{
		"tui":              "screens",
		"tui/screen/tasks": "screens",
		"tui/widget":       "the widget room itself",
		"tui/widget/bar":   "widgets",
		"":                 "main",
	} {
		if r, ok := roomOf(rooms, pkg); !ok || r.why != want {
			t.Errorf("roomOf(%q) = %q, %v, want %q", pkg, r.why, ok, want)
		}
	}
	for _, pkg := range []string{"tuition", "elsewhere"} {
		if r, ok := roomOf(rooms, pkg); ok {
			t.Errorf("roomOf(%q) = %q, want none", pkg, r.why)
		}
	}
}

// TestLawGoesDown keeps the table itself honest: a room may import only rooms of
// lower floors, or, within its own folder, of the same one.
func TestLawGoesDown(t *testing.T) {
	rooms := law()
	seen := map[string]bool{}
	for _, r := range rooms {
		if seen[r.path] {
			t.Errorf("%s has two lines", label(r.path))
		}
		seen[r.path] = true
		if r.why == "" {
			t.Errorf("%s gives no reason", label(r.path))
		}
		for _, may := range r.may {
			base := strings.TrimSuffix(may, "/...")
			below, ok := roomOf(rooms, base)
			if !ok && !anyBelow(rooms, base) {
				t.Errorf("%s may import %s, which has no line", label(r.path), may)
			}
			if ok && (below.floor > r.floor || below.floor == r.floor && folder(below.path) != folder(r.path)) {
				t.Errorf("%s on floor %d may import %s on floor %d", label(r.path), r.floor, may, below.floor)
			}
			if r.purity == pure && ok && below.purity == shell {
				t.Errorf("%s is pure and may import %s, which is not", label(r.path), may)
			}
		}
	}
}

// folder is the first element of a path: the rooms in it may share a floor.
func folder(path string) string {
	first, _, _ := strings.Cut(path, "/")
	return first
}

func anyBelow(rooms []room, base string) bool {
	for _, r := range rooms {
		if strings.HasPrefix(r.path, base+"/") {
			return true
		}
	}
	return false
}
