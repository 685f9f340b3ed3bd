package golden

import (
	"bytes"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/diff"
)

// EnvUpdate is the environment variable that stands for -update when it is set
// to anything but "" or "0".
const EnvUpdate = "GANTRY_UPDATE"

var updateFlag = flag.Bool("update", false, "write the golden files anew")

// Assert fails t, with a diff, when got is not byte for byte what the file
// testdata/name holds. Name may have folders, with forward slashes.
func Assert(t testing.TB, name string, got []byte) {
	t.Helper()
	compare(t, filepath.Join("testdata", filepath.FromSlash(name)), got, updating())
}

// AssertString is Assert for text.
func AssertString(t testing.TB, name, got string) {
	t.Helper()
	Assert(t, name, []byte(got))
}

func updating() bool {
	env := os.Getenv(EnvUpdate)
	return *updateFlag || env != "" && env != "0"
}

func compare(t testing.TB, path string, got []byte, update bool) {
	t.Helper()
	if update {
		if err := write(path, got); err != nil {
			t.Fatalf("writing the golden file: %v", err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("no golden file %s yet; run this package's tests with -update to write it, then read it. The test got:\n%s", path, got)
	}
	if err != nil {
		t.Fatalf("reading the golden file: %v", err)
	}
	if bytes.Equal(want, got) {
		return
	}
	t.Errorf("%s is not what the test got; when the new text is right, run this package's tests with -update\n%s",
		path, diff.Diff(path, want, "got", got))
}

// write leaves a file that is right already alone, so that an update changes no
// times and the test cache stays good.
func write(path string, got []byte) error {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, got) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, got, 0o644)
}
