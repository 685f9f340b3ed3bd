package api

import (
	"net/http"
)

// snapshotPath is the one admin route whose answer is a stream.
const snapshotPath = "GET /_gantry/snapshot"

// snapshot answers with the whole world in one file. When that fails half way
// there is no status to say so any more: the answer is broken off.
func (s *Server) snapshot(w http.ResponseWriter, r *http.Request) {
	out := &begun{ResponseWriter: w}
	_, err := s.run(r, r.URL.Path, func() (any, error) { return nil, s.cfg.Admin.Snapshot(r.Context(), out) })
	switch {
	case err == nil:
	case out.yes:
		if r.Context().Err() == nil {
			s.log.Error("a snapshot broke off", "error", err)
		}
		panic(http.ErrAbortHandler)
	default:
		s.writeError(w, r.URL.Path, err)
	}
}

// begun knows whether an answer was begun.
type begun struct {
	http.ResponseWriter
	yes bool
}

func (b *begun) Write(p []byte) (int, error) {
	if !b.yes {
		b.yes = true
		b.Header().Set("Content-Type", "application/gzip")
		b.Header().Set("Content-Disposition", `attachment; filename="world.tar.gz"`)
	}
	return b.ResponseWriter.Write(p)
}

// restore makes the world what the file in the request has.
func (s *Server) restore(r *http.Request) (any, error) {
	now, speed, err := s.cfg.Admin.Restore(r.Body)
	if err != nil {
		return nil, err
	}
	answer := newClockAnswer(speed)
	answer.Now = now
	return answer, nil
}
