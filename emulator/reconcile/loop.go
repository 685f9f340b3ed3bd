package reconcile

import (
	"errors"
	"log/slog"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"gantry/emulator/store"
)

// ErrClosed is the error of every call after Close.
var ErrClosed = errors.New("the world was closed")

// errUnmade is the error of a change that was to be made together with others when
// the emulator failed.
var errUnmade = errors.New("the emulator failed before the change was made; nothing of it was kept")

// Config says what a loop runs on.
type Config struct {
	// Now is the real time. It is asked for the world's clock only; how long a
	// pass may take is measured with the monotonic clock.
	Now func() time.Time
	Log *slog.Logger
}

// budget bounds how much of the world may happen in one go.
type budget struct {
	steps int           // moments that may happen whatever they take
	most  int           // moments that may happen at all
	time  time.Duration // real time after which it ends, past steps
}

// The budgets of a pass, of opening a world and of one go of a move.
func passBudget() budget { return budget{steps: 200, most: 10_000, time: 100 * time.Millisecond} }
func openBudget() budget { return budget{steps: 500, most: 50_000, time: 400 * time.Millisecond} }
func moveBudget() budget { return budget{steps: 1, most: 10_000, time: 50 * time.Millisecond} }

// more begins to spend the budget; what it returns is asked after each moment
// whether there may be another one.
func (b budget) more() func(int) bool {
	began, total := time.Now(), 0
	return func(int) bool {
		total++
		return total < b.most && (total < b.steps || time.Since(began) < b.time)
	}
}

// Loop keeps a world going. All of its methods may be called at once.
type Loop struct {
	cfg  Config
	face *face

	mu     sync.Mutex
	st     *store.Store
	closed bool
	seen   time.Time // the real time, when it was last asked for

	waiting struct { // changes that nobody has taken up yet
		sync.Mutex
		list []*change
	}

	wake chan struct{}
	done chan struct{}
	stop chan struct{} // closed when the loop is

	flushing sync.WaitGroup
}

// change is a change of the world that somebody waits for.
type change struct {
	do   func(*store.Tx) error
	done bool
	err  error
}

// Start brings a world up to now and keeps it going until Close.
func Start(st *store.Store, cfg Config) (*Loop, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	c, err := fromSaved(st.Clock())
	if err != nil {
		return nil, err
	}
	c = c.heldBack(time.Time{}, cfg.Now())
	if wall := cfg.Now(); c.at(wall).Before(st.Reached()) {
		c = c.based(st.Reached(), wall)
	}
	if c.speed.IsPause() {
		// It is at the moment that was told, however long it takes to come there again.
		if _, err := st.Advance(c.world, func(int) bool { return true }); err != nil {
			return nil, err
		}
	}
	l := &Loop{cfg: cfg, face: &face{real: cfg.Now, c: c}, st: st, wake: make(chan struct{}, 1), done: make(chan struct{}), stop: make(chan struct{})}
	if _, err := l.catchUp(openBudget()); err != nil {
		return nil, err
	}
	go l.run()
	if st.Syncs() == store.SyncEachSecond {
		l.flushing.Go(l.flush)
	}
	return l, nil
}

// catchUp lets everything happen that is due, within the budget. It reports
// whether the budget was used up.
func (l *Loop) catchUp(b budget) (spent bool, err error) {
	more := b.more()
	wall := l.cfg.Now()
	c := l.face.clock().heldBack(l.seen, wall)
	l.seen = wall
	target := c.at(wall)
	reached, err := l.st.Advance(target, more)
	if err != nil {
		return false, err
	}
	spent = reached.Before(target)
	for c.speed.IsMax() && !spent {
		next, periodic, ok := l.st.Next()
		if !ok || periodic {
			break
		}
		if reached, err = l.st.Advance(next, more); err != nil {
			return false, err
		}
		spent = !more(0)
		c = c.based(reached, wall)
	}
	if spent {
		c = c.based(reached, wall)
	}
	l.face.set(c)
	l.await()
	l.st.SetClock(c.saved())
	return spent, nil
}

// await lets the time go on until something is due.
func (l *Loop) await() {
	next, _ := l.st.Earliest()
	l.face.wait(next)
}

// enter brings the world up to now; the lock is held.
func (l *Loop) enter() (time.Time, error) {
	if l.closed {
		return time.Time{}, ErrClosed
	}
	if _, err := l.catchUp(passBudget()); err != nil {
		return time.Time{}, err
	}
	return l.face.now(l.st.Reached()), nil
}

// View runs fn on the world as it is now.
func (l *Loop) View(fn func(*store.Tx) error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	now, err := l.enter()
	if err != nil {
		return err
	}
	return l.st.View(now, fn)
}

