package emulator

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"strconv"
	"sync"

	"gantry/internal/hint"
)

// inMemory lets a handler of this process answer a request. The answer streams:
// it is returned when the handler begins to write it. done is called when the
// handler has returned.
func inMemory(handler http.Handler, req *http.Request, opts *Options, done func()) (*http.Response, error) {
	in := req.Clone(req.Context())
	in.RequestURI = in.URL.RequestURI()
	in.RemoteAddr = "memory"
	if in.Body == nil {
		in.Body = http.NoBody
	}
	if in.Host == "" {
		in.Host = in.URL.Host
	}
	reader, writer := io.Pipe()
	w := &answer{header: http.Header{}, body: writer, begun: make(chan struct{})}
	// A client that gives up may leave an answer half read.
	abandoned := context.AfterFunc(req.Context(), func() {
		_ = reader.CloseWithError(req.Context().Err()) // it always succeeds
	})
	go func() {
		defer done()
		defer abandoned()
		defer func() {
			if p := recover(); p != nil {
				opts.Log.Error("a request ended in a panic", "path", req.URL.Path, "panic", p, "stack", string(debug.Stack()))
				w.fail(failure("answer "+req.URL.Path, opts.World, p))
				return
			}
			w.end()
		}()
		handler.ServeHTTP(w, in)
	}()
	select {
	case <-w.begun:
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
	if w.failure != nil {
		return nil, w.failure
	}
	response := &http.Response{
		Status: strconv.Itoa(w.status) + " " + http.StatusText(w.status), StatusCode: w.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.sent, Body: reader, Request: req, ContentLength: -1,
	}
	if length, err := strconv.ParseInt(w.sent.Get("Content-Length"), 10, 64); err == nil {
		response.ContentLength = length
	}
	if req.Method == http.MethodHead {
		_ = reader.Close() // what a handler writes to a HEAD goes nowhere
		response.Body = http.NoBody
	}
	return response, nil
}

// failure is the error about a panic in a world, whose stack the log has.
func failure(doing, world string, p any) error {
	return hint.With(fmt.Errorf("%s: the emulator failed: %v", doing, p),
		"what happened stands in "+logName+" of the world's folder; a fresh world begins with: gantry --local --world "+world+" emulator reset")
}

// answer is the http.ResponseWriter of a request in memory.
type answer struct {
	header http.Header
	body   *io.PipeWriter

	once    sync.Once
	begun   chan struct{}
	status  int
	sent    http.Header // as it was when the answer began
	failure error
}

func (w *answer) Header() http.Header { return w.header }

func (w *answer) WriteHeader(status int) {
	if status < http.StatusOK && status != http.StatusSwitchingProtocols {
		return // informational: nobody waits for it
	}
	w.once.Do(func() {
		w.status, w.sent = status, w.header.Clone()
		close(w.begun)
	})
}

func (w *answer) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}

// Flush does nothing: what is written is read at once.
func (w *answer) Flush() {}

func (w *answer) end() {
	w.WriteHeader(http.StatusOK)
	_ = w.body.Close() // it always succeeds
}

func (w *answer) fail(err error) {
	w.once.Do(func() {
		w.failure = err
		close(w.begun)
	})
	_ = w.body.CloseWithError(err) // it always succeeds
}
