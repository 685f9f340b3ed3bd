package emulator

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"gantry/ecs"
	"gantry/emulator/api"
	"gantry/emulator/reconcile"
	"gantry/emulator/registry"
	"gantry/emulator/runtime/sim"
	"gantry/emulator/store"
)

// realm is what one account has in one Region, with a file of its own.
type realm struct {
	scope  ecs.Scope
	loop   *reconcile.Loop
	images *registry.Registry
	server *api.Server
	log    *slog.Logger

	// syncing is held while the clusters are told about images, so that of two
	// pushes the later one is told last.
	syncing sync.Mutex
}

// openRealm opens or makes the realm of a world in dir. A fresh one begins with
// the clock.
func openRealm(opts Options, scope ecs.Scope, dir string, first store.Clock, w *World) (*realm, error) {
	st, err := openStore(opts, scope, dir, first)
	if err != nil {
		return nil, err
	}
	return newRealm(opts, scope, dir, st, w)
}

func openStore(opts Options, scope ecs.Scope, dir string, first store.Clock) (*store.Store, error) {
	return store.Open(store.Config{
		Path:     filepath.Join(dir, worldFile),
		Fresh:    store.World{Name: opts.World, Scope: scope, Seed: opts.Seed, Speed: opts.speed().String(), CreatedAt: first.World},
		Clock:    first,
		Sync:     opts.sync(),
		Runtimes: sim.Factory{SubnetZones: api.DefaultNetwork(scope).Zones()},
		Observe:  reconcile.Observe,
		Observed: reconcile.Observed,
		Alarms:   api.ShareAlarms,
		Log:      opts.Log,
	})
}

// newRealm is the realm in dir, whose file is open.
func newRealm(opts Options, scope ecs.Scope, dir string, st *store.Store, w *World) (r *realm, err error) {
	network := api.DefaultNetwork(scope)
	r = &realm{log: opts.Log, scope: scope}
	// What a file can hold that nobody wrote has no end.
	defer func() {
		if p := recover(); p != nil {
			r.log.Error("a world could not be opened", "panic", p, "stack", string(debug.Stack()))
			err = failure("open world "+opts.World, opts.World, p)
			if r.loop != nil {
				err = errors.Join(err, r.loop.Close())
			} else {
				err = errors.Join(err, st.DB().Close())
			}
		}
	}()
	if st.Saved() > 1<<20 {
		go debug.FreeOSMemory() // what it took to read a large state is several times what is left
	}
	r.loop, err = reconcile.Start(st, reconcile.Config{Now: opts.Now, Log: opts.Log})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open world %s: %w", opts.World, err), st.Close())
	}
	r.images, err = registry.Open(st.DB(), filepath.Join(dir, "blobs"), r.loop.Now,
		registry.WithAccountID(scope.Account), registry.WithRegion(scope.Region), registry.WithCaller(string(api.CallerARN(scope))),
		registry.WithOthers(w.registry), registry.WithOnPush(r.imagePushed))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open world %s: %w", opts.World, err), r.loop.Close())
	}
	r.server = api.New(api.Config{
		World: r.loop, Admin: w, Requests: w.requests, Registry: r.images, ImagesChanged: r.imagesChanged, Network: network,
		RegistryHost: opts.RegistryHost, Dir: dir, Log: opts.Log,
	})
	r.attempt("take over the capacity providers of the clusters", func() error { return api.AdoptCapacityProviders(r.loop) })
	r.imagesChanged()
	return r, nil
}

// ServeHTTP answers a request, when everything has happened to the images that is
// due by then.
func (r *realm) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if r.images.Due() {
		r.seeToImages()
	}
	r.server.ServeHTTP(w, req)
}

func (r *realm) seeToImages() {
	r.attempt("see to the agenda of the image registry", func() error {
		changed, err := r.images.CatchUp()
		if changed {
			r.imagesChanged()
		}
		return err
	})
}

// moveTo moves the realm on to a time, by way of each moment at which something
// happens to its images.
func (r *realm) moveTo(to time.Time) error {
	for last := (time.Time{}); ; {
		next := r.images.NextDue()
		if next.After(to) || !next.After(last) { // what failed is not tried again at once
			return r.loop.MoveTo(to)
		}
		if err := r.loop.MoveTo(next); err != nil {
			return err
		}
		r.seeToImages()
		last = next
	}
}

// imagePushed is that an image was pushed, or a tag moved.
func (r *realm) imagePushed(repository, tag, digest string) {
	r.imagesChanged()
	r.attempt("keep the event of a push", func() error { return api.TellPush(r.loop, repository, tag, digest) })
}

// imagesChanged tells the clusters about images that were pushed or deleted. The
// push itself has succeeded: a failure here is repaired by the next change, and
// when the world is opened again.
func (r *realm) imagesChanged() {
	r.syncing.Lock()
	defer r.syncing.Unlock()
	r.attempt("tell the clusters about images", func() error { return api.SyncImages(r.loop, r.images) })
}

// attempt does what a world can be without: it opens whatever the engine makes of
// that in one of its clusters.
func (r *realm) attempt(what string, do func() error) {
	defer func() {
		if p := recover(); p != nil {
			r.log.Error("could not "+what, "panic", p, "stack", string(debug.Stack()))
		}
	}()
	if err := do(); err != nil {
		r.log.Error("could not "+what, "error", err)
	}
}

// reset makes the realm a fresh one that goes at a speed.
func (r *realm) reset(speed reconcile.Speed) error {
	r.syncing.Lock()
	defer r.syncing.Unlock()
	defer r.server.ForgetFaults()
	return r.loop.Reset(speed, r.images.Reset)
}
