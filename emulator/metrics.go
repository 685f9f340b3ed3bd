package emulator

import (
	"maps"
	"math"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"gantry/emulator/metrics"
	"gantry/emulator/reconcile"
	"gantry/emulator/store"
	"gantry/engine/scheduler"
)

// numbers is what a page of metrics says of a realm.
type numbers struct {
	labels   []string // account and Region
	now      time.Time
	stats    store.Stats
	clusters []census
	statuses map[string]int // of the clusters
}

type census struct {
	labels []string
	scheduler.Census
}

func (r *realm) numbers() (n numbers, err error) {
	n = numbers{labels: []string{"account", r.scope.Account, "region", r.scope.Region}, statuses: map[string]int{}}
	if n.stats, err = r.loop.Stats(); err != nil {
		return n, err
	}
	err = r.loop.View(func(tx *store.Tx) error {
		n.now = tx.Now()
		clusters, err := tx.Clusters()
		for _, c := range clusters {
			status := c.Status
			if engine, ok := tx.Engine(c.Name); ok {
				n.clusters = append(n.clusters, census{append(slices.Clone(n.labels), "cluster", string(c.Name)), engine.Census()})
			} else if tx.Failed(c.Name) != nil {
				status = "FAILED"
			}
			n.statuses[status]++
		}
		return err
	})
	return n, err
}

// Metrics is a page in the text form of Prometheus.
func (w *World) Metrics() ([]byte, error) {
	var realms []numbers
	err := w.every(func(r *realm) error {
		n, err := r.numbers()
		realms = append(realms, n)
		return err
	})
	if err != nil {
		return nil, err
	}
	p := &metrics.Page{}
	w.requests.Write(p)
	writeClock(p, realms, w.home().loop.Speed())
	writeCensus(p, realms)
	writeStats(p, realms)
	writeProcess(p)
	return p.Bytes(), nil
}

func writeClock(p *metrics.Page, realms []numbers, speed reconcile.Speed) {
	p.Family("gantry_world_time_seconds", metrics.Gauge, "The world's time, in seconds since 1970.")
	for _, n := range realms {
		p.Sample("gantry_world_time_seconds", float64(n.now.UnixNano())/1e9, n.labels...)
	}
	p.Family("gantry_world_speed", metrics.Gauge, "How many seconds of the world pass in a real one: 0 when the clock is paused, +Inf at the speed max.")
	value := float64(speed)
	if speed.IsMax() {
		value = math.Inf(1)
	}
	p.Sample("gantry_world_speed", value)
}

func writeCensus(p *metrics.Page, realms []numbers) {
	p.Family("gantry_clusters", metrics.Gauge, "Clusters by status.")
	for _, n := range realms {
		writeCounts(p, "gantry_clusters", n.statuses, n.labels)
	}
	p.Family("gantry_container_instances", metrics.Gauge, "Container instances by status.")
	eachCluster(realms, func(c census) { writeCounts(p, "gantry_container_instances", c.Instances, c.labels) })
	p.Family("gantry_services", metrics.Gauge, "Services by status.")
	eachCluster(realms, func(c census) { writeCounts(p, "gantry_services", c.Services, c.labels) })
	p.Family("gantry_tasks", metrics.Gauge, "Tasks by last status, those that have stopped too while they are kept.")
	eachCluster(realms, func(c census) { writeCounts(p, "gantry_tasks", c.Tasks, c.labels) })
}

func eachCluster(realms []numbers, write func(census)) {
	for _, n := range realms {
		for _, c := range n.clusters {
			write(c)
		}
	}
}

func writeCounts[S ~string](p *metrics.Page, name string, counts map[S]int, labels []string) {
	for _, status := range slices.Sorted(maps.Keys(counts)) {
		p.Sample(name, float64(counts[status]), append(slices.Clone(labels), "status", string(status))...)
	}
}

// writeStats writes about the files of the world.
func writeStats(p *metrics.Page, realms []numbers) {
	for _, f := range []struct {
		name string
		kind metrics.Kind
		help string
		of   func(store.Stats) float64
	}{
		{"gantry_store_bytes", metrics.Gauge, "The size of the world's file.", func(s store.Stats) float64 { return float64(s.Bytes) }},
		{"gantry_store_journal_entries", metrics.Gauge, "Commands in the journal, which is emptied when the state is saved.", func(s store.Stats) float64 { return float64(s.Journal) }},
		{"gantry_store_transactions_total", metrics.Counter, "Transactions that were ever written to the file.", func(s store.Stats) float64 { return float64(s.Transactions) }},
		{"gantry_store_page_writes_total", metrics.Counter, "Pages that were written.", func(s store.Stats) float64 { return float64(s.Pages) }},
		{"gantry_store_write_seconds_total", metrics.Counter, "Time that writing took; with --sync always that of syncing, too.", func(s store.Stats) float64 { return s.Writing.Seconds() }},
	} {
		p.Family(f.name, f.kind, f.help)
		for _, n := range realms {
			p.Sample(f.name, f.of(n.stats), n.labels...)
		}
	}
	p.Family("gantry_store_sync_seconds", metrics.Summary, "Time that the syncs took which are made each second.")
	for _, n := range realms {
		p.Sample("gantry_store_sync_seconds_sum", n.stats.Syncing.Seconds(), n.labels...)
		p.Sample("gantry_store_sync_seconds_count", float64(n.stats.Syncs), n.labels...)
	}
}

// writeProcess writes about this process, under the names that programs in Go
// have for it.
func writeProcess(p *metrics.Page) {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	p.Family("go_goroutines", metrics.Gauge, "Number of goroutines that currently exist.")
	p.Sample("go_goroutines", float64(runtime.NumGoroutine()))
	p.Family("go_memstats_heap_alloc_bytes", metrics.Gauge, "Number of heap bytes allocated and currently in use.")
	p.Sample("go_memstats_heap_alloc_bytes", float64(memory.HeapAlloc))
	p.Family("go_memstats_sys_bytes", metrics.Gauge, "Number of bytes obtained from system.")
	p.Sample("go_memstats_sys_bytes", float64(memory.Sys))
	if resident, ok := residentBytes(); ok {
		p.Family("process_resident_memory_bytes", metrics.Gauge, "Resident memory size in bytes.")
		p.Sample("process_resident_memory_bytes", resident)
	}
}

// residentBytes is what Linux says of this process; other systems have no such file.
func residentBytes() (float64, bool) {
	text, err := os.ReadFile("/proc/self/statm")
	fields := strings.Fields(string(text))
	if err != nil || len(fields) < 2 {
		return 0, false
	}
	pages, err := strconv.ParseUint(fields[1], 10, 64)
	return float64(pages) * float64(os.Getpagesize()), err == nil
}
