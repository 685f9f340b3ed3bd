package query

import (
	"context"
	"crypto/rand"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"

	"example.com/foreign"
)

// Breach uses them all.
func Breach(ctx context.Context, mu *sync.Mutex, f fs.FS) {
	slog.Info(foreign.Name, "at", filepath.Join(os.Args...), "to", url.PathEscape(rand.Text()))
}
