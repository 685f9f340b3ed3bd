package store

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gantry/emulator/runtime/sim"
)

// A file is usable unless writing to it failed and fails again.
func TestUsable(t *testing.T) {
	now := time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)
	st, err := Open(Config{Path: filepath.Join(t.TempDir(), "world.db"), Clock: Clock{World: now, Real: now, Speed: "1"}, Runtimes: sim.Factory{}})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Update(now, func(*Tx) error { return errors.New("refused") }); err == nil || st.Usable(now) != nil {
		t.Errorf("a refusal (%v) is no fault of the file's: %v", err, st.Usable(now))
	}
	st.trouble.wrote(errors.New("no space left on device"))
	st.trouble.synced(errors.New("input/output error"), 0)
	if err := st.Usable(now); err != nil {
		t.Errorf("the file can be written again, but: %v", err)
	}
	if write, sync := st.trouble.both(); write != nil || sync != nil {
		t.Errorf("it is still held against it: %v, %v", write, sync)
	}
	if err := st.DB().Close(); err != nil {
		t.Fatal(err)
	}
	if err := st.Update(now, func(*Tx) error { return nil }); err == nil {
		t.Error("a file that was closed can be written")
	}
	if err := st.Usable(now); err == nil || !strings.Contains(err.Error(), "cannot be written") {
		t.Errorf("usable: %v", err)
	}
}
