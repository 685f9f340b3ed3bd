package api

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"gantry/emulator/metrics"
)

// The services of the emulator beside AWS's, as requests are counted.
const (
	countedRegistry = "registry"
	countedAdmin    = "gantry"
)

// answered is what is counted of a request.
type answered struct {
	service, operation string
	status             int
	code               string // of the error
}

// asks notes which operation a request is for.
func asks(w http.ResponseWriter, service, operation string) {
	if answer, ok := w.(*stamped); ok {
		answer.service, answer.operation = service, operation
	}
}

// refuses notes the code of the error that a request is answered with.
func refuses(w http.ResponseWriter, code string) {
	if answer, ok := w.(*stamped); ok {
		answer.code = code
	}
}

// count counts a request that was answered.
func (s *Server) count(answer *stamped, r *http.Request, took time.Duration) {
	a := &answer.answered
	if a.service == "" {
		switch {
		case strings.HasPrefix(r.URL.Path, "/_gantry/"):
			a.service, a.operation = countedAdmin, r.Pattern // which the mux has set
		case r.URL.Path == "/v2", strings.HasPrefix(r.URL.Path, "/v2/"):
			a.service, a.operation = countedRegistry, r.Method
		}
	}
	s.cfg.Requests.Of(a.service, a.operation).Done(a.status, a.code, took)
}

// services are ECS, ECR and CloudWatch Logs, by the prefix of the target.
func services() map[string]service {
	return map[string]service{
		targetECS:  {"ECS", ecsOperations()},
		targetECR:  {"ECR", ecrOperations()},
		targetLogs: {"CloudWatch Logs", logsOperations()},
	}
}

// NewRequests counts the requests of the operations that the emulator has.
func NewRequests() *metrics.Requests {
	known := map[string][]string{
		countedRegistry: {http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete},
		countedAdmin:    append(slices.Collect(maps.Keys(new(Server).admin())), snapshotPath),
	}
	for _, s := range services() {
		known[s.name] = slices.Collect(maps.Keys(s.operations))
	}
	for _, f := range aroundFamilies() {
		known[f.name] = slices.Collect(maps.Keys(f.operations))
	}
	return metrics.NewRequests(known)
}
