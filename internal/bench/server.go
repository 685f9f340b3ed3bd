package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"time"
)

// server is an endpoint that is measured.
type server struct {
	name string
	url  *url.URL
	mode string // when it brings changes to the disk
	own  *conn  // for calls outside of measurements
	pid  int    // 0 when it is not known

	command func(address string) []string // that starts it; nil when it runs anyway
	env     []string
	process *exec.Cmd
	log     io.Writer

	cluster string // that was made for the run
	made    int    // services, by createService
}

// running is a server that somebody else started.
func running(ctx context.Context, name, endpoint string) (*server, error) {
	to, err := url.Parse(endpoint)
	if err != nil || to.Host == "" {
		return nil, fmt.Errorf("the endpoint %q is no URL such as http://127.0.0.1:4599", endpoint)
	}
	if to.Path == "" {
		to.Path = "/"
	}
	s := &server{name: name, url: to, own: newConn(to)}
	s.mode = s.syncs(ctx)
	return s, nil
}

// longestStart is how long a server may take until it answers.
const longestStart = time.Minute

// start starts the server's process on a free port, and tells how long it took
// from there to its first answer.
func (s *server) start(ctx context.Context) (time.Duration, error) {
	address, err := freeAddress()
	if err != nil {
		return 0, err
	}
	s.url = &url.URL{Scheme: "http", Host: address, Path: "/"}
	s.own = newConn(s.url)
	words := s.command(address)
	s.process = exec.CommandContext(ctx, words[0], words[1:]...) //nolint:gosec // it is the caller's choice what is measured
	s.process.Env = s.env
	s.process.Stdout, s.process.Stderr = s.log, s.log
	s.process.Cancel = func() error { return s.process.Process.Signal(os.Interrupt) }
	s.process.WaitDelay = longestStart
	began := time.Now()
	if err := s.process.Start(); err != nil {
		return 0, fmt.Errorf("start %s: %w", s.name, err)
	}
	s.pid = s.process.Process.Pid
	for !s.healthy(ctx) {
		if time.Since(began) > longestStart || ctx.Err() != nil {
			return 0, errors.Join(fmt.Errorf("%s does not answer %s after its start", s.name, longestStart), s.stop())
		}
		time.Sleep(time.Millisecond)
	}
	took := time.Since(began)
	s.mode = s.syncs(ctx)
	return took, nil
}

// stop ends the process that start began, as Ctrl-C does, and waits for it.
func (s *server) stop() error {
	if s.own != nil {
		s.own.close()
	}
	if s.process == nil {
		return nil
	}
	defer func() { s.process, s.pid = nil, 0 }()
	if err := s.process.Process.Signal(os.Interrupt); err != nil {
		_ = s.process.Process.Kill()
	}
	err := s.process.Wait()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return nil // an interrupt is no success in everybody's eyes
	}
	return err
}

// freeAddress is a port of this machine that nobody listens on.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// healthPath is where the emulator says that it is ready. Of a server that has
// no such path any answer will do.
const healthPath = "/_gantry/health"

func (s *server) healthy(ctx context.Context) bool {
	_, err := s.get(ctx, healthPath)
	return err == nil
}

func (s *server) get(ctx context.Context, path string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, longestStart)
	defer cancel()
	to := *s.url
	to.Path = path
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, to.String(), nil)
	if err != nil {
		return nil, err
	}
	r.Close = true
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	return io.ReadAll(response.Body)
}
