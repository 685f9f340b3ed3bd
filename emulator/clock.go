package emulator

import (
	"context"
	"errors"
	"runtime/debug"
	"sync"
	"time"

	"gantry/ecs"
	"gantry/emulator/reconcile"
)

// Speed is how fast the world's clock goes.
func (w *World) Speed() string { return w.home().loop.Speed().String() }

// SetSpeed lets the whole world go at another speed from now on.
func (w *World) SetSpeed(text string) error {
	speed, err := reconcile.ParseSpeed(text)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	asleep := w.wake()
	return errors.Join(w.each(func(r *realm) error { return r.loop.SetSpeed(speed) }), asleep)
}

// How far the realms of a world go together, in the world's time, before one
// waits for the others; and how long that is to take. It is more when the world
// is quiet, and less when much happens in it.
const (
	stride      = time.Second
	strideShort = 25 * time.Millisecond
	strideLong  = 100 * time.Millisecond
)

// Step moves the whole world on by a duration at once, each realm from its own
// time, and all of them together. When the context ends, the world stays at the
// moment that it has come to, and left is how far it has not come.
func (w *World) Step(ctx context.Context, by time.Duration) (left time.Duration, err error) {
	ctx, give, err := w.moving.take(ctx)
	if err != nil {
		return by, err
	}
	defer give()
	w.mu.Lock()
	asleep := w.wake()
	var realms []*realm
	_ = w.each(func(r *realm) error { realms = append(realms, r); return nil })
	w.mu.Unlock()
	from := make([]time.Time, len(realms))
	for i, r := range realms {
		if from[i], err = r.loop.Present(); err != nil {
			return by, err
		}
	}
	for next, done := stride, time.Duration(0); done < by; {
		if ctx.Err() != nil {
			return by - done, context.Cause(ctx)
		}
		done += min(next, by-done)
		began := time.Now()
		if err := moveTogether(w.opts.World, realms, from, done); err != nil {
			return by - done, err
		}
		switch took := time.Since(began); {
		case took < strideShort:
			next = min(2*next, reconcile.Longest)
		case took > strideLong:
			next = max(next/2, time.Millisecond)
		}
	}
	return 0, asleep
}

// moveTogether brings every realm to so much after where it was.
func moveTogether(world string, realms []*realm, from []time.Time, by time.Duration) error {
	errs := make([]error, len(realms))
	var moves sync.WaitGroup
	for i, r := range realms {
		moves.Go(func() {
			defer func() {
				if p := recover(); p != nil {
					r.log.Error("a world could not be moved on", "panic", p, "stack", string(debug.Stack()))
					errs[i] = failure("move the clock", world, p)
				}
			}()
			errs[i] = r.moveTo(from[i].Add(by))
		})
	}
	moves.Wait()
	return errors.Join(errs...)
}

// mover lets the clock of a world be moved by one at a time.
type mover struct {
	turn chan struct{} // holds one while somebody has it

	mu    sync.Mutex
	end   context.CancelCauseFunc // ends the move that goes on; nil when there is none
	first int                     // so many wait to interrupt, and go before all moves
	cause error                   // of the last of them
}

// take waits for the turn; give must be called then.
func (m *mover) take(ctx context.Context) (_ context.Context, give func(), err error) {
	select {
	case m.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, nil, context.Cause(ctx)
	}
	ctx, end := context.WithCancelCause(ctx)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.first > 0 {
		end(nil)
		<-m.turn
		return nil, nil, m.cause
	}
	m.end = end
	return ctx, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.end = nil
		end(nil)
		<-m.turn
	}, nil
}

// interrupt ends the move that goes on and those that wait for their turn, and
// keeps others from beginning until give is called.
func (m *mover) interrupt(cause error) (give func()) {
	m.mu.Lock()
	m.first, m.cause = m.first+1, cause
	if m.end != nil {
		m.end(cause)
	}
	m.mu.Unlock()
	m.turn <- struct{}{}
	m.mu.Lock()
	m.first--
	m.mu.Unlock()
	return func() { <-m.turn }
}

// errBegun is why a move of the clock ends.
func errBegun() error {
	return &ecs.Error{Code: ecs.CodeConflict, Message: "The world began anew while its clock was moved on. Ask for the time, and move it on from there."}
}
