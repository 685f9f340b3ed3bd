package emulator

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"gantry/emulator/api"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// longestSocket is how long the path of a Unix socket may be; the systems end
// between 103 and 107 bytes.
const longestSocket = 100

// How long a holder that closes waits for requests: for those that knocked
// already to come in, and for those that are in to be answered.
const (
	lastCall       = 20 * time.Millisecond
	lastAnswers    = 5 * time.Second
	dialPatience   = 2 * time.Second
	headPatience   = 10 * time.Second
	answerPatience = 2 * time.Minute
)

// socketPath is where the holder of the world in dir listens: beside the file,
// or when that path is too long for a socket, in the temporary folder under a
// name that the folder's path gives.
func socketPath(dir string) string {
	if absolute, err := filepath.Abs(dir); err == nil {
		dir = absolute
	}
	path := filepath.Join(dir, "sock")
	if len(path) <= longestSocket {
		return path
	}
	sum := sha256.Sum256([]byte(dir))
	return filepath.Join(os.TempDir(), "gantry-"+hex.EncodeToString(sum[:8])+".sock")
}

// served is a world that other processes can join.
type served struct {
	path   string
	server *http.Server
}

// serve listens on the world's socket. Whoever holds the world's file is the
// only one to do so, so a socket that is there already is a dead one.
func serve(path string, handler http.Handler, log *slog.Logger) (*served, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	if unix, ok := listener.(*net.UnixListener); ok {
		unix.SetUnlinkOnClose(false) // stop does it, before it stops listening
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	s := &served{path: path, server: &http.Server{
		Handler: handler, ReadHeaderTimeout: headPatience, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}}
	go func() {
		if err := s.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("the world's socket failed", "socket", path, "error", err)
		}
	}()
	return s, nil
}

// stop lets nobody in any more, and waits for those who are in.
func (s *served) stop() {
	// First the name goes, so that nobody knocks who would not be let in; those
	// who have done so already are.
	_ = os.Remove(s.path) // gone already is as good
	time.Sleep(lastCall)
	ctx, cancel := context.WithTimeout(context.Background(), lastAnswers)
	defer cancel()
	if s.server.Shutdown(ctx) != nil {
		_ = s.server.Close() // whoever still reads is cut off
	}
}

// answers reports whether whoever listens on the socket answers, be it that the
// world is not ready. One that was stopped, as Ctrl-Z does, listens and says
// nothing.
func answers(ctx context.Context, joined http.RoundTripper) bool {
	ctx, cancel := context.WithTimeout(ctx, dialPatience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://world"+api.PathHealth, nil)
	if err != nil {
		return false
	}
	response, err := joined.RoundTrip(req)
	if err != nil {
		return false
	}
	return response.Body.Close() == nil && (response.StatusCode == http.StatusOK || response.StatusCode == http.StatusServiceUnavailable)
}

// joinedTransport sends requests to the holder. Every request has a connection
// of its own: on an idle one, a request could be lost together with a holder
// that ends, without anybody knowing whether it was read.
func joinedTransport(path string) *http.Transport {
	dialer := &net.Dialer{Timeout: dialPatience}
	return &http.Transport{
		DisableKeepAlives:  true,
		DisableCompression: true,
		// The longest that an answer takes is the digest of a large layer.
		ResponseHeaderTimeout: answerPatience,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, "unix", path)
		},
	}
}

// onSocket is the request without TLS: the socket's file says who may come in.
func onSocket(req *http.Request) *http.Request {
	out := req.Clone(req.Context())
	if out.Host == "" {
		out.Host = out.URL.Host
	}
	out.URL.Scheme = "http"
	return out
}

// neverSent reports whether a request failed before anybody could read it.
func neverSent(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}
