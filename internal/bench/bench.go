package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// Options say what is measured, and how much of it.
type Options struct {
	Gantry   string // the binary whose emulator is started; "" starts none
	Sync     string // its --sync; "" is the default
	Against  string // another emulator, by the name of its command; "" or "none" starts none
	Endpoint string // an endpoint that answers already

	Instances int           // container instances of the cluster
	Clients   int           // that call at once
	Tasks     int           // of the cluster at first
	Services  int           // likewise
	Many      int           // tasks at which DescribeTasks is measured again; 0 is not at all
	Starts    int           // of a process whose start is measured
	For       time.Duration // how long each operation is measured
	Only      []string      // names of operations; none is all

	Out  io.Writer // what was measured
	Talk io.Writer // what is being done
}

// Full is what the figures in docs/performance.md are measured with.
func Full() Options {
	return Options{Instances: 3500, Clients: 8, Tasks: 1000, Services: 100, Many: 100_000, Starts: 5, For: 4 * time.Second}
}

// Quick is for trying whether everything works.
func Quick() Options {
	return Options{Instances: 200, Clients: 8, Tasks: 200, Services: 20, Many: 2000, Starts: 1, For: time.Second}
}

// run is one run of the benchmark.
type run struct {
	Options
	servers []*server // the first is the one that others are compared with
	gantry  *server   // nil when none was started
	dir     string    // of the world

	measured []measured
	tables   tables
}

// Run measures what the options name and prints it.
func Run(ctx context.Context, o Options) (err error) {
	r := &run{Options: o}
	if r.measured, err = chosen(o.Only); err != nil {
		return err
	}
	if r.dir, err = os.MkdirTemp("", "gantry-bench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.stop(), os.RemoveAll(r.dir)) }()
	if err := r.find(ctx); err != nil {
		return err
	}
	if err := r.begin(ctx); err != nil {
		return err
	}
	for _, s := range r.servers {
		if err := r.populate(s); err != nil {
			return err
		}
	}
	if err := r.again(ctx); err != nil {
		return err
	}
	r.tables.world(r)
	if err := r.measureAll(ctx); err != nil {
		return err
	}
	if r.gantry != nil && r.Many > 0 {
		if err := r.many(ctx); err != nil {
			return err
		}
	}
	return r.tables.write(o.Out)
}

// find makes the servers that can be measured here.
func (r *run) find(ctx context.Context) error {
	if r.Endpoint != "" {
		s, err := running(ctx, "endpoint", r.Endpoint)
		if err != nil {
			return err
		}
		r.servers = append(r.servers, s)
	}
	if r.Gantry != "" {
		binary, err := filepath.Abs(r.Gantry)
		if err != nil {
			return err
		}
		r.gantry = &server{name: "gantry", log: io.Discard, env: append(os.Environ(), "GANTRY_HOME="+r.dir), command: func(address string) []string {
			words := []string{binary, "emulator", "serve", "--listen", address, "--world", "bench"}
			if r.Sync != "" {
				words = append(words, "--sync", r.Sync)
			}
			return words
		}}
		r.servers = append([]*server{r.gantry}, r.servers...)
	}
	if r.Against != "" && r.Against != "none" {
		path, err := exec.LookPath(r.Against)
		if err != nil {
			r.talk("%s is not installed (pip install 'moto[server]' brings moto_server): there will be no ratios", r.Against)
		} else {
			r.servers = append(r.servers, &server{name: r.Against, log: io.Discard, command: func(address string) []string {
				return []string{path, "-p", address[len("127.0.0.1:"):]}
			}})
		}
	}
	if len(r.servers) == 0 {
		return errors.New("there is nothing to measure: name a binary of gantry, another emulator or an endpoint")
	}
	return nil
}

// begin starts the processes. That of gantry is started on a fresh world, again
// and again, to see how long that takes.
func (r *run) begin(ctx context.Context) error {
	for _, s := range r.servers {
		switch {
		case s.command == nil:
		case s == r.gantry:
			if err := r.starts(ctx, "a fresh world", func() error { return os.RemoveAll(r.dir) }); err != nil {
				return err
			}
		default:
			r.talk("starting %s", s.name)
			took, err := s.start(ctx)
			if err != nil {
				return err
			}
			time.Sleep(settled)
			r.tables.start(s, "nothing", []time.Duration{took})
		}
	}
	return nil
}

// again starts gantry on the world that was saved.
func (r *run) again(ctx context.Context) error {
	if r.gantry == nil {
		return nil
	}
	if err := r.gantry.stop(); err != nil {
		return err
	}
	if err := r.starts(ctx, fmt.Sprintf("the saved world: %d instances, %d tasks", r.Instances, r.Tasks+r.Services), nil); err != nil {
		return err
	}
	return nil
}

// settled is how long a process is left alone before its memory is looked at.
const settled = time.Second

// starts starts gantry some times, with something done before each, and leaves
// the last one running.
func (r *run) starts(ctx context.Context, what string, before func() error) error {
	r.talk("starting gantry on %s", what)
	var took []time.Duration
	for i := range max(r.Starts, 1) {
		if i > 0 {
			if err := r.gantry.stop(); err != nil {
				return err
			}
		}
		if before != nil {
			if err := before(); err != nil {
				return err
			}
		}
		d, err := r.gantry.start(ctx)
		if err != nil {
			return err
		}
		took = append(took, d)
	}
	time.Sleep(settled)
	r.tables.start(r.gantry, what, took)
	return nil
}

func (r *run) stop() error {
	var failed error
	for _, s := range r.servers {
		failed = errors.Join(failed, s.stop())
	}
	return failed
}

func (r *run) talk(format string, arguments ...any) {
	_, _ = fmt.Fprintf(r.Talk, format+"\n", arguments...) // talk is not worth failing for
}
