package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"time"

	"gantry/internal/hint"
)

// The layout of a bbolt file: two meta pages at the start, each with this head
// after the 16 bytes that every page begins with. bbolt maps the file into
// memory and believes what the pages say, so a file that was cut off ends the
// whole process with a fault. That is why the file is looked at before: its head
// here, and the pages behind it in pages.go.
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

// elsewhere adds the next step to what the system refused.
func elsewhere(err error) error {
	if disk, ok := errors.AsType[*DiskError](onDisk(err)); ok && disk.Full {
		return hint.With(disk, "make room on that disk, or set GANTRY_HOME to a folder on another one")
	}
	return hint.With(err, "worlds are kept in a folder of yours; set GANTRY_HOME to one that can be written")
}

// How often a file is looked at until its head is believed to be bad, and the
// pause in between: another process may be in the middle of making it.
const (
	looks     = 5
	lookPause = 20 * time.Millisecond
)

// checkFile looks at the head of a world's file without a lock and without
// changing it. A file that is not there, or that is empty, is a fresh world.
func checkFile(path string) error {
	var err error
	for range looks {
		var bad *FileError
		if err = checkHead(path); !errors.As(err, &bad) {
			return err
		}
		time.Sleep(lookPause)
	}
	return err
}

func checkHead(path string) error {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return elsewhere(fmt.Errorf("open the world's file: %w", err))
	}
	defer file.Close()
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
	head, ok := newestMeta(file, info.Size())
	if !ok {
		return fileError(path, "is not a gantry world (it is no bbolt database, or its head is damaged)")
	}
	// The size again, after the head was read: the process that holds the world
	// makes the file longer before it writes a head that says so.
	if info, err = file.Stat(); err != nil {
		return fmt.Errorf("open the world's file: %w", err)
	}
	if end := head.end(); info.Size() < end {
		return fileError(path, "is cut off: it has %d bytes of %d", info.Size(), end)
	}
	// bbolt reads the list of free pages when it opens a file.
	if err := newWalk(file, head).free(); err != nil {
		return fileError(path, "is damaged (%v)", err)
	}
	return nil
}

// checkBody looks at everything behind the head, which may be done only with
// the lock: a page that somebody else changes meanwhile would look damaged.
func checkBody(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open the world's file: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("open the world's file: %w", err)
	}
	head, ok := newestMeta(file, info.Size())
	if !ok {
		return fileError(path, "is not a gantry world (its head is damaged)")
	}
	if err := checkPages(file, head); err != nil {
		return fileError(path, "is damaged (%v)", err)
	}
	return nil
}

// metaPage is what the head of a bbolt file says.
type metaPage struct {
	pageSize uint32
	root     uint64 // the page of the records
	freelist uint64 // the page of the list of free pages
	pages    uint64 // how many there are
	txid     uint64 // grows with each change
}

// end is how long the file must be.
func (m metaPage) end() int64 { return int64(m.pageSize) * int64(m.pages) }

// newestMeta is the newest valid meta page.
func newestMeta(file io.ReaderAt, size int64) (newest metaPage, found bool) {
	consider := func(offset int64) {
		meta, ok := readMeta(file, offset)
		if ok && (!found || meta.txid > newest.txid) {
			newest, found = meta, true
		}
	}
	consider(0)
	// The second page is where the first ends, and the size of a page is that of
	// the machine which made the file.
	for pageSize := int64(1024); pageSize <= 1<<24 && pageSize+pageHead+metaBytes <= size; pageSize *= 2 {
		consider(pageSize)
	}
	return newest, found
}

func readMeta(file io.ReaderAt, offset int64) (metaPage, bool) {
	var meta [metaBytes]byte
	if _, err := file.ReadAt(meta[:], offset+pageHead); err != nil {
		return metaPage{}, false
	}
	order := binary.NativeEndian
	if order.Uint32(meta[0:]) != metaMagic || order.Uint32(meta[4:]) != metaVersion {
		return metaPage{}, false
	}
	sum := fnv.New64a()
	_, _ = sum.Write(meta[:checksumAt])
	if sum.Sum64() != order.Uint64(meta[checksumAt:]) {
		return metaPage{}, false
	}
	return metaPage{
		pageSize: order.Uint32(meta[8:]), root: order.Uint64(meta[16:]), freelist: order.Uint64(meta[32:]),
		pages: order.Uint64(meta[40:]), txid: order.Uint64(meta[48:]),
	}, true
}
