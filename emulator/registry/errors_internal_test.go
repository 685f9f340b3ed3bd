package registry

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"syscall"
	"testing"
)

// A disk cannot be filled in a test; what is said of a full one can be.
func TestStorageErrors(t *testing.T) {
	for cause, want := range map[error]string{
		syscall.ENOSPC:   "is full",
		syscall.EROFS:    "cannot be written",
		fs.ErrPermission: "cannot be written",
		errors.New("x"):  "cannot store it: write: x",
	} {
		err := storageError("store it", fmt.Errorf("write: %w", cause))
		var refused *Error
		if !errors.As(err, &refused) || refused.Code != CodeServer || !strings.Contains(refused.Message, want) {
			t.Errorf("%v became %v", cause, err)
		}
		if answer := asProtocol(err); answer.status != http.StatusInsufficientStorage || answer.message != refused.Message {
			t.Errorf("%v became %d %s over HTTP", cause, answer.status, answer.message)
		}
	}
	if storageError("store it", nil) != nil {
		t.Error("no error became one")
	}
}
