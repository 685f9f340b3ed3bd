package emulator

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"sync/atomic"
	"time"

	"gantry/ecs"
	"gantry/emulator/api"
	"gantry/emulator/metrics"
	"gantry/emulator/reconcile"
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
	Seed      uint64    // of a fresh world
	Start     time.Time // when the clock of a fresh world begins; zero is now
	// Standing lets the clock of a fresh world stand still until somebody sets how
	// fast it goes, so that what is made first is made at its beginning.
	Standing bool
	Speed    float64 // of a fresh world; 0 is DefaultSpeed
	Paused   bool    // a fresh world's clock stands still, whatever Speed is
	// SyncAlways brings every change to the disk before it is answered; otherwise
	// that is done each second, and on Close.
	SyncAlways bool
	// Now is the real time; nil is time.Now.
	Now func() time.Time
	// RegistryHost is the host in the URIs of repositories, such as
	// 127.0.0.1:4599; "" is ECR's own form.
	RegistryHost string
	// Log is told what nobody asked for; nil is the file emulator.log in the
	// folder of a world that stays.
	Log *slog.Logger
}

// World is a world that this process holds: what each account has in each
// Region. They share nothing but the clock's speed. The home realm is there
// from the beginning, and its file is what says who holds the world.
type World struct {
	opts    Options
	dir     string
	discard bool                  // delete dir on Close
	base    atomic.Pointer[realm] // the home realm
	front   http.Handler          // serve, behind a guard
	// requests counts those of all realms.
	requests *metrics.Requests

	moving mover
	whole  sync.Mutex // held while the world is copied or replaced
	mu     sync.Mutex // held while something is done to the world as a whole
	others map[ecs.Scope]*realm
	shut   bool // no realm is opened any more

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
	w := &World{opts: opts, discard: opts.Ephemeral, requests: api.NewRequests(), others: map[ecs.Scope]*realm{}, moving: mover{turn: make(chan struct{}, 1)}}
	w.front = guarded(http.HandlerFunc(w.serve))
	if w.dir, err = opts.folder(); err != nil {
		return nil, err
	}
	now := opts.Now().Round(0)
	first := store.Clock{World: now.UTC(), Real: now, Speed: opts.speed().String()}
	if !opts.Start.IsZero() {
		first.World = opts.Start.UTC().Round(0)
	}
	if opts.Standing {
		first.Speed = reconcile.Pause.String()
	}
	home, err := w.openHome(first)
	if err != nil {
		if w.discard {
			err = errors.Join(err, os.RemoveAll(w.dir))
		}
		return nil, err
	}
	w.base.Store(home)
	return w, nil
}

// openHome opens the home realm, with which this process holds the world.
func (w *World) openHome(first store.Clock) (*realm, error) {
	if err := w.resumeRestore(first); err != nil {
		return nil, err
	}
	home, err := openRealm(w.opts, homeScope(), w.dir, first, w)
	if err == nil {
		w.clearLeftovers()
	}
	return home, err
}

func (w *World) home() *realm { return w.base.Load() }

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
	if _, err := reconcile.ParseSpeed(o.speed().String()); err != nil {
		return o, hint.As(hint.Usage, err)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Dir == "" && !o.Ephemeral {
		return o, hint.As(hint.Usage, errors.New("the folder of the worlds is not given"))
	}
	if o.Log == nil {
		o.Log = worldLog(filepath.Join(o.Dir, o.World))
		if o.Ephemeral {
			o.Log = slog.New(slog.DiscardHandler)
		}
	}
	return o, nil
}

// WithSpeed is the options with the speed of a fresh world: a number, max or
// pause.
func (o Options) WithSpeed(text string) (Options, error) {
	speed, err := reconcile.ParseSpeed(text)
	o.Speed, o.Paused = float64(speed), speed.IsPause()
	return o, err
}

func (o Options) speed() reconcile.Speed {
	if o.Paused {
		return reconcile.Pause
	}
	return reconcile.Speed(o.Speed)
}

// sync is when what was written is brought to the disk.
func (o Options) sync() store.Sync {
	switch {
	case o.Ephemeral:
		return store.SyncNever
	case o.SyncAlways:
		return store.SyncAlways
	}
	return store.SyncEachSecond
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

// ServeHTTP answers the requests of AWS clients and of the emulator's own. Scripts
// in browsers are turned away.
func (w *World) ServeHTTP(out http.ResponseWriter, r *http.Request) { w.front.ServeHTTP(out, r) }

// Now is the world's time.
func (w *World) Now() time.Time { return w.home().loop.Now() }

// Close saves the world and lets go of it; an ephemeral one is deleted.
func (w *World) Close() error {
	w.closing.Do(func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.shut = true
		for _, r := range w.others {
			w.closed = errors.Join(w.closed, r.loop.Close())
		}
		w.closed = errors.Join(w.closed, w.home().loop.Close()) // last: its file is the world's lock
		if w.discard {
			w.closed = errors.Join(w.closed, os.RemoveAll(w.dir))
		}
	})
	return w.closed
}
