package cmd

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// The garbage of many calls is collected in one go: up to garbageMiB of it may lie
// about, or as much as the world itself takes when that is more, which is what Go
// does by default (garbageLeast), but not more than garbageMost percent of that.
const (
	garbageMiB   = 128
	garbageLeast = 100
	garbageMost  = 400
)

// collectRarely keeps to that until ctx is done. A GOGC that somebody set stays.
func collectRarely(ctx context.Context) {
	set := debug.SetGCPercent(garbageMost)
	defer func() { debug.SetGCPercent(set) }()
	if set != garbageLeast {
		debug.SetGCPercent(set)
		return
	}
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for was := garbageMost; ; {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		metrics.Read(live)
		if now := garbagePercent(live[0].Value.Uint64()); now != was {
			debug.SetGCPercent(now)
			was = now
		}
	}
}

// garbagePercent is how much garbage may lie about in a heap of so many bytes, in
// steps of 25, since each change stops everything for a moment.
func garbagePercent(live uint64) int {
	return int(min(garbageMost, max(garbageLeast, garbageMiB<<20*100/max(live, 1)/25*25)))
}
