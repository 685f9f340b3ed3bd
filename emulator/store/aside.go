package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// PutAside renames a world's file that cannot be opened, so that a fresh world
// can take its place, and returns its new name. Nothing is lost by that.
func PutAside(path string) (string, error) {
	for n := 1; ; n++ {
		kept := fmt.Sprintf("%s.unusable-%d", path, n)
		if _, err := os.Lstat(kept); err == nil {
			continue
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		return kept, os.Rename(path, kept)
	}
}
