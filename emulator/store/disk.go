package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"gantry/internal/hint"
)

// DiskError is the error about a disk that does not take what was to be written:
// it is full, or read-only. Nothing of the change was kept; the world is as it
// was, and goes on when there is room again.
type DiskError struct {
	Full bool
	Err  error
}

func (e *DiskError) Error() string {
	if e.Full {
		return fmt.Sprintf("the disk that holds the world is full (%v); nothing of this was kept, and the world is as it was", e.Err)
	}
	return fmt.Sprintf("the world cannot be written (%v); nothing of this was kept, and the world is as it was", e.Err)
}

func (e *DiskError) Unwrap() error { return e.Err }

// onDisk is the error of a write, a DiskError when it is the disk's.
func onDisk(err error) error {
	if err == nil || errors.As(err, new(*DiskError)) {
		return err
	}
	// What bbolt says of a file that may not grow has no cause but its text.
	is := func(number syscall.Errno) bool {
		return errors.Is(err, number) || strings.HasPrefix(err.Error(), "file resize error: ") && strings.HasSuffix(err.Error(), number.Error())
	}
	switch {
	case is(syscall.ENOSPC), is(syscall.EFBIG), is(syscall.EDQUOT):
		return hint.With(&DiskError{Full: true, Err: err}, "make room on that disk, then repeat it")
	case is(syscall.EROFS), is(syscall.EIO), errors.Is(err, fs.ErrPermission):
		return &DiskError{Err: err}
	}
	return err
}

// withdraw removes a world's file that was only begun: a full disk leaves one that
// nobody could open again.
func withdraw(path string, err error) error {
	if gone := os.Remove(path); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
		return errors.Join(err, gone)
	}
	return err
}
