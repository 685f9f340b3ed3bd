package golden

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// recorder is a test that only remembers how it was told to fail.
type recorder struct {
	testing.TB
	errors []string
	fatal  bool
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	r.fatal = true
	panic(r) // as testing's own does, it must not return
}

// record runs compare and returns what it told the test.
func record(path, got string, update bool) (r *recorder) {
	r = &recorder{}
	defer func() {
		if p := recover(); p != nil && p != any(r) {
			panic(p)
		}
	}()
	compare(r, path, []byte(got), update)
	return r
}

func TestCompare(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "answer.txt")

	if r := record(path, "one\ntwo\n", false); !r.fatal || !strings.Contains(r.errors[0], "-update") {
		t.Errorf("without the file: %+v, want a fatal error that names -update", r)
	}
	if r := record(path, "one\ntwo\n", true); len(r.errors) != 0 {
		t.Fatalf("writing the file: %v", r.errors)
	}
	if r := record(path, "one\ntwo\n", false); len(r.errors) != 0 {
		t.Errorf("the same text differs: %v", r.errors)
	}
	r := record(path, "one\nTWO\n", false)
	if len(r.errors) != 1 || r.fatal {
		t.Fatalf("another text gave %+v, want one error", r)
	}
	for _, want := range []string{" one\n", "-two\n", "+TWO\n", path} {
		if !strings.Contains(r.errors[0], want) {
			t.Errorf("the failure lacks %q:\n%s", want, r.errors[0])
		}
	}
	if r := record(path, "one\nTWO\n", true); len(r.errors) != 0 {
		t.Fatalf("rewriting the file: %v", r.errors)
	}
	if r := record(path, "one\nTWO\n", false); len(r.errors) != 0 {
		t.Errorf("after the update: %v", r.errors)
	}
}

func TestUpdateLeavesARightFileAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "answer.txt")
	if err := os.WriteFile(path, []byte("same"), 0o444); err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if r := record(path, "same", true); len(r.errors) != 0 {
		t.Fatalf("updating: %v", r.errors)
	}
	after, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if !before.ModTime().Equal(after.ModTime()) || after.Mode().Perm() != 0o444 {
		t.Errorf("the file was touched: %v then %v", before, after)
	}
}

func TestAssertReadsTestdata(t *testing.T) {
	AssertString(t, "hello.txt", "hello\nworld\n")
	Assert(t, "hello.txt", []byte("hello\nworld\n"))
}

func TestUpdatingByEnvironment(t *testing.T) {
	for value, want := range map[string]bool{"": *updateFlag, "0": *updateFlag, "1": true} {
		t.Setenv(EnvUpdate, value)
		if got := updating(); got != want {
			t.Errorf("%s=%q: updating = %v, want %v", EnvUpdate, value, got, want)
		}
	}
}

func TestConversationsOfFolders(t *testing.T) {
	folder := fstest.MapFS{"b.txt": {}, "deep/er/c.txt": {}, "deep/a.txt": {}, "deep/other.json": {}}
	if got, want := conversations(t, folder), []string{"b.txt", "deep/a.txt", "deep/er/c.txt"}; !slices.Equal(got, want) {
		t.Errorf("the conversations are %v, want %v", got, want)
	}
	r := &recorder{}
	func() {
		defer func() { _ = recover() }()
		conversations(r, fstest.MapFS{"other.json": {}})
	}()
	if !r.fatal {
		t.Error("a folder without conversations passes")
	}
}
