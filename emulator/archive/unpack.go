package archive

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

// Error says why a file is no snapshot that can be used.
type Error struct{ Reason string }

func (e *Error) Error() string { return e.Reason }

func refuse(format string, args ...any) error { return &Error{Reason: fmt.Sprintf(format, args...)} }

// The bounds of the two entries that are read into memory.
const (
	mostManifest = 1 << 20
	mostSums     = 256 << 20
)

// worldFile is the file that each realm has.
const worldFile = "world.db"

// Unpack writes the files of a snapshot below a folder that is empty, and checks
// each of them; those that are written are on the disk then. An Error is about
// the snapshot, any other one about the folder.
func Unpack(from io.Reader, dir string) (Manifest, error) {
	u := &unpacking{dir: dir, sums: map[string]string{}, name: regexp.MustCompile(`^(realms/\d{12}\.[a-z0-9-]{1,30}/)?(world\.db|blobs/sha256/[0-9a-f]{64})$`)}
	// A buffer that gzip finds to be one reads no byte past its end.
	source := bufio.NewReader(from)
	zip, err := gzip.NewReader(source)
	if err != nil {
		return u.manifest, refuse("it is no gzip file (%v)", err)
	}
	zip.Multistream(false)
	files := tar.NewReader(zip)
	for {
		head, err := files.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return u.manifest, broken(err)
		}
		if err := u.take(head, files); err != nil {
			return u.manifest, err
		}
	}
	// What follows the tar's end is read for the checksum behind it.
	if _, err := io.Copy(io.Discard, zip); err != nil {
		return u.manifest, broken(err)
	}
	if _, err := source.ReadByte(); !errors.Is(err, io.EOF) {
		return u.manifest, refuse("there is something behind its end")
	}
	return u.manifest, u.check()
}

// broken is the error about a snapshot that cannot be read to its end.
func broken(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return refuse("it is cut off")
	}
	return refuse("it is damaged (%v)", err)
}

type unpacking struct {
	dir      string
	name     *regexp.Regexp
	manifest Manifest
	sums     map[string]string // of what was written, by name
	stated   string            // SHA256SUMS
	ended    bool
}

// take takes one entry.
func (u *unpacking) take(head *tar.Header, content io.Reader) error {
	first := len(u.sums) == 0
	switch {
	case first != (head.Name == manifestName):
		return refuse("it is no snapshot of a gantry world")
	case u.ended:
		return refuse("%q stands behind its last entry", head.Name)
	case first:
		text, err := u.read(head, content, mostManifest)
		if err != nil {
			return err
		}
		return u.begin(text)
	case head.Name == sumsName:
		text, err := u.read(head, content, mostSums)
		u.stated, u.ended = string(text), true
		return err
	}
	_, twice := u.sums[head.Name]
	if head.Typeflag != tar.TypeReg || twice || !u.name.MatchString(head.Name) {
		return refuse("it has the entry %.200q, which no snapshot has", head.Name)
	}
	return u.write(head, content)
}

func (u *unpacking) read(head *tar.Header, content io.Reader, most int64) ([]byte, error) {
	if head.Size > most {
		return nil, refuse("its %s has %d bytes", head.Name, head.Size)
	}
	text, err := io.ReadAll(content)
	if err != nil {
		return nil, broken(err)
	}
	u.sums[head.Name] = sumOf(text)
	return text, nil
}

// begin reads the manifest.
func (u *unpacking) begin(text []byte) error {
	if err := json.Unmarshal(text, &u.manifest); err != nil || u.manifest.Kind != kind {
		return refuse("it is no snapshot of a gantry world")
	}
	if u.manifest.Version < 1 || u.manifest.Version > Version {
		return refuse("it has version %d of the format, and this gantry reads up to %d: a newer gantry wrote it", u.manifest.Version, Version)
	}
	return nil
}

// write writes one file and brings it to the disk.
func (u *unpacking) write(head *tar.Header, content io.Reader) error {
	place := filepath.Join(u.dir, filepath.FromSlash(head.Name))
	if err := os.MkdirAll(filepath.Dir(place), 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(place, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	sum := sha256.New()
	disk := &target{to: file}
	_, err = io.Copy(io.MultiWriter(disk, sum), content)
	if err != nil && disk.err == nil {
		err = broken(err)
	}
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	u.sums[head.Name] = hex.EncodeToString(sum.Sum(nil))
	return nil
}

// target remembers that writing failed: io.Copy does not tell which side did.
type target struct {
	to  io.Writer
	err error
}

func (t *target) Write(p []byte) (int, error) {
	n, err := t.to.Write(p)
	if err != nil {
		t.err = err
	}
	return n, err
}

// check is that everything is there, and as it was.
func (u *unpacking) check() error {
	if !u.ended {
		return refuse("it is cut off")
	}
	listed := map[string]bool{sumsName: true}
	for line := range strings.Lines(u.stated) {
		sum, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		if !ok || u.sums[name] != sum {
			return refuse("it is damaged: %.200q is not what its %s says", name, sumsName)
		}
		listed[name] = true
	}
	for name, sum := range u.sums {
		if !listed[name] {
			return refuse("it is damaged: its %s does not have %q", sumsName, name)
		}
		if folder, digest := path.Split(name); strings.HasSuffix(folder, "blobs/sha256/") && digest != sum {
			return refuse("it is damaged: the layer %s has another digest", digest)
		}
		if realm, _, found := strings.Cut(name, "blobs/"); found && u.sums[realm+worldFile] == "" {
			return refuse("it has layers of %q, but not its %s", realm, worldFile)
		}
	}
	if u.sums[worldFile] == "" {
		return refuse("it has no %s", worldFile)
	}
	return nil
}

func sumOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
