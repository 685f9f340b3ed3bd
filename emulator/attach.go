package emulator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"os"
	"sync"
	"syscall"
	"time"

	"gantry/emulator/api"
	"gantry/emulator/store"
	"gantry/internal/hint"
)

// How long it may take until a world is held or joined, and how often that is
// tried: a holder that ends saves the world first.
const (
	attachPatience = 15 * time.Second
	attachPause    = 15 * time.Millisecond
)

// Attachment is this process's way into a world: it holds the world, or it
// asks the process that does. All of its methods may be called at once.
type Attachment struct {
	opts Options
	sock string

	mu     sync.Mutex
	world  *World // nil while another process holds it
	served *served
	closed bool
	flight sync.WaitGroup // requests that run in this process

	joined  *http.Transport
	lasting lasting
}

// Attach holds the world, or joins the process that holds it.
func Attach(ctx context.Context, opts Options) (*Attachment, error) {
	opts, err := opts.settled()
	if err != nil {
		return nil, err
	}
	a := &Attachment{opts: opts, lasting: newLasting()}
	if !opts.Ephemeral {
		dir, err := opts.folder()
		if err != nil {
			return nil, err
		}
		a.sock = socketPath(dir)
	}
	a.joined = joinedTransport(a.sock)
	if err := a.attach(ctx); err != nil {
		return nil, err
	}
	return a, nil
}

// attach tries in turn to hold the world and to reach the one who does.
func (a *Attachment) attach(ctx context.Context) error {
	deadline := time.NewTimer(attachPatience)
	defer deadline.Stop()
	for {
		held, err := a.hold()
		if held || err != nil {
			return err
		}
		if answers(ctx, a.joined) {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-deadline.C:
			err := fmt.Errorf("world %s is held by a process that does not answer on %s", a.opts.World, a.sock)
			return hint.As(hint.Stale, hint.With(err, "end the process that holds the world, or let it go on if it was stopped; or use another world with --world"))
		case <-time.After(attachPause):
		}
	}
}

// hold takes the world if nobody has it. It reports whether this process holds
// it now.
func (a *Attachment) hold() (bool, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return false, errClosed()
	}
	if a.world != nil {
		return true, nil
	}
	world, err := New(a.opts)
	switch {
	case errors.Is(err, store.ErrHeld):
		return false, nil
	case err != nil:
		return false, err
	}
	a.world = world
	if a.sock != "" {
		if a.served, err = serve(a.sock, a.lasting.handler(world), a.opts.Log); err != nil {
			// The world works for this process; others cannot join it.
			a.opts.Log.Warn("the world cannot be shared with other processes", "socket", a.sock, "error", err)
		}
	}
	return true, nil
}

func errClosed() error { return errors.New("the attachment to the world was closed") }

// Holds reports whether this process holds the world now.
func (a *Attachment) Holds() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.world != nil
}

// enter is the handler of the world when this process holds it. leave must be
// called when the request is done.
func (a *Attachment) enter() (handler http.Handler, leave func(), err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return nil, nil, errClosed()
	}
	if a.world == nil {
		return nil, func() {}, nil
	}
	a.flight.Add(1)
	return a.lasting.handler(a.world), a.flight.Done, nil
}

// RoundTripper sends the requests of a client into the world, whatever host
// they are for.
func (a *Attachment) RoundTripper() http.RoundTripper { return transport{a} }

type transport struct{ a *Attachment }

// RoundTrip sends one request. When the holder is gone before it could read
// the request, the world is attached to again, and the request is sent again.
func (t transport) RoundTrip(req *http.Request) (*http.Response, error) {
	body := &unsent{ReadCloser: req.Body}
	if req.Body == nil {
		body.ReadCloser = http.NoBody
	}
	defer body.finish()
	for {
		out := req.Clone(req.Context())
		out.Body = body
		if req.Body == nil {
			out.Body = nil
		}
		if host := t.a.opts.RegistryHost; host != "" && out.Header.Get(api.RegistryHostHeader) == "" {
			out.Header.Set(api.RegistryHostHeader, host)
		}
		response, err := t.once(out, body)
		if err == nil || !neverSent(err) || body.touched() {
			return response, err
		}
		if err := t.a.attach(req.Context()); err != nil {
			return nil, err
		}
	}
}

