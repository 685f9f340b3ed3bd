package emulator

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gantry/ecs"
	"gantry/emulator/archive"
	"gantry/emulator/reconcile"
	"gantry/emulator/store"
)

// A world is replaced in three steps, so that whoever is killed in the middle
// leaves the old world or the new one. A snapshot is unpacked and checked in a
// folder of its own (leftoverUnpacked). That folder gets the name restoredFolder:
// from then on the new world is the world. Then its parts are put into their
// places, the file of the home realm last; whoever opens the world next does what
// is left of that.
const (
	restoredFolder   = "restored"
	replacedFolder   = "replaced" // what was there before
	leftoverUnpacked = "unpacked-"
	leftoverLinks    = "linked-"
)

// Restore makes the world what a snapshot has. It goes on from the snapshot's
// time, at its speed.
func (w *World) Restore(from io.Reader) (now time.Time, speed string, err error) {
	w.whole.Lock()
	defer w.whole.Unlock()
	dir, err := os.MkdirTemp(w.dir, leftoverUnpacked)
	if err != nil {
		return now, "", fmt.Errorf("make a folder for the snapshot: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }() // what is left is removed when the world is opened
	st, err := w.unpack(from, dir)
	if err != nil {
		return now, "", err
	}
	if err := w.replace(dir, st); err != nil {
		return now, "", fmt.Errorf("restore the world: %w", err)
	}
	loop := w.home().loop
	return loop.Now(), loop.Speed().String(), nil
}

// unpack writes a snapshot into a folder and opens each realm in it once. The
// home realm's stays open, which holds the world that is to be.
func (w *World) unpack(from io.Reader, dir string) (*store.Store, error) {
	_, err := archive.Unpack(from, dir)
	var refused *archive.Error
	switch {
	case errors.As(err, &refused):
		return nil, noSnapshot(refused.Reason)
	case err != nil:
		return nil, fmt.Errorf("unpack the snapshot: %w", err)
	}
	for _, part := range []string{"blobs", realmsFolder} { // which replace those that are there, be they empty
		if err := os.MkdirAll(filepath.Join(dir, part), 0o700); err != nil {
			return nil, err
		}
	}
	entries, err := os.ReadDir(filepath.Join(dir, realmsFolder))
	if err != nil {
		return nil, err
	}
	if len(entries) > mostRealms {
		return nil, noSnapshot(fmt.Sprintf("it has %d accounts and Regions, and a world has %d at most", len(entries), mostRealms))
	}
	wall := w.opts.Now().Round(0)
	for _, e := range entries {
		account, region, _ := strings.Cut(e.Name(), ".")
		if !regionRule.MatchString(region) { // a world made before may have one that AWS has not
			return nil, noSnapshot(fmt.Sprintf("%q is no account and Region", e.Name()))
		}
		st, err := w.adopt(scopeIn(account, region), filepath.Join(dir, realmsFolder, e.Name()), wall)
		if err != nil {
			return nil, err
		}
		if err := st.Close(); err != nil {
			return nil, err
		}
	}
	return w.adopt(homeScope(), dir, wall)
}

func noSnapshot(reason string) error {
	return &ecs.Error{Code: ecs.CodeInvalidParameter, Message: "The snapshot cannot be used: " + reason + ". The world is as it was."}
}

// adopt opens a realm that was unpacked, and lets its clock go on from now.
func (w *World) adopt(scope ecs.Scope, dir string, wall time.Time) (*store.Store, error) {
	st, err := openStore(w.opts, scope, dir, store.Clock{})
	if bad, ok := errors.AsType[*store.FileError](err); ok {
		return nil, noSnapshot("its world file " + bad.Reason)
	}
	if err != nil {
		return nil, err
	}
	clock := st.Clock()
	_, wrong := reconcile.ParseSpeed(clock.Speed)
	switch {
	case wrong != nil:
		err = noSnapshot(wrong.Error())
	case st.World().Scope != scope:
		err = noSnapshot(fmt.Sprintf("what should be account %s in %s is account %s in %s", scope.Account, scope.Region, st.World().Scope.Account, st.World().Scope.Region))
	default:
		clock.Real = wall
		err = errors.Join(st.Adopt(w.opts.World, clock), st.Flush())
	}
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return st, nil
}

// replace puts the world that was unpacked into the place of this one.
func (w *World) replace(dir string, st *store.Store) error {
	defer w.moving.interrupt(errBegun())()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.shut {
		return errors.Join(reconcile.ErrClosed, st.Close())
	}
	restored := filepath.Join(w.dir, restoredFolder)
	if err := errors.Join(syncFolder(dir), os.RemoveAll(restored)); err != nil {
		return errors.Join(err, st.Close())
	}
	if err := os.Rename(dir, restored); err != nil {
		return errors.Join(err, st.Close())
	}
	if err := errors.Join(syncFolder(w.dir), putInPlace(w.dir)); err != nil {
		return errors.Join(fmt.Errorf("it will be complete when the world is opened next: %w", err), st.Close())
	}
	home, err := newRealm(w.opts, homeScope(), w.dir, st, w)
	if err != nil {
		return err
	}
	old := append(w.open(), w.base.Swap(home))
	clear(w.others)
	for _, r := range old {
		if err := r.loop.Close(); err != nil {
			w.opts.Log.Warn("a realm that was replaced could not be closed", "error", err) // nobody needs it any more
		}
	}
	w.clearLeftovers()
	return nil
}

// putInPlace puts the parts of the world that was restored into their places, as
// far as they are not there yet. The file by which a world is held comes last, so
// that whoever gets hold of the new one finds all of the new world.
func putInPlace(dir string) error {
	from, old := filepath.Join(dir, restoredFolder), filepath.Join(dir, replacedFolder)
	if err := os.MkdirAll(old, 0o700); err != nil {
		return err
	}
	for _, part := range []string{"blobs", realmsFolder} {
		if _, err := os.Stat(filepath.Join(from, part)); errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err := os.RemoveAll(filepath.Join(old, part)); err != nil {
			return err
		}
		if err := os.Rename(filepath.Join(dir, part), filepath.Join(old, part)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		if err := os.Rename(filepath.Join(from, part), filepath.Join(dir, part)); err != nil {
			return err
		}
	}
	if err := syncFolder(dir); err != nil {
		return err
	}
	return errors.Join(os.Rename(filepath.Join(from, worldFile), filepath.Join(dir, worldFile)), syncFolder(dir))
}

// resumeRestore does what is left of a restore whose process was killed. Nobody
// else may hold the world meanwhile.
func (w *World) resumeRestore(first store.Clock) error {
	if _, err := os.Stat(filepath.Join(w.dir, restoredFolder, worldFile)); err != nil {
		return nil //nolint:nilerr // there is none
	}
	st, err := openStore(w.opts, homeScope(), w.dir, first)
	if _, unusable := errors.AsType[*store.FileError](err); err != nil && !unusable { // a file that nobody can use, nobody holds
		return err
	}
	if err == nil {
		defer func() { _ = st.Close() }() // what it saves is of the world that was replaced
	}
	if err := putInPlace(w.dir); err != nil {
		return fmt.Errorf("complete the restore of the world: %w", err)
	}
	return nil
}

// clearLeftovers removes what snapshots and restores have left that were killed,
// and the world that was replaced.
func (w *World) clearLeftovers() {
	names := []string{filepath.Join(w.dir, restoredFolder), filepath.Join(w.dir, replacedFolder)}
	for _, pattern := range []string{leftoverUnpacked, leftoverLinks} {
		found, _ := filepath.Glob(filepath.Join(w.dir, pattern+"*")) // the pattern is a sound one
		names = append(names, found...)
	}
	for _, name := range names {
		if err := os.RemoveAll(name); err != nil {
			w.opts.Log.Warn("what a restore has left could not be removed", "path", name, "error", err)
		}
	}
}

// syncFolder brings the names in a folder to the disk.
func syncFolder(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
