package emulator

import (
	"context"
	"fmt"

	"gantry/emulator/store"
	"gantry/internal/hint"
)

// PutAside makes room for a fresh world where Attach found a file that cannot be
// used: the file is renamed, unless another process works with it all the same.
func PutAside(ctx context.Context, opts Options, file *store.FileError) (kept string, err error) {
	if opts, err = opts.settled(); err != nil {
		return "", err
	}
	dir, err := opts.folder()
	if err != nil {
		return "", err
	}
	joined := joinedTransport(socketPath(dir))
	defer joined.CloseIdleConnections()
	if answers(ctx, joined) {
		err := fmt.Errorf("world %s is held by another process, although its file cannot be used any more", opts.World)
		return "", hint.As(hint.Stale, hint.With(err, "end that process, then repeat the command"))
	}
	return store.PutAside(file.Path)
}
