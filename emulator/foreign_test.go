package emulator_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"testing"
)

// foreign is an archive that somebody else made.
func foreign(t *testing.T, to *bytes.Buffer) string {
	t.Helper()
	zip := gzip.NewWriter(to)
	files := tar.NewWriter(zip)
	err := files.WriteHeader(&tar.Header{Name: "../../world.db", Size: 2, Mode: 0o600})
	_, written := files.Write([]byte("hi"))
	if err := errors.Join(err, written, files.Close(), zip.Close()); err != nil {
		t.Fatal(err)
	}
	return to.String()
}
