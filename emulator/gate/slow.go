package gate

import (
	"errors"
	"io"
	"net/http"
	"os"
	"time"
)

// patient gives the reads of a request's body and the writes of its answer
// deadlines, each as it begins: a client that goes on is never cut off, however
// long it takes, and a handler may wait for its world as long as it likes.
func (l Limits) patient(w http.ResponseWriter, r *http.Request) (_ http.ResponseWriter, _ *http.Request, finish func()) {
	control := http.NewResponseController(w)
	out := &slowWriter{ResponseWriter: w, control: control, stall: l.Stall}
	out.hurry() // the server may write before the handler does: 100 Continue
	if r.Body == nil || r.Body == http.NoBody {
		return out, r, out.last
	}
	in := &slowBody{ReadCloser: r.Body, control: control, limits: l, began: time.Now()}
	in.hurry()
	r = r.WithContext(r.Context()) // a copy: the server itself looks at what kind of body it gave
	r.Body = in
	return out, r, func() {
		out.last()
		in.finish()
	}
}

// slowBody is the body of a request from a client that may be slow.
type slowBody struct {
	io.ReadCloser
	control *http.ResponseController
	limits  Limits
	began   time.Time
	read    int64
	ended   bool
}

// hurry sets when the next bytes must have come: a stall from now, and when
// the body as a whole has kept to the rate.
func (b *slowBody) hurry() {
	next := time.Now().Add(b.limits.Stall)
	if whole := b.began.Add(b.limits.Stall + time.Duration(b.read/b.limits.Rate)*time.Second); whole.Before(next) {
		next = whole
	}
	_ = b.control.SetReadDeadline(next) // what has no deadlines is no connection
}

func (b *slowBody) Read(p []byte) (int, error) {
	if !b.ended {
		b.hurry()
	}
	n, err := b.ReadCloser.Read(p)
	b.read += int64(n)
	if err != nil && !b.ended {
		b.ended = true
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			// The server goes on reading, to see the client go; that has all time.
			_ = b.control.SetReadDeadline(time.Time{})
		}
	}
	return n, err
}

// finish gives the rest of a body that nobody read its time: the server reads
// some of it before the next request.
func (b *slowBody) finish() {
	if !b.ended {
		b.hurry()
	}
}

// slowWriter writes to a client that may be slow.
type slowWriter struct {
	http.ResponseWriter
	control *http.ResponseController
	stall   time.Duration
}

// atOnce is how much is written under one deadline.
const atOnce = 64 << 10

func (w *slowWriter) hurry() {
	_ = w.control.SetWriteDeadline(time.Now().Add(w.stall)) // what has no deadlines is no connection
}

// last is for what the server writes of its own when the handler is done, which it
// does when it has waited for the rest of a body.
func (w *slowWriter) last() { _ = w.control.SetWriteDeadline(time.Now().Add(2 * w.stall)) }

// rest takes the deadline away: a stream may have nothing to say for long, and in
// HTTP/2 a deadline ends a stream also between two writes.
func (w *slowWriter) rest() { _ = w.control.SetWriteDeadline(time.Time{}) }

func (w *slowWriter) Write(p []byte) (written int, err error) {
	defer w.rest()
	for {
		w.hurry()
		n, err := w.ResponseWriter.Write(p[:min(len(p), atOnce)])
		written += n
		p = p[n:]
		if err != nil || len(p) == 0 {
			return written, err
		}
	}
}

// FlushError sends what was written.
func (w *slowWriter) FlushError() error {
	defer w.rest()
	w.hurry()
	return w.control.Flush()
}

// Flush is FlushError for those who do not ask.
func (w *slowWriter) Flush() { _ = w.FlushError() } // the next write says the same

// Unwrap lets http.ResponseController find what it needs.
func (w *slowWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
