package simulate_test

import (
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Which generated worlds a run of the tests checks: at least 2,000 every time,
// more with -seeds N or GANTRY_SEEDS=N, from -start N on. GANTRY_SEED=N replays
// one, GANTRY_KEEP some of its history: see keep. With -all a run does not end at
// the first world that breaks a law: it tells the seed of each.
var (
	seedsFlag = flag.Uint64("seeds", usual, "worlds to generate")
	startFlag = flag.Uint64("start", 1, "seed of the first")
	allFlag   = flag.Bool("all", false, "go on after a broken law, and tell every seed that breaks one")
)

const (
	envSeeds = "GANTRY_SEEDS"
	envSeed  = "GANTRY_SEED"
	envKeep  = "GANTRY_KEEP"
)

// seeds are the worlds of one run.
type seeds struct {
	first, count uint64
	told         bool // somebody asked for so many and wants to see how it goes
}

func seedsToRun(t *testing.T) seeds {
	t.Helper()
	read := func(name string) (uint64, bool) {
		text, ok := os.LookupEnv(name)
		if !ok {
			return 0, false
		}
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return n, true
	}
	if seed, ok := read(envSeed); ok {
		return seeds{seed, 1, false}
	}
	n, told := read(envSeeds)
	if !told {
		n = *seedsFlag
		flag.Visit(func(f *flag.Flag) { told = told || f.Name == "seeds" })
	}
	if n == 0 {
		t.Fatal("0 worlds prove nothing: ask for 1 or more with -seeds N or " + envSeeds + "=N (make simulate SEEDS=N)")
	}
	return seeds{*startFlag, n, told}
}

// usual is how many worlds every run of the tests checks.
const usual = 2000

// TestLaws plays generated worlds and checks the laws of the engine after every
// moment in which something happened. Each world is played twice: event by
// event, and again in large strides with a save and a load on the way. Both have
// to leave the same trace and the same state.
//
// A world may cost 8 ms of one core (2,000 of them 8 s of two). Whoever makes
// worlds richer keeps to that: by a share of the worlds for the feature, by laws
// that look only at what changed, or by shorter histories.
func TestLaws(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(1000)) // many small worlds, little to keep
	all := seedsToRun(t)
	runner := &runner{seeds: all, began: time.Now(), accepted: map[string]int{}}
	if text, ok := os.LookupEnv(envKeep); ok {
		kept, err := keep(newPlayed(all.first), text)
		if err != nil {
			t.Fatalf("%s: %v", envKeep, err)
		}
		runner.kept = kept
	}
	if *allFlag {
		runner.each = os.Stdout
	}
	done := make(chan struct{})
	if all.told {
		go runner.tellEvery(os.Stdout, 3*time.Second, done)
	}
	runner.run(runtime.GOMAXPROCS(0))
	close(done)
	runner.tell(logWriter{t})
	if p := runner.failed; p != nil {
		broken := p.check()
		if broken == nil {
			t.Fatalf("seed %d: %v, but not when it is played once more: something is not decided by the seed", p.seed, runner.broken)
		}
		t.Errorf("seed %d: %v\nreplay: %s\n", p.seed, broken, replay(p, false))
		if runner.kept == nil {
			p, broken = shrink(p, broken, time.Now().Add(time.Minute))
		}
		t.Errorf("%s", story(p, broken))
		return
	}
	if all.count >= usual && !raceDetector { // its worlds are shorter
		everyVerbWorks(t, runner.accepted)
	}
}

type logWriter struct{ t *testing.T }

func (w logWriter) Write(p []byte) (int, error) {
	w.t.Log(string(p[:len(p)-1]))
	return len(p), nil
}

// everyVerbWorks: a verb that is refused in every world tests nothing.
func everyVerbWorks(t *testing.T, accepted map[string]int) {
	for _, f := range features() {
		for _, v := range f.verbs {
			if n := accepted[v.name]; n == 0 {
				t.Errorf("the verb %s of %s was never accepted", v.name, f.name)
			} else {
				t.Logf("%-20s accepted %6d times", v.name, n)
			}
		}
	}
}

// runner plays the worlds of many seeds, some at a time.
type runner struct {
	seeds
	kept  *played // what to play instead of whole worlds
	began time.Time
	each  io.Writer // where every broken law is told, when the first one is not the end

	mutex    sync.Mutex
	next     uint64 // seeds that were begun
	played   uint64 // and ended
	moments  int
	accepted map[string]int
	failed   *played // the first to break a law
	broken   *brokenLaw
}

func (r *runner) run(workers int) {
	var wait sync.WaitGroup
	for range workers {
		wait.Go(func() {
			for p := r.begin(); p != nil; p = r.begin() {
				r.end(p, p.check())
			}
		})
	}
	wait.Wait()
}

// begin is the next world to play, nil when it is enough.
func (r *runner) begin() *played {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.failed != nil && r.each == nil || r.next >= r.count {
		return nil
	}
	r.next++
	if r.kept != nil {
		return r.kept
	}
	return newPlayed(r.first + r.next - 1)
}

func (r *runner) end(p *played, broken *brokenLaw) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.played++
	r.moments += p.moments
	for name, n := range p.accepted {
		r.accepted[name] += n
	}
	if broken != nil && r.each != nil {
		first, _, _ := strings.Cut(broken.text, "\n")
		fmt.Fprintf(r.each, "seed %d: %s\n", p.seed, first)
	}
	if broken != nil && (r.failed == nil || p.seed < r.failed.seed) {
		r.failed, r.broken = p, broken
	}
}

// tell says how far it is.
func (r *runner) tell(out io.Writer) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	spent := time.Since(r.began)
	rate := float64(r.played) / spent.Seconds()
	left := ""
	if r.played > 0 && r.played < r.count && (r.failed == nil || r.each != nil) {
		left = fmt.Sprintf(", %s to go", time.Duration(float64(r.count-r.played)/rate*float64(time.Second)).Round(time.Second))
	}
	fmt.Fprintf(out, "%8s  %d of %d worlds from seed %d, %d moments, %.0f seeds/s%s\n",
		spent.Round(100*time.Millisecond), r.played, r.count, r.first, r.moments, rate, left)
}

func (r *runner) tellEvery(out io.Writer, often time.Duration, done <-chan struct{}) {
	tick := time.NewTicker(often)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			r.tell(out)
		case <-done:
			return
		}
	}
}
