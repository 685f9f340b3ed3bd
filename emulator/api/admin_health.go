package api

import (
	"net/http"

	"gantry/ecs"
	"gantry/emulator/metrics"
)

// unready is why a world takes no work at present.
type unready struct{ err error }

func (e *unready) Error() string { return "The world is not ready: " + e.err.Error() + "." }

// PathHealth is where a world says whether it takes work, to everybody.
const PathHealth = "/_gantry/health"

// health says whether the world takes work: it is open, it goes on and it can be
// written. A cluster that stands still keeps the others from nothing, so it is
// named, and no reason not to begin.
func (s *Server) health(*http.Request) (any, error) {
	failed, err := s.cfg.Admin.Health()
	if err != nil {
		return nil, &unready{err}
	}
	var answer struct {
		Status         string    `json:"status"`
		FailedClusters []ecs.ARN `json:"failedClusters,omitempty"`
	}
	answer.Status, answer.FailedClusters = "ok", failed
	return answer, nil
}

// document is an answer that is no JSON.
type document struct {
	kind string
	body []byte
}

func (s *Server) metrics(*http.Request) (any, error) {
	page, err := s.cfg.Admin.Metrics()
	return document{metrics.ContentType, page}, err
}
