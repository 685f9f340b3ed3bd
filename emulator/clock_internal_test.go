package emulator

import (
	"errors"
	"testing"
	"time"
)

// TestMovesGiveWay is that who begins the world anew waits for no move of the
// clock: neither for the one that goes on nor for those that wait for their turn.
func TestMovesGiveWay(t *testing.T) {
	m := &mover{turn: make(chan struct{}, 1)}
	ctx, give, err := m.take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	waiting := make(chan error)
	for range 3 {
		go func() {
			_, give, err := m.take(t.Context())
			if err == nil {
				defer give()
			}
			waiting <- err
		}()
	}
	anew := errors.New("anew")
	done := make(chan func())
	go func() { done <- m.interrupt(anew) }()
	<-ctx.Done()
	give()
	begin := <-done
	ended := 0
	for loop := true; loop; {
		select {
		case err := <-waiting:
			if !errors.Is(err, anew) {
				t.Errorf("a move that waited ended with %v", err)
			}
			ended++
		case <-time.After(50 * time.Millisecond):
			loop = false
		}
	}
	begin()
	for range 3 - ended {
		if err := <-waiting; err != nil {
			t.Errorf("a move that came later ended with %v", err)
		}
	}
}
