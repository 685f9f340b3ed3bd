package archive

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Version is the newest version of the format, which is written.
const Version = 1

// kind is what the manifest of every snapshot says.
const kind = "gantry emulator snapshot"

// The names of the first and the last entry.
const (
	manifestName = "snapshot.json"
	sumsName     = "SHA256SUMS"
)

// Manifest says what a snapshot is of.
type Manifest struct {
	Kind    string    `json:"kind"`
	Version int       `json:"version"`
	World   string    `json:"world"`
	Time    time.Time `json:"time"` // the world's
	Speed   string    `json:"speed"`
	TakenAt time.Time `json:"takenAt"` // in real time
}

// Writer writes a snapshot.
type Writer struct {
	zip  *gzip.Writer
	tar  *tar.Writer
	at   time.Time
	sums strings.Builder
}

// NewWriter begins a snapshot. What kind and version it is need not be said.
func NewWriter(to io.Writer, m Manifest) (*Writer, error) {
	zip, err := gzip.NewWriterLevel(to, gzip.BestSpeed) // most of it are layers, which are compressed already
	if err != nil {
		return nil, err
	}
	m.Kind, m.Version = kind, Version
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, err
	}
	w := &Writer{zip: zip, tar: tar.NewWriter(zip), at: m.TakenAt}
	return w, w.text(manifestName, string(text)+"\n")
}

func (w *Writer) text(name, text string) error {
	return w.Add(name, int64(len(text)), func(to io.Writer) error {
		_, err := io.WriteString(to, text)
		return err
	})
}

// Add adds a file, which write must write in full.
func (w *Writer) Add(name string, size int64, write func(io.Writer) error) error {
	if err := w.tar.WriteHeader(&tar.Header{Name: name, Size: size, Mode: 0o600, ModTime: w.at, Format: tar.FormatPAX}); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	sum := sha256.New()
	if err := write(io.MultiWriter(w.tar, sum)); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	w.sums.WriteString(hex.EncodeToString(sum.Sum(nil)) + "  " + name + "\n")
	return nil
}

// Close ends the snapshot.
func (w *Writer) Close() error {
	if err := w.text(sumsName, w.sums.String()); err != nil {
		return err
	}
	return errors.Join(w.tar.Close(), w.zip.Close())
}
