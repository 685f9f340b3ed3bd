package image

import (
	"io"
	"sync"
)

// State is how far one layer is.
type State string

// The states of a layer. A layer starts waiting and ends pushed or existing.
const (
	Waiting State = "waiting"
	Pushing State = "pushing"
	Pushed  State = "pushed"
	Exists  State = "exists" // the registry had it: nothing was sent
)

// Progress is how far one layer is on its way. Sent can go back to 0: a layer
// whose sending failed in the middle is sent again from its start.
type Progress struct {
	Digest string
	Size   int64
	Sent   int64
	State  State
}

// progressStep is how many bytes are sent between two reports of one layer.
const progressStep = 256 << 10

// reporter passes progress on, one call at a time, whichever layer it is of.
type reporter struct {
	lock sync.Mutex
	to   func(Progress)
}

func (r *reporter) report(p Progress) {
	if r.to == nil {
		return
	}
	r.lock.Lock()
	defer r.lock.Unlock()
	r.to(p)
}

// sentLayer is a layer that reports being read. The registry client asks first
// whether the layer is there and opens it only if it is not, so a layer that was
// never opened was skipped.
type sentLayer struct {
	blob
	reporter *reporter

	lock   sync.Mutex
	opened bool
}

func (s *sentLayer) Compressed() (io.ReadCloser, error) {
	s.lock.Lock()
	s.opened = true
	s.lock.Unlock()
	content, err := s.blob.Compressed()
	if err != nil {
		return nil, err
	}
	reading := &sentReader{ReadCloser: content, layer: s}
	s.report(Pushing, 0)
	return reading, nil
}

func (s *sentLayer) wasSent() bool {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.opened
}

// done reports the end of a layer.
func (s *sentLayer) done() {
	if s.wasSent() {
		s.report(Pushed, s.size)
		return
	}
	s.report(Exists, 0)
}

func (s *sentLayer) report(state State, sent int64) {
	if s.config {
		return // nobody calls a config a layer
	}
	s.reporter.report(Progress{Digest: s.digest.String(), Size: s.size, Sent: sent, State: state})
}

type sentReader struct {
	io.ReadCloser
	layer          *sentLayer
	sent, reported int64
}

func (s *sentReader) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	s.sent += int64(n)
	if s.sent-s.reported >= progressStep || (s.sent == s.layer.size && s.sent > s.reported) {
		s.reported = s.sent
		s.layer.report(Pushing, s.sent)
	}
	return n, err
}
