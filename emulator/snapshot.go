package emulator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"

	"gantry/emulator/archive"
	"gantry/emulator/store"
)

// layersFolder is where a realm has its layers of images.
const layersFolder = "blobs/sha256"

// copied is a realm as it was at one moment.
type copied struct {
	prefix string    // of its names in a snapshot
	file   *bbolt.Tx // which sees nothing of later changes
	copy   string    // what it saw, as a file
	layers string    // the folder of the second names of its layers
}

// Snapshot writes the whole world as it is at one moment: all realms, with their
// images, and the clock. The world goes on meanwhile.
func (w *World) Snapshot(ctx context.Context, to io.Writer) (err error) {
	w.whole.Lock()
	defer w.whole.Unlock()
	w.mu.Lock()
	err = w.wake()
	w.mu.Unlock()
	if err != nil {
		return fmt.Errorf("a part of the world cannot be opened: %w", err)
	}
	links, err := os.MkdirTemp(w.dir, leftoverLinks)
	if err != nil {
		return fmt.Errorf("make a folder for the snapshot: %w", err)
	}
	defer func() { _ = os.RemoveAll(links) }() // what is left is removed when the world is opened
	var realms []copied
	defer func() {
		for _, c := range realms {
			_ = c.file.Rollback() // it only reads
		}
	}()
	m := archive.Manifest{World: w.opts.World, TakenAt: w.opts.Now().UTC(), Speed: w.Speed()}
	err = w.atOneMoment(w.realms(), func(now time.Time, held []held) error {
		m.Time = now
		for i, h := range held {
			c := copied{prefix: w.placeOf(h.realm), layers: filepath.Join(links, fmt.Sprint(i))}
			if c.file, err = h.store.DB().Begin(false); err != nil {
				return err
			}
			realms = append(realms, c)
			if err := h.link(c.layers); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i := range realms {
		if err := realms[i].settle(filepath.Join(links, fmt.Sprint(i)+".db")); err != nil {
			return fmt.Errorf("copy the world's file: %w", err)
		}
	}
	out, err := archive.NewWriter(&heeding{ctx, to}, m)
	if err != nil {
		return err
	}
	for _, c := range realms {
		if err := c.write(out); err != nil {
			return err
		}
	}
	return out.Close()
}

// placeOf is where a realm is in the folder of its world, and in a snapshot.
func (w *World) placeOf(r *realm) string {
	if r == w.home() {
		return ""
	}
	return path.Join(realmsFolder, r.scope.Account+"."+r.scope.Region)
}

// held is a realm in which nothing happens.
type held struct {
	realm *realm
	store *store.Store
	link  func(folder string) error
}

// atOneMoment runs fn while nothing happens in any of the realms, and nobody
// writes to their files. now is the time of the home realm.
func (w *World) atOneMoment(realms []*realm, fn func(now time.Time, all []held) error) error {
	var present time.Time
	var all []held
	var hold func(rest []*realm) error
	hold = func(rest []*realm) error {
		if len(rest) == 0 {
			return fn(present, all)
		}
		r := rest[0]
		return r.loop.Hold(func(now time.Time, st *store.Store) error {
			return r.images.Hold(func(link func(string) error) error {
				// Images are pushed without the loop, but not without the file.
				others, err := st.DB().Begin(true)
				if err != nil {
					return err
				}
				defer func() { _ = others.Rollback() }() // nothing was changed
				if r == w.home() {
					present = now
				}
				all = append(all, held{r, st, link})
				return hold(rest[1:])
			})
		})
	}
	return hold(realms)
}

// settle copies the realm's file, so that whoever takes the snapshot may take his
// time: a transaction that only reads keeps the file from growing all the same.
func (c *copied) settle(name string) error {
	c.copy = name
	return errors.Join(c.file.CopyFile(name, 0o600), c.file.Rollback())
}

// write adds the files of a realm.
func (c *copied) write(to *archive.Writer) error {
	if err := addFile(to, path.Join(c.prefix, worldFile), c.copy); err != nil {
		return err
	}
	layers, err := os.ReadDir(c.layers)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	for _, layer := range layers {
		if err := addFile(to, path.Join(c.prefix, layersFolder, layer.Name()), filepath.Join(c.layers, layer.Name())); err != nil {
			return err
		}
	}
	return nil
}

// addFile adds a file under a name.
func addFile(to *archive.Writer, as, name string) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	return to.Add(as, info.Size(), func(out io.Writer) error {
		_, err := io.Copy(out, file)
		return err
	})
}

// heeding writes until the context ends.
type heeding struct {
	ctx context.Context //nolint:containedctx // io.Writer has no place for it
	to  io.Writer
}

func (h *heeding) Write(p []byte) (int, error) {
	if h.ctx.Err() != nil {
		return 0, context.Cause(h.ctx)
	}
	return h.to.Write(p)
}
