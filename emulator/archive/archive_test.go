package archive_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gantry/emulator/archive"
)

// layer is the name of a layer with this content.
func layer(content string) string {
	sum := sha256.Sum256([]byte(content))
	return "blobs/sha256/" + hex.EncodeToString(sum[:])
}

// written is a snapshot of files, which are names and contents in turn.
func written(t *testing.T, files ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := archive.NewWriter(&out, archive.Manifest{World: "ci", Speed: "pause", Time: time.Unix(60, 0).UTC()})
	for i := 0; i < len(files) && err == nil; i += 2 {
		err = w.Add(files[i], int64(len(files[i+1])), func(to io.Writer) error {
			_, err := io.WriteString(to, files[i+1])
			return err
		})
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestRoundTrip(t *testing.T) {
	dir := t.TempDir()
	files := []string{"world.db", "home", layer("a"), "a", "realms/123456789012.eu-west-1/world.db", "", "realms/123456789012.eu-west-1/" + layer("b"), "b"}
	m, err := archive.Unpack(bytes.NewReader(written(t, files...)), dir)
	if err != nil || m.World != "ci" || m.Speed != "pause" || m.Version != archive.Version || m.Time.Unix() != 60 {
		t.Fatalf("%+v %v", m, err)
	}
	for i := 0; i < len(files); i += 2 {
		if got, err := os.ReadFile(filepath.Join(dir, files[i])); err != nil || string(got) != files[i+1] {
			t.Errorf("%s has %q, %v", files[i], got, err)
		}
	}
}

// A snapshot that was cut off anywhere is refused, and so is one that was changed,
// unless what is in it is the same all the same.
func TestDamage(t *testing.T) {
	const content = "some content of a world"
	whole := written(t, "world.db", content, layer("a"), "a")
	sound := func(file []byte) bool {
		t.Helper()
		dir := t.TempDir()
		_, err := archive.Unpack(bytes.NewReader(file), dir)
		if _, refused := errors.AsType[*archive.Error](err); refused {
			return false
		}
		got, read := os.ReadFile(filepath.Join(dir, "world.db"))
		if err != nil || read != nil || string(got) != content {
			t.Errorf("it was taken with %q: %v %v", got, err, read)
		}
		return true
	}
	for n := 0; n < len(whole); n += 7 {
		if sound(whole[:n]) {
			t.Errorf("cut off at %d of %d it was taken", n, len(whole))
		}
	}
	if sound(whole[:len(whole)-1]) {
		t.Error("without its last byte it was taken")
	}
	for n := 10; n < len(whole); n += 7 { // before that is gzip's head
		changed := bytes.Clone(whole)
		changed[n] ^= 1
		sound(changed)
	}
}

func TestUnpackRefuses(t *testing.T) {
	unpack := func(file []byte) error {
		_, err := archive.Unpack(bytes.NewReader(file), t.TempDir())
		return err
	}
	for says, file := range map[string][]byte{
		"no world.db":                  written(t),
		"which no snapshot has":        written(t, "world.db", "", "../out", ""),
		"has another digest":           written(t, "world.db", "x", layer("a"), "b"),
		"but not its world.db":         written(t, "world.db", "x", "realms/123456789012.eu-west-1/"+layer("a"), "a"),
		"a newer gantry wrote it":      made(t, "snapshot.json", `{"kind":"gantry emulator snapshot","version":2}`),
		"no snapshot of a gantry":      made(t, "snapshot.json", `{"kind":"something else","version":1}`),
		"no snapshot of a gantry ":     made(t, "world.db", ""),
		"it is cut off":                made(t, "snapshot.json", `{"kind":"gantry emulator snapshot","version":1}`, "world.db", ""),
		"is not what its SHA256SUMS":   made(t, "snapshot.json", `{"kind":"gantry emulator snapshot","version":1}`, "world.db", "", "SHA256SUMS", "00  world.db\n"),
		"its SHA256SUMS does not have": made(t, "snapshot.json", `{"kind":"gantry emulator snapshot","version":1}`, "world.db", "", "SHA256SUMS", ""),
		"stands behind its last entry": made(t, "snapshot.json", `{"kind":"gantry emulator snapshot","version":1}`, "SHA256SUMS", "", "world.db", ""),
	} {
		err := unpack(file)
		if _, ok := errors.AsType[*archive.Error](err); !ok || !strings.Contains(err.Error(), strings.TrimSpace(says)) {
			t.Errorf("want %q, got %v", says, err)
		}
	}
	// What the folder cannot take is no fault of the snapshot's.
	_, err := archive.Unpack(bytes.NewReader(written(t, "world.db", "x")), filepath.Join(t.TempDir(), "file", "\x00"))
	if _, ok := errors.AsType[*archive.Error](err); ok || err == nil {
		t.Errorf("a folder that cannot be made: %v", err)
	}
}

// made is an archive of these files and no others.
func made(t *testing.T, files ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	w := tar.NewWriter(zip)
	var err error
	for i := 0; i < len(files); i += 2 {
		_, written := 0, w.WriteHeader(&tar.Header{Name: files[i], Size: int64(len(files[i+1])), Mode: 0o600})
		if written == nil {
			_, written = io.WriteString(w, files[i+1])
		}
		err = errors.Join(err, written)
	}
	if err = errors.Join(err, w.Close(), zip.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