// Update runs fn as a change of the world, which outlives the process when it is
// nil. Changes that come while another one is being made wait and are made in
// one go; fn may run twice then (see store.UpdateEach).
func (l *Loop) Update(fn func(*store.Tx) error) error {
	own := &change{do: fn}
	l.waiting.Lock()
	l.waiting.list = append(l.waiting.list, own)
	l.waiting.Unlock()

	runtime.Gosched() // others who are about to change something get to the queue first, and share the transaction

	l.mu.Lock()
	defer l.mu.Unlock()
	if !own.done { // by whoever had the lock before
		l.makeAll()
	}
	return own.err
}

// makeAll makes the changes that wait; the lock is held.
func (l *Loop) makeAll() {
	l.waiting.Lock()
	list := l.waiting.list
	l.waiting.list = nil
	l.waiting.Unlock()
	changes := make([]func(*store.Tx) error, len(list))
	for i, c := range list {
		changes[i], c.done, c.err = c.do, true, errUnmade // unless something comes of it: a panic is no success
	}
	now, err := l.enter()
	defer l.nudge()
	if err != nil {
		for _, c := range list {
			c.err = err
		}
		return
	}
	defer l.await()
	l.face.wait(now) // what comes of the changes may be due at once
	for i, err := range l.st.UpdateEach(now, changes) {
		list[i].err = err
	}
}

// flush brings the world's file to the disk each second in which it was changed.
func (l *Loop) flush() {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	written := int64(0)
	for {
		select {
		case <-l.stop:
			return
		case <-ticker.C:
		}
		if n := l.st.Writes(); n != written {
			if err := l.st.Flush(); err != nil {
				l.cfg.Log.Error("the world could not be brought to the disk", "error", err)
				continue
			}
			written = n
		}
	}
}

// Now is the world's time. It waits for nobody.
func (l *Loop) Now() time.Time { return l.face.now(time.Time{}) }

// Speed is how fast the world goes.
func (l *Loop) Speed() Speed { return l.face.clock().speed }

// SetSpeed lets the world go at another speed from now on.
func (l *Loop) SetSpeed(speed Speed) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	now, err := l.enter()
	if err != nil {
		return err
	}
	before := l.face.clock()
	c := clock{speed: speed}.based(now, l.cfg.Now())
	l.face.set(c)
	l.st.SetClock(c.saved())
	defer l.nudge()
	err = l.st.Update(now, func(*store.Tx) error { return nil })
	if err != nil {
		l.face.set(before)
		l.st.SetClock(before.saved())
	}
	return err
}

// FirstSpeed is how fast the world went when it was fresh.
func (l *Loop) FirstSpeed() (Speed, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return 0, ErrClosed
	}
	return ParseSpeed(l.st.World().Speed)
}

// Reset makes the world a fresh one, which begins now at a speed. What happens
// to files beside the store is with, which runs under the lock.
func (l *Loop) Reset(speed Speed, with func() error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return ErrClosed
	}
	wall := l.cfg.Now()
	fresh := l.st.World()
	fresh.CreatedAt, fresh.Speed = wall.UTC().Round(0), speed.String()
	c := clock{speed: speed}.based(wall.UTC(), wall)
	if err := with(); err != nil {
		return err
	}
	if err := l.st.Reset(fresh, c.saved()); err != nil {
		return err
	}
	l.face.reset(c)
	l.nudge()
	return nil
}

// nudge lets the loop look again when something is due.
func (l *Loop) nudge() {
	select {
	case l.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// run wakes when something is due, until Close.
func (l *Loop) run() {
	defer close(l.done)
	for {
		wait, ok := l.pass()
		if !ok {
			return
		}
		if wait <= 0 {
			runtime.Gosched() // let requests have the lock in between
			continue
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-l.wake:
			timer.Stop()
		}
	}
}

// retryAfter is how long the loop waits after a failure to write.
const retryAfter = time.Second

// pass does what is due and returns how long nothing will be.
func (l *Loop) pass() (wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	// A fault of the engine must not end the process, whose other requests may
	// be of other worlds or of AWS; the file has the state from before.
	defer func() {
		if p := recover(); p != nil {
			l.cfg.Log.Error("the world could not go on", "panic", p, "stack", string(debug.Stack()))
			wait, ok = retryAfter, true
		}
	}()
	if l.closed {
		return 0, false
	}
	spent, err := l.catchUp(passBudget())
	if err == nil && l.st.Heavy() {
		err = l.st.Snapshot()
	}
	if err != nil {
		l.cfg.Log.Error("the world could not be brought up to now", "error", err)
		return retryAfter, true
	}
	if spent {
		return 0, true
	}
	next, some := l.st.Earliest()
	if !some {
		return time.Hour, true
	}
	// Never sooner than a millisecond: at high speeds moments are taken together.
	return max(time.Millisecond, l.face.clock().until(next, l.cfg.Now())), true
}

// Close saves the world and lets go of its file.
func (l *Loop) Close() error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return nil
	}
	_, err := l.catchUp(passBudget())
	l.closed = true
	close(l.stop)
	l.flushing.Wait()
	err = errors.Join(err, l.st.Close())
	l.mu.Unlock()
	l.nudge()
	<-l.done
	return err
}
