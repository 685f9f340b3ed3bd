package gate

import (
	"log/slog"
	"net/http"
	"time"

	"gantry/ecs"
	"gantry/emulator/api"
)

// Limits bound what a client may take of a server. The zero value of each is
// what suits real clients.
type Limits struct {
	// Head is how long a request's head may take to arrive.
	Head time.Duration
	// Stall is how long a client may send nothing of a body, or take nothing of
	// an answer, while it is waited for.
	Stall time.Duration
	// Rate is how many bytes of a body a client sends each second at least, past
	// the first Stall.
	Rate int64
	// Idle is how long a connection is kept that nothing is asked on.
	Idle time.Duration
	// HeaderBytes bounds the head of a request.
	HeaderBytes int
}

// The usual limits. A layer that comes over a slow line still comes; one byte
// now and then does not hold a connection.
const (
	usualHead        = 10 * time.Second
	usualStall       = 30 * time.Second
	usualRate        = 1 << 10
	usualIdle        = 2 * time.Minute
	usualHeaderBytes = 64 << 10
)

func (l Limits) settled() Limits {
	if l.Head == 0 {
		l.Head = usualHead
	}
	if l.Stall == 0 {
		l.Stall = usualStall
	}
	if l.Rate == 0 {
		l.Rate = usualRate
	}
	if l.Idle == 0 {
		l.Idle = usualIdle
	}
	if l.HeaderBytes == 0 {
		l.HeaderBytes = usualHeaderBytes
	}
	return l
}

// hardest is how many times the limit a head is read at all: up to there the
// refusal is AWS's, past it that of HTTP.
const hardest = 4

// NewServer is a server for a port, which lets no client hold it up. What clients
// do wrong in HTTP and TLS is no more than a debug message.
func NewServer(handler http.Handler, limits Limits, log *slog.Logger) *http.Server {
	limits = limits.settled()
	return &http.Server{
		Handler:           limits.guard(handler),
		ReadHeaderTimeout: limits.Head,
		IdleTimeout:       limits.Idle,
		MaxHeaderBytes:    hardest * limits.HeaderBytes,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		HTTP2:             &http.HTTP2Config{WriteByteTimeout: limits.Stall, SendPingTimeout: limits.Idle, PingTimeout: limits.Stall},
	}
}

// guard keeps to the limits while a handler answers.
func (l Limits) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w, r, finish := l.patient(w, r)
		defer finish()
		if n := headBytes(r); n > l.HeaderBytes {
			w.Header().Set("Connection", "close")
			api.Refuse(w, r, &ecs.Error{Code: api.CodeHeadersTooLarge, Message: "The headers of the request are longer than the emulator reads."})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// headBytes is about how long the head of a request is.
func headBytes(r *http.Request) int {
	n := len(r.Method) + len(r.RequestURI) + len(r.Host)
	for name, values := range r.Header {
		for _, v := range values {
			n += len(name) + len(v) + len(": \r\n")
		}
	}
	return n
}