func (t transport) once(req *http.Request, body *unsent) (*http.Response, error) {
	handler, leave, err := t.a.enter()
	if err != nil {
		return nil, err
	}
	if handler == nil {
		if req.Body != nil {
			body.hand()
		}
		response, err := t.a.joined.RoundTrip(onSocket(req))
		if response != nil {
			response.Request = req
		}
		return unlessReset(response, err)
	}
	body.lend()
	return unlessReset(inMemory(handler, req, &t.a.opts, func() { leave(); body.giveBack() }))
}

// unlessReset is an answer, unless it stands for a connection that a fault cut off.
func unlessReset(response *http.Response, err error) (*http.Response, error) {
	if err != nil || !api.IsReset(response.Header) {
		return response, err
	}
	_ = response.Body.Close() // it is empty
	return nil, &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
}

// Handler answers requests that come from elsewhere, such as over TCP, by
// holding or by passing them on. Scripts in browsers are turned away.
func (a *Attachment) Handler() http.Handler {
	proxy := &httputil.ReverseProxy{
		Transport:     transport{a},
		FlushInterval: -1,
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if errors.Is(err, syscall.ECONNRESET) {
				api.Cut(w, r)
				return
			}
			a.opts.Log.Warn("a request could not be passed on", "path", r.URL.Path, "error", err)
			w.WriteHeader(http.StatusBadGateway)
		},
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = "http", r.In.Host
			r.Out.Host = r.In.Host
			r.SetXForwarded() // whether it came over TLS
		},
	}
	return guarded(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler, leave, err := a.enter()
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		defer leave()
		if handler == nil {
			a.lasting.handler(proxy).ServeHTTP(w, r)
			return
		}
		if a.opts.RegistryHost != "" {
			r = r.Clone(r.Context())
			r.Header.Set(api.RegistryHostHeader, a.opts.RegistryHost)
		}
		handler.ServeHTTP(w, r)
	}))
}

// EndSessions ends the answers that go on for as long as their clients listen,
// now and from now on. Close does so, too; who serves the world to others does it
// first, or would wait for them in vain.
func (a *Attachment) EndSessions() { a.lasting.end() }

// Close ends the attachment. The world is saved when this process holds it,
// and the next request of another process that joined takes it over.
func (a *Attachment) Close() error {
	a.mu.Lock()
	if a.closed {
		a.mu.Unlock()
		return nil
	}
	a.closed = true
	world, served := a.world, a.served
	a.mu.Unlock()
	a.EndSessions()
	a.joined.CloseIdleConnections()
	if world == nil {
		return nil
	}
	if served != nil {
		served.stop()
	}
	a.wait()
	return world.Close()
}

// wait gives the requests of this process time to be answered. One whose
// client neither reads nor closes the answer is not waited for.
func (a *Attachment) wait() {
	answered := make(chan struct{})
	go func() {
		a.flight.Wait()
		close(answered)
	}()
	select {
	case <-answered:
	case <-time.After(lastAnswers):
	}
}

// unsent is a request's body that a transport may not close, so that the
// request can be sent again, and that knows whether anything was read.
type unsent struct {
	io.ReadCloser
	mu     sync.Mutex
	read   bool
	lent   bool // to a handler, which is done with it later
	handed bool // to a transport, which may look at it until it closes it
	done   bool // nobody sends the request again
}

func (b *unsent) Read(p []byte) (int, error) {
	b.mu.Lock()
	b.read = true
	b.mu.Unlock()
	return b.ReadCloser.Read(p)
}

func (b *unsent) Close() error {
	b.mu.Lock()
	last := b.handed && b.done
	b.handed = false
	b.mu.Unlock()
	if last {
		b.giveBack()
	}
	return nil
}

func (b *unsent) hand() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.handed = true
}

func (b *unsent) touched() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.read
}

func (b *unsent) lend() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lent = true
}

func (b *unsent) giveBack() { _ = b.ReadCloser.Close() } // it was read to its end, or nobody wants the rest

// finish closes the body unless a handler or a transport still has it. A
// transport that found it closed would cut off the answer, which may have begun.
func (b *unsent) finish() {
	b.mu.Lock()
	had := b.lent || b.handed
	b.done = true
	b.mu.Unlock()
	if !had {
		b.giveBack()
	}
}
