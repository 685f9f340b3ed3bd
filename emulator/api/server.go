package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"gantry/ecs"
	"gantry/emulator/metrics"
	"gantry/emulator/pass"
	"gantry/emulator/registry"
	"gantry/emulator/store"
)

// NowHeader is on every answer: the world's time, in RFC 3339.
const NowHeader = "X-Gantry-Now"

// RegistryHostHeader is on a request that came in through a process with a
// registry host of its own (emulator serve --registry-host): repositories are
// then named by that host.
const RegistryHostHeader = "X-Gantry-Registry-Host"

// SealHeader is on a request that came through a gate which asks for signatures:
// what temporary credentials and passwords of the registry are made with, so that
// the gate knows them again. Nobody else can put it there.
const SealHeader = "X-Gantry-Seal"

// What passes of the gate are for: the registry, and a layer by its path, in the
// parameter of a URL.
const (
	PermitRegistry  = "registry"
	PermitParameter = "X-Gantry-Permit"
)

// sealOf is the key of the gate that a request came through.
func sealOf(r *http.Request) (pass.Key, bool) { return pass.Parse(r.Header.Get(SealHeader)) }

// World is what the handlers work on. Its time is that of the transaction.
type World interface {
	View(func(*store.Tx) error) error
	Update(func(*store.Tx) error) error
	Now() time.Time
}

// Admin is the part of a world that no AWS service has.
type Admin interface {
	Speed() string
	SetSpeed(text string) error
	// Step moves the clock on at once. When the context ends before it is there,
	// left is what is missing.
	Step(ctx context.Context, by time.Duration) (left time.Duration, err error)
	Reset() error
	// Snapshot writes the whole world into one file, and Restore makes the world
	// what such a file has; it returns the time and the speed from then on.
	Snapshot(ctx context.Context, to io.Writer) error
	Restore(from io.Reader) (now time.Time, speed string, err error)
	// Health is nil when the whole world goes on and can be changed, and names the
	// clusters that stand still all the same.
	Health() (failed []ecs.ARN, err error)
	// Metrics is a page in the text form of Prometheus.
	Metrics() ([]byte, error)
}

// Config is what a server answers from.
type Config struct {
	World    World
	Admin    Admin
	Registry *registry.Registry
	// ImagesChanged is called when an operation of ECR took images away.
	ImagesChanged func()
	Network       Network
	// RegistryHost is the host in the URIs of repositories; "" is ECR's own form.
	RegistryHost string
	Requests     *metrics.Requests // counts them; nil counts for nobody
	Dir          string            // where the world is kept, for those who ask
	Log          *slog.Logger
}

// Server is the emulator as a handler of HTTP.
type Server struct {
	cfg      Config
	log      *slog.Logger
	services map[string]service // ECS, ECR and CloudWatch Logs, by the prefix of the target
	around   aroundServices     // what clients of ECS need besides
	tails    liveTails
	queries  queries
	mux      *http.ServeMux

	apiFaults apiFaults
}

// New makes a server.
func New(cfg Config) *Server {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Requests == nil {
		cfg.Requests = NewRequests()
	}
	s := &Server{cfg: cfg, log: cfg.Log, mux: http.NewServeMux()}
	s.services = services()
	s.around = arrange(aroundFamilies())
	s.mux.HandleFunc("/", s.serveRoot)
	s.mux.HandleFunc("POST /service/{service}/operation/{operation}", s.serveCBOR)
	if cfg.Registry != nil {
		handler := s.noticing(cfg.Registry.Handler(registry.Access{}))
		s.mux.Handle("/v2", handler)
		s.mux.Handle("/v2/", handler)
	}
	s.adminRoutes()
	return s
}

// ServeHTTP answers any request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := &stamped{ResponseWriter: w, now: s.cfg.World.Now, answered: answered{status: http.StatusOK}}
	began := time.Now()
	s.mux.ServeHTTP(answer, r)
	s.count(answer, r, time.Since(began))
}

// noticing tells the clusters when an image was deleted over the registry's
// own protocol; of pushes the registry tells itself.
func (s *Server) noticing(registry http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		registry.ServeHTTP(w, r)
		if r.Method == http.MethodDelete && strings.Contains(r.URL.Path, "/manifests/") && s.cfg.ImagesChanged != nil {
			s.cfg.ImagesChanged()
		}
	})
}

func (s *Server) serveRoot(w http.ResponseWriter, r *http.Request) {
	if actionInURL(r) {
		s.serveForm(w, r)
		return
	}
	if r.Method != http.MethodPost {
		s.writeJSON(w, http.StatusNotFound, map[string]any{
			"message": "this is the gantry emulator of Amazon ECS, ECR and CloudWatch Logs, and of what clients of ECS need of " +
				strings.Join(s.around.names(), ", ") + "; point the endpoint URL of an AWS client at it",
		})
		return
	}
	s.serveProtocol(w, r)
}

// registryHost is the host that names repositories in the answer to a request,
// or "" for ECR's own form.
func (s *Server) registryHost(r *http.Request) string {
	if host := r.Header.Get(RegistryHostHeader); host != "" {
		return host
	}
	return s.cfg.RegistryHost
}

// schemeOf is how a request came in, here or at the process that passed it on.
func schemeOf(r *http.Request) string {
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		return "https"
	}
	return "http"
}

func (s *Server) view(fn func(*store.Tx) error) error   { return s.cfg.World.View(fn) }
func (s *Server) update(fn func(*store.Tx) error) error { return s.cfg.World.Update(fn) }

// stamped writes the world's time on an answer when it begins.
type stamped struct {
	http.ResponseWriter
	now  func() time.Time
	done bool
	answered
}

func (w *stamped) WriteHeader(status int) {
	if !w.done {
		w.done, w.status = true, status
		w.Header().Set(NowHeader, w.now().Format(time.RFC3339Nano))
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *stamped) Write(p []byte) (int, error) {
	if !w.done {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController find what it needs.
func (w *stamped) Unwrap() http.ResponseWriter { return w.ResponseWriter }

const contentAWSJSON = "application/x-amz-json-1.1"

func (s *Server) writeAnswer(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", contentAWSJSON)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if _, err := w.Write(body); err != nil {
		s.log.Debug("the client went away", "error", err)
	}
}

func (s *Server) writeJSON(w http.ResponseWriter, status int, value any) {
	text, err := plainJSON(value)
	if err != nil {
		s.log.Error("an answer could not be written", "error", err)
		status = http.StatusInternalServerError
	}
	s.writeAnswer(w, status, text)
}

// plainJSON is JSON without escapes for what HTML means.
func plainJSON(value any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), err
}
