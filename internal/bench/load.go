package bench

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// stream gives a client its next request; nil ends the load.
type stream func(client int) []byte

// inTurn gives each request to one client, once.
func inTurn(requests [][]byte) stream {
	var given atomic.Int64
	return func(int) []byte {
		if n := int(given.Add(1)) - 1; n < len(requests) {
			return requests[n]
		}
		return nil
	}
}

// overAndOver gives the requests to everybody, again and again.
func overAndOver(requests [][]byte) stream {
	var given atomic.Int64
	return func(int) []byte { return requests[int(given.Add(1))%len(requests)] }
}

// sample is what was seen of a load.
type sample struct {
	calls     int
	took      time.Duration
	cpu       time.Duration // of the server
	cpuKnown  bool
	latencies []time.Duration // sorted
}

// load calls from so many clients, each of which waits for its answer, until the
// time is over or the requests are. Every answer must be a success.
func (s *server) load(next stream, clients int, most time.Duration) (sample, error) {
	seen := make([][]time.Duration, clients)
	failed := make([]error, clients)
	var over atomic.Bool
	var all sync.WaitGroup
	before, _ := s.cpu()
	began := time.Now()
	for c := range clients {
		all.Go(func() {
			seen[c], failed[c] = s.client(func() []byte { return next(c) }, began.Add(most), &over)
		})
	}
	all.Wait()
	out := sample{took: time.Since(began)}
	after, known := s.cpu()
	out.cpu, out.cpuKnown = after-before, known
	out.latencies = slices.Concat(seen...)
	out.calls = len(out.latencies)
	slices.Sort(out.latencies)
	return out, errors.Join(failed...)
}

// client is one client's part of a load. One that fails ends all.
func (s *server) client(next func() []byte, end time.Time, over *atomic.Bool) (seen []time.Duration, err error) {
	c := newConn(s.url)
	defer c.close()
	defer func() {
		if err != nil {
			over.Store(true)
		}
	}()
	seen = make([]time.Duration, 0, 1<<14)
	began := time.Now()
	for !over.Load() && began.Before(end) {
		request := next()
		if request == nil {
			return seen, nil
		}
		status, err := c.do(request, nil)
		if err != nil {
			return seen, err
		}
		now := time.Now()
		seen = append(seen, now.Sub(began))
		began = now
		if status/100 != 2 {
			var body bytes.Buffer
			_, _ = c.do(request, &body) // the same again tells why, most likely
			return seen, fmt.Errorf("a call was refused: %d; once more: %.400s", status, body.String())
		}
	}
	return seen, nil
}

// and is both samples as one.
func (a sample) and(b sample) sample {
	out := sample{calls: a.calls + b.calls, took: a.took + b.took, cpu: a.cpu + b.cpu, cpuKnown: b.cpuKnown,
		latencies: slices.Concat(a.latencies, b.latencies)}
	slices.Sort(out.latencies)
	return out
}

// rate is the calls each second.
func (a sample) rate() float64 { return float64(a.calls) / a.took.Seconds() }

// cpuEach is the server's processor time for one call, in milliseconds.
func (a sample) cpuEach() float64 { return a.cpu.Seconds() * 1000 / float64(max(a.calls, 1)) }

// quantile is the latency that a share of the calls did not exceed.
func (a sample) quantile(share float64) time.Duration {
	if len(a.latencies) == 0 {
		return 0
	}
	return a.latencies[min(int(share*float64(len(a.latencies))), len(a.latencies)-1)]
}
