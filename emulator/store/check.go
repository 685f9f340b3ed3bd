package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"

	"gantry/internal/hint"
)

// The layout of a bbolt file: two meta pages at the start, each with this head
// after the 16 bytes that every page begins with. bbolt maps the file into
// memory and believes what the pages say, so a file that was cut off ends the
// whole process with a fault. That is why the file is looked at before.
const (
	pageHead    = 16
	metaBytes   = 64
	metaMagic   = 0xED0CDAED
	metaVersion = 2
	checksumAt  = 56
)

// FileError says that a world's file cannot be used. The file is as it was.
type FileError struct {
	Path   string
	Reason string
}

func (e *FileError) Error() string {
	return fmt.Sprintf("world file %s %s; the file was left as it is", e.Path, e.Reason)
}

// fileError adds the next step to a FileError.
func fileError(path, format string, args ...any) error {
	err := &FileError{Path: path, Reason: fmt.Sprintf(format, args...)}
	return hint.As(hint.Invalid, hint.Withf(err, "move the file away to begin a fresh world, or pick another one with --world"))
}

// checkFile looks at a world's file without a lock and without changing it. A
// file that is not there, or that is empty, is a fresh world.
func checkFile(path string) error {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open the world's file: %w", err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("open the world's file: %w", err)
	}
	if info.IsDir() {
		return fileError(path, "is a folder")
	}
	if info.Size() == 0 {
		return nil
	}
	end, ok := committedBytes(file, info.Size())
	if !ok {
		return fileError(path, "is not a gantry world (it is no bbolt database, or its head is damaged)")
	}
	// The size again, after the head was read: the process that holds the world
	// makes the file longer before it writes a head that says so.
	if info, err = file.Stat(); err != nil {
		return fmt.Errorf("open the world's file: %w", err)
	}
	if info.Size() < end {
		return fileError(path, "is cut off: it has %d bytes of %d", info.Size(), end)
	}
	return nil
}

// committedBytes is how long the file must be by its newest valid meta page.
func committedBytes(file io.ReaderAt, size int64) (int64, bool) {
	best, end, found := uint64(0), int64(0), false
	consider := func(offset int64) {
		txid, bytes, ok := readMeta(file, offset)
		if ok && (!found || txid > best) {
			best, end, found = txid, bytes, true
		}
	}
	consider(0)
	// The second page is where the first ends, and the size of a page is that of
	// the machine which made the file.
	for pageSize := int64(1024); pageSize <= 1<<24 && pageSize+pageHead+metaBytes <= size; pageSize *= 2 {
		consider(pageSize)
	}
	return end, found
}

func readMeta(file io.ReaderAt, offset int64) (txid uint64, end int64, ok bool) {
	var meta [metaBytes]byte
	if _, err := file.ReadAt(meta[:], offset+pageHead); err != nil {
		return 0, 0, false
	}
	order := binary.NativeEndian
	if order.Uint32(meta[0:]) != metaMagic || order.Uint32(meta[4:]) != metaVersion {
		return 0, 0, false
	}
	sum := fnv.New64a()
	_, _ = sum.Write(meta[:checksumAt])
	if sum.Sum64() != order.Uint64(meta[checksumAt:]) {
		return 0, 0, false
	}
	pageSize, pages := int64(order.Uint32(meta[8:])), int64(order.Uint64(meta[40:]))
	return order.Uint64(meta[48:]), pageSize * pages, true
}
