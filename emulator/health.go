package emulator

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"gantry/ecs"
	"gantry/emulator/store"
)

// Health is nil when every realm that is open goes on and can be changed. It
// names the clusters that stand still since the emulator failed in them.
func (w *World) Health() (failed []ecs.ARN, err error) {
	err = w.every(func(r *realm) error {
		if err := r.loop.Health(); err != nil {
			return err
		}
		return r.loop.View(func(tx *store.Tx) error {
			for _, name := range tx.FailedClusters() {
				failed = append(failed, ecs.ClusterARN(r.scope, name))
			}
			return nil
		})
	})
	return failed, err
}

// every does something with each realm that is open, in order of account and
// Region, and lets others be opened meanwhile.
func (w *World) every(do func(*realm) error) error {
	var failed error
	for _, r := range w.realms() {
		if err := do(r); err != nil {
			failed = errors.Join(failed, fmt.Errorf("account %s in %s: %w", r.scope.Account, r.scope.Region, err))
		}
	}
	return failed
}

// realms are those that are open, in that order.
func (w *World) realms() []*realm {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := append(w.open(), w.home())
	slices.SortFunc(all, func(a, b *realm) int {
		return cmp.Or(cmp.Compare(a.scope.Account, b.scope.Account), cmp.Compare(a.scope.Region, b.scope.Region))
	})
	return all
}

// open are the realms beside the home one that are open; the lock is held.
func (w *World) open() []*realm { return slices.Collect(maps.Values(w.others)) }
