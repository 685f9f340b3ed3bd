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
	w.mu.Lock()
	realms := append(slices.Collect(maps.Values(w.others)), w.home)
	w.mu.Unlock()
	slices.SortFunc(realms, func(a, b *realm) int {
		return cmp.Or(cmp.Compare(a.scope.Account, b.scope.Account), cmp.Compare(a.scope.Region, b.scope.Region))
	})
	var failed error
	for _, r := range realms {
		if err := do(r); err != nil {
			failed = errors.Join(failed, fmt.Errorf("account %s in %s: %w", r.scope.Account, r.scope.Region, err))
		}
	}
	return failed
}
