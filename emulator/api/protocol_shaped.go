package api

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/uuid"

	"gantry/ecs"
	"gantry/emulator/shapes"
	"gantry/emulator/store"
)

// family is an AWS service beside ECS, ECR and CloudWatch Logs, as far as clients
// of ECS need it. Its shapes are written by hand (package shapes).
type family struct {
	name       string            // for people
	signs      string            // what its requests are signed for
	target     string            // before the dot of X-Amz-Target, and the service of a CBOR path; "" when it speaks neither
	version    string            // of AWS Query; "" when it does not speak that
	namespace  string            // of its XML
	ec2        bool              // it speaks EC2 Query, whose XML is another
	errors     map[string]string // the shapes of errors by their codes, of those that are called otherwise
	statuses   map[string]int    // of errors by their codes, of those that are no bad request
	operations map[string]operation
}

// aroundFamilies are the services around ECS.
func aroundFamilies() []family {
	return []family{stsFamily(), elbFamily(), scalingFamily(), cloudwatchFamily(), iamFamily(), ssmFamily(), secretsFamily(), ec2Family(), cloudMapFamily()}
}

// aroundServices finds a family by what a request says.
type aroundServices struct {
	byTarget  map[string]*family
	byVersion map[string]*family
}

func arrange(families []family) aroundServices {
	all := aroundServices{byTarget: map[string]*family{}, byVersion: map[string]*family{}}
	for i := range families {
		f := &families[i]
		if f.target != "" {
			all.byTarget[f.target] = f
		}
		if f.version != "" {
			all.byVersion[f.version] = f
		}
	}
	return all
}

// names lists the families for people.
func (a aroundServices) names() []string {
	names := map[string]bool{}
	for _, f := range a.byTarget {
		names[f.name] = true
	}
	for _, f := range a.byVersion {
		names[f.name] = true
	}
	return sortedKeys(names)
}

// around answers one request of a family on one transaction.
type around struct {
	s  *Server
	r  *http.Request
	tx *store.Tx
}

func onAround(s *Server, r *http.Request, tx *store.Tx) *around { return &around{s: s, r: r, tx: tx} }

// protocol is how a request of a family is read and answered.
type protocol interface {
	read(body []byte) (shapes.Value, error)
	answer(w http.ResponseWriter, f *family, a shapes.Answer, out any) error
	refuse(w http.ResponseWriter, f *family, a shapes.Answer, x failure)
}

// serveProtocol answers a POST to the root: by its target in AWS JSON, else by
// its form in AWS Query.
func (s *Server) serveProtocol(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("x-amzn-RequestId", uuid.NewString())
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		s.serveTarget(w, r, target)
		return
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), contentForm) {
		s.serveForm(w, r)
		return
	}
	s.writeError(w, "", &ecs.Error{Code: codeMissingAction, Message: "This request names no operation. ECS, ECR and CloudWatch Logs are spoken " +
		"here in AWS JSON with the header X-Amz-Target, and " + strings.Join(s.around.names(), ", ") + " in their own protocols."})
}

// actionInURL reports whether a request of AWS Query or EC2 Query stands in its
// URL, as a presigned one does.
func actionInURL(r *http.Request) bool {
	return r.URL.Path == "/" && (r.Method == http.MethodGet || r.Method == http.MethodPost) &&
		r.Header.Get("X-Amz-Target") == "" && r.URL.Query().Has("Action")
}

// readForm reads the parameters of a request.
func readForm(r *http.Request, body []byte) (url.Values, error) {
	if actionInURL(r) {
		return url.ParseQuery(r.URL.RawQuery)
	}
	return url.ParseQuery(string(body))
}

// serveForm answers a request of AWS Query or EC2 Query. The version of the API
// says which service is meant.
func (s *Server) serveForm(w http.ResponseWriter, r *http.Request) {
	body, err := readPlain(r)
	if err != nil {
		Refuse(w, r, err)
		return
	}
	form, err := readForm(r, body)
	if err != nil {
		queryProtocol{}.refuse(w, &family{}, shapes.Answer{RequestID: uuid.NewString()},
			failure{status: http.StatusBadRequest, code: "MalformedQueryString", message: err.Error()})
		return
	}
	action, version := form.Get("Action"), form.Get("Version")
	f, ok := s.around.byVersion[version]
	switch {
	case !ok:
		queryProtocol{}.refuse(w, &family{}, shapes.Answer{RequestID: uuid.NewString()}, failure{status: http.StatusBadRequest, code: "InvalidAction",
			message: fmt.Sprintf("The operation %s of the API version %q is not emulated.", action, version)})
	case f.ec2:
		s.serveRead(w, r, f, ec2Protocol{}, action, func() (shapes.Value, error) { return shapes.FromForm(form) })
	default:
		s.serveRead(w, r, f, queryProtocol{}, action, func() (shapes.Value, error) { return shapes.FromForm(form) })
	}
}

// serveCBOR answers a request of Smithy RPC v2 CBOR, whose path names service
// and operation.
func (s *Server) serveCBOR(w http.ResponseWriter, r *http.Request) {
	f, ok := s.around.byTarget[r.PathValue("service")]
	if !ok || r.Header.Get("Smithy-Protocol") != "rpc-v2-cbor" {
		s.writeError(w, r.URL.Path, &ecs.Error{Code: codeUnknownOperation,
			Message: fmt.Sprintf("The service %s is not emulated in the protocol of this request.", r.PathValue("service"))})
		return
	}
	s.serveShaped(w, r, f, cborProtocol{}, r.PathValue("operation"))
}

// serveShaped answers a request whose body is to be read by a protocol.
func (s *Server) serveShaped(w http.ResponseWriter, r *http.Request, f *family, p protocol, name string) {
	s.serveRead(w, r, f, p, name, func() (shapes.Value, error) {
		body, err := readPlain(r)
		if err != nil {
			return nil, err
		}
		return p.read(body)
	})
}

func (s *Server) serveRead(w http.ResponseWriter, r *http.Request, f *family, p protocol, name string, read func() (shapes.Value, error)) {
	a := shapes.Answer{Action: name, Namespace: f.namespace, RequestID: uuid.NewString()}
	asks(w, f.name, name)
	w.Header().Set("x-amzn-RequestId", a.RequestID)
	if s.strike(w, r, f.service(), name, func(x failure) { p.refuse(w, f, a, f.inProtocol(p, x)) }) {
		return
	}
	out, err := s.run(r, name, func() (any, error) {
		run, ok := f.operations[name]
		if !ok {
			code := "InvalidAction" // AWS Query's own
			if f.version == "" {
				code = codeUnknownOperation
			}
			return nil, &ecs.Error{Code: code, Message: fmt.Sprintf("The operation %s of %s is not emulated.", name, f.name)}
		}
		value, err := read()
		if err != nil {
			return nil, asSerialization(err)
		}
		return run(r.Context(), s, r, func(into any) error { return shapes.Assign(value, into) })
	})
	if err == nil {
		err = p.answer(w, f, a, out)
	}
	if err != nil {
		x := failureOf(err)
		if status, ok := f.statuses[x.code]; ok {
			x.status = status
		}
		refuses(w, x.code)
		if x.status >= http.StatusInternalServerError {
			s.log.Error("a request failed", "operation", name, "error", err)
		}
		x.message = shortened(x.message)
		p.refuse(w, f, a, x)
	}
}

func asSerialization(err error) error {
	if errors.As(err, new(*ecs.Error)) {
		return err
	}
	return &ecs.Error{Code: codeSerialization, Message: err.Error()}
}
