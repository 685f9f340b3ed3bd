package emulator

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"sync"
	"time"

	"gantry/ecs"
	"gantry/emulator/api"
	"gantry/emulator/reconcile"
	"gantry/emulator/registry"
	"gantry/emulator/runtime/sim"
	"gantry/emulator/store"
	"gantry/internal/hint"
)

// The account and Region of every world, and how fast a fresh one goes.
const (
	Account      = "123456789012"
	Region       = "us-east-1"
	DefaultSpeed = 10
	DefaultWorld = "default"
)

// SpeedMax is the speed that waits for nothing: see package reconcile.
func SpeedMax() float64 { return float64(reconcile.Max()) }

// Options says which world to open, and how.
type Options struct {
	// Dir is the folder of all worlds; a world is Dir/NAME. It may be empty for
	// an ephemeral world, which then lives in the system's temporary folder.
	Dir   string
	World string // "" is DefaultWorld
	// Ephemeral makes a fresh world that is deleted on Close.
	Ephemeral bool
	Seed      uint64  // of a fresh world
	Speed     float64 // of a fresh world; 0 is DefaultSpeed
	// Now is the real time; nil is time.Now.
	Now func() time.Time
	// RegistryHost is the host in the URIs of repositories, such as
	// 127.0.0.1:4599; "" is ECR's own form.
	RegistryHost string
	Log          *slog.Logger
}

// World is a world that this process holds.
type World struct {
	loop    *reconcile.Loop
	images  *registry.Registry
	server  *api.Server
	log     *slog.Logger
	dir     string
	discard bool // delete dir on Close

	// syncing is held while the clusters are told about images, so that of two
	// pushes the later one is told last.
	syncing sync.Mutex
	closing sync.Once
	closed  error
}

// New opens a world and holds it. store.ErrHeld means that another process
// does; Attach joins it then.
func New(opts Options) (*World, error) {
	opts, err := opts.settled()
	if err != nil {
		return nil, err
	}
	w := &World{log: opts.Log, discard: opts.Ephemeral}
	if w.dir, err = opts.folder(); err != nil {
		return nil, err
	}
	if err := w.open(opts); err != nil {
		if w.discard {
			err = errors.Join(err, os.RemoveAll(w.dir))
		}
		return nil, err
	}
	return w, nil
}

// worldName is the rule for the name of a world, which is also that of a folder
// on any system.
var worldName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// settled fills in what was left out.
func (o Options) settled() (Options, error) {
	if o.World == "" {
		o.World = DefaultWorld
	}
	if !worldName.MatchString(o.World) {
		err := fmt.Errorf("%.80q is no name for a world", o.World)
		return o, hint.As(hint.Usage, hint.With(err, "use up to 64 letters, digits, dots, - and _, the first of them a letter or a digit"))
	}
	if o.Speed == 0 {
		o.Speed = DefaultSpeed
	}
	if _, err := reconcile.ParseSpeed(reconcile.Speed(o.Speed).String()); err != nil {
		return o, hint.As(hint.Usage, err)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Dir == "" && !o.Ephemeral {
		return o, hint.As(hint.Usage, errors.New("the folder of the worlds is not given"))
	}
	return o, nil
}

// folder is the folder of the world.
func (o Options) folder() (string, error) {
	if !o.Ephemeral {
		return filepath.Join(o.Dir, o.World), nil
	}
	dir, err := os.MkdirTemp(o.Dir, "gantry-world-")
	if err != nil {
		return "", fmt.Errorf("make the folder of an ephemeral world: %w", err)
	}
	return dir, nil
}

// worldFile is the name of a world's file in its folder.
const worldFile = "world.db"

// Exists reports whether the world was ever made. Attach makes one that was not.
func (o Options) Exists() bool {
	_, err := os.Stat(filepath.Join(o.Dir, o.World, worldFile))
	return err == nil
}

func (w *World) open(opts Options) (err error) {
	scope := ecs.Scope{Partition: "aws", Region: Region, Account: Account}
	network := api.DefaultNetwork(scope)
	now := opts.Now().Round(0)
	speed := reconcile.Speed(opts.Speed).String()
	st, err := store.Open(store.Config{
		Path:     filepath.Join(w.dir, worldFile),
		Fresh:    store.World{Name: opts.World, Scope: scope, Seed: opts.Seed, Speed: speed, CreatedAt: now.UTC()},
		Clock:    store.Clock{World: now.UTC(), Real: now, Speed: speed},
		Volatile: opts.Ephemeral,
		Runtimes: sim.Factory{SubnetZones: network.Zones()},
		Observe:  reconcile.Observe,
		Log:      opts.Log,
	})
	if err != nil {
		return err
	}
	// What a file can hold that nobody wrote has no end.
	defer func() {
		if p := recover(); p != nil {
			w.log.Error("a world could not be opened", "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("open world %s: the emulator failed: %v", opts.World, p)
			if w.loop != nil {
				err = errors.Join(err, w.loop.Close())
			} else {
				err = errors.Join(err, st.DB().Close())
			}
		}
	}()
	w.loop, err = reconcile.Start(st, reconcile.Config{Now: opts.Now, Log: opts.Log})
	if err != nil {
		return errors.Join(fmt.Errorf("open world %s: %w", opts.World, err), st.Close())
	}
	w.images, err = registry.Open(st.DB(), filepath.Join(w.dir, "blobs"), w.loop.Now,
		registry.WithAccountID(scope.Account), registry.WithOnPush(func(string, string, string) { w.imagesChanged() }))
	if err != nil {
		return errors.Join(fmt.Errorf("open world %s: %w", opts.World, err), w.loop.Close())
	}
	w.server = api.New(api.Config{
		World: w.loop, Admin: admin{w}, Registry: w.images, ImagesChanged: w.imagesChanged, Network: network,
		RegistryHost: opts.RegistryHost, Dir: w.dir, Log: opts.Log,
	})
	if err := w.syncImages(); err != nil {
		return errors.Join(fmt.Errorf("open world %s: %w", opts.World, err), w.loop.Close())
	}
	return nil
}

func (w *World) syncImages() error {
	w.syncing.Lock()
	defer w.syncing.Unlock()
	return api.SyncImages(w.loop, w.images)
}

// imagesChanged tells the clusters about an image that was pushed or deleted.
// The push itself has succeeded: a failure here is repaired by the next change,
// and when the world is opened again.
func (w *World) imagesChanged() {
	if err := w.syncImages(); err != nil {
		w.log.Error("the clusters could not be told about an image", "error", err)
	}
}

// Handler answers the requests of AWS clients and of the emulator's own.
func (w *World) Handler() http.Handler { return w.server }

// Now is the world's time.
func (w *World) Now() time.Time { return w.loop.Now() }

// Close saves the world and lets go of it; an ephemeral one is deleted.
func (w *World) Close() error {
	w.closing.Do(func() {
		w.closed = w.loop.Close()
		if w.discard {
			w.closed = errors.Join(w.closed, os.RemoveAll(w.dir))
		}
	})
	return w.closed
}

// admin is what the administration can do to a world.
type admin struct{ w *World }

func (a admin) Speed() string { return a.w.loop.Speed().String() }

func (a admin) SetSpeed(text string) error {
	speed, err := reconcile.ParseSpeed(text)
	if err != nil {
		return err
	}
	return a.w.loop.SetSpeed(speed)
}

func (a admin) Reset() error {
	a.w.syncing.Lock()
	defer a.w.syncing.Unlock()
	return a.w.loop.Reset(a.w.images.Reset)
}
