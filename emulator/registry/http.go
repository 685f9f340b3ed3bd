package registry

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// Access says who may use the registry over HTTP.
type Access struct {
	// Authenticate checks a user and a password. When it is nil everybody may do
	// everything and any credentials are taken, those of a "docker login" too.
	Authenticate func(user, password string) bool
}

// Handler serves the OCI distribution protocol below /v2/. It looks at no Host
// header, so that ECR's own name, 127.0.0.1 and localhost mean the same
// repositories.
func (r *Registry) Handler(access Access) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Docker-Distribution-Api-Version", "registry/2.0")
		if access.Authenticate != nil {
			user, password, ok := req.BasicAuth()
			if !ok || !access.Authenticate(user, password) {
				Challenge(w, req)
				return
			}
		}
		if err := r.serve(w, req); err != nil {
			writeError(w, asProtocol(err))
		}
	})
}

// Challenge asks whoever sent a request to say who he is.
func Challenge(w http.ResponseWriter, req *http.Request) {
	w.Header().Set("Docker-Distribution-Api-Version", "registry/2.0")
	w.Header().Set("Www-Authenticate", `Basic realm="`+req.Host+`",service="ecr.amazonaws.com"`)
	writeError(w, protocol(http.StatusUnauthorized, "UNAUTHORIZED", "Not Authorized"))
}

// request is one call of the protocol with its path taken apart.
type request struct {
	*http.Request
	name string // the repository
	last string // tag, digest or upload id
}

// action serves one method of one endpoint. What it returns is written as the
// protocol's error body, so it returns before it writes.
type action func(http.ResponseWriter, request) error

func (r *Registry) serve(w http.ResponseWriter, req *http.Request) error {
	path, found := strings.CutPrefix(req.URL.Path, "/v2")
	if !found || (path != "" && path[0] != '/') {
		return protocol(http.StatusNotFound, "UNSUPPORTED", "the registry answers below /v2/, not at %s", req.URL.Path)
	}
	call, actions := r.route(strings.TrimPrefix(path, "/"))
	if actions == nil {
		return protocol(http.StatusNotFound, "UNSUPPORTED", "there is no %s in the registry protocol", req.URL.Path)
	}
	call.Request = req
	if call.name != "" && r.checkName(call.name) != nil {
		return protocol(http.StatusBadRequest, "NAME_INVALID", "%q is no repository name of ECR", call.name)
	}
	act, served := actions[req.Method]
	if !served {
		var allowed []string
		for method := range actions {
			allowed = append(allowed, method)
		}
		slices.Sort(allowed)
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		return protocol(http.StatusMethodNotAllowed, "UNSUPPORTED", "%s is not supported at %s", req.Method, req.URL.Path)
	}
	return act(w, call)
}

// route finds the endpoint of a path. Repository names have slashes, so a path
// is read from its end.
func (r *Registry) route(path string) (request, map[string]action) {
	switch path {
	case "":
		return request{}, map[string]action{http.MethodGet: version, http.MethodHead: version}
	case "_catalog":
		return request{}, map[string]action{http.MethodGet: r.catalog}
	}
	parts := strings.Split(strings.TrimSuffix(path, "/"), "/")
	end := func(n int) string { // the n-th part from the end
		if n > len(parts) {
			return ""
		}
		return parts[len(parts)-n]
	}
	call := func(tail int) request {
		return request{name: strings.Join(parts[:len(parts)-tail], "/"), last: end(1)}
	}
	switch {
	case len(parts) > 2 && end(2) == "blobs" && end(1) == "uploads":
		return call(2), map[string]action{http.MethodPost: r.postUpload}
	case len(parts) > 3 && end(3) == "blobs" && end(2) == "uploads":
		return call(3), map[string]action{
			http.MethodGet: r.getUpload, http.MethodPatch: r.patchUpload,
			http.MethodPut: r.putUpload, http.MethodDelete: r.deleteUpload,
		}
	case len(parts) > 2 && end(2) == "blobs":
		return call(2), map[string]action{http.MethodGet: r.getBlob, http.MethodHead: r.getBlob}
	case len(parts) > 2 && end(2) == "manifests":
		return call(2), map[string]action{
			http.MethodGet: r.getManifest, http.MethodHead: r.getManifest,
			http.MethodPut: r.putManifest, http.MethodDelete: r.deleteManifest,
		}
	case len(parts) > 2 && end(2) == "tags" && end(1) == "list":
		return call(2), map[string]action{http.MethodGet: r.listTags}
	case len(parts) > 2 && end(2) == "referrers":
		return call(2), map[string]action{http.MethodGet: r.referrers}
	default:
		return request{}, nil
	}
}

// version answers the question whether this is a registry at all.
func version(w http.ResponseWriter, _ request) error {
	writeJSON(w, "application/json", struct{}{})
	return nil
}

func writeError(w http.ResponseWriter, refused *protocolError) {
	type entry struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(refused.status)
	_ = json.NewEncoder(w).Encode(map[string][]entry{"errors": {{refused.code, refused.message}}})
}

// writeJSON writes an answer. That a client went away while it was written is
// no failure of the registry.
func writeJSON(w http.ResponseWriter, contentType string, answer any) {
	w.Header().Set("Content-Type", contentType)
	_ = json.NewEncoder(w).Encode(answer)
}

// checkDigest refuses a digest in a path or a query that the registry cannot
// hold.
func (r *Registry) checkDigest(digest string) error {
	if r.validDigest(digest) {
		return nil
	}
	return protocol(http.StatusBadRequest, "DIGEST_INVALID", "%q is not a sha256 digest", digest)
}
