package api

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"reflect"
	"runtime/debug"
	"strings"

	"gantry/awsapi/wire"
	"gantry/ecs"
	"gantry/emulator/store"
)

// The target prefixes of the services: X-Amz-Target is PREFIX.Operation.
const (
	targetECS  = "AmazonEC2ContainerServiceV20141113"
	targetECR  = "AmazonEC2ContainerRegistry_V20150921"
	targetLogs = "Logs_20140328"
)

// maxRequestBytes bounds a request. The largest that a client may send is a
// part of an image layer, 20 MiB in base64.
const maxRequestBytes = 32 << 20

// operation runs one request of an operation; decode reads the request into its
// Input, whatever protocol it came in.
type operation func(ctx context.Context, s *Server, r *http.Request, decode decoder) (any, error)

type decoder func(into any) error

// service is a service whose shapes are the SDK's.
type service struct {
	name       string // for people
	operations map[string]operation
}

// named is an operation with its name, which is that of its Input.
type named struct {
	name string
	run  operation
}

// called is the operation under its own name, where its Input is called otherwise.
func (n named) called(name string) named { return named{name: name, run: n.run} }

func nameOf[I any]() string {
	return strings.TrimSuffix(reflect.TypeFor[I]().Name(), "Input")
}

func decodeInput[I any](decode decoder) (*I, error) {
	in := new(I)
	if err := decode(in); err != nil {
		return nil, &ecs.Error{Code: codeSerialization, Message: err.Error()}
	}
	return in, nil
}

// operations collects a service's operations by name.
func operations(list ...named) map[string]operation {
	all := make(map[string]operation, len(list))
	for _, o := range list {
		all[o.name] = o.run
	}
	return all
}

// reading is an operation that changes nothing.
func reading[H, I, O any](open func(*Server, *http.Request, *store.Tx) *H, handle func(*H, context.Context, *I) (*O, error)) named {
	return transaction((*Server).view, open, handle)
}

// writing is an operation whose changes outlive the process, however it ends, as
// soon as the answer goes out.
func writing[H, I, O any](open func(*Server, *http.Request, *store.Tx) *H, handle func(*H, context.Context, *I) (*O, error)) named {
	return transaction((*Server).update, open, handle)
}

func transaction[H, I, O any](
	run func(*Server, func(*store.Tx) error) error,
	open func(*Server, *http.Request, *store.Tx) *H,
	handle func(*H, context.Context, *I) (*O, error),
) named {
	return named{name: nameOf[I](), run: func(ctx context.Context, s *Server, r *http.Request, decode decoder) (any, error) {
		in, err := decodeInput[I](decode)
		if err != nil {
			return nil, err
		}
		var out *O
		err = run(s, func(tx *store.Tx) error {
			var err error
			out, err = handle(open(s, r, tx), ctx, in)
			return err
		})
		return out, err
	}}
}

// serveTarget answers a POST of the AWS JSON protocol: X-Amz-Target names the
// service and the operation.
func (s *Server) serveTarget(w http.ResponseWriter, r *http.Request, target string) {
	prefix, name, _ := strings.Cut(target, ".")
	if family, ok := s.around.byTarget[prefix]; ok {
		s.serveShaped(w, r, family, jsonProtocol{}, name)
		return
	}
	asks(w, s.services[prefix].name, name)
	if s.strike(w, r, coreService(prefix), name, func(x failure) { refuseJSON(w, x) }) {
		return
	}
	out, err := s.run(r, target, func() (any, error) {
		run, err := s.find(target, prefix, name)
		if err != nil {
			return nil, err
		}
		body, err := ReadRequest(r)
		if err != nil {
			return nil, err
		}
		if len(bytes.TrimSpace(body)) == 0 {
			body = []byte("{}")
		}
		return run(r.Context(), s, r, func(into any) error { return wire.Decode(body, into) })
	})
	if going, ok := out.(streaming); ok && err == nil {
		if _, err := s.run(r, target, func() (any, error) { return nil, going.stream(w) }); err != nil {
			s.log.Debug("an answer was not told to its end", "operation", target, "error", err)
		}
		return
	}
	if err == nil {
		var body []byte
		if body, err = wire.Encode(out); err == nil {
			s.writeAnswer(w, http.StatusOK, body)
			return
		}
	}
	s.writeError(w, target, err)
}

// run runs a request, and turns a panic into an error.
func (s *Server) run(r *http.Request, operation string, do func() (any, error)) (out any, err error) {
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("a request ended in a panic", "operation", operation, "path", r.URL.Path, "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("the emulator failed on this request: %v", p)
		}
	}()
	return do()
}

// ReadRequest reads the body of a request that is an operation's.
func ReadRequest(r *http.Request) ([]byte, error) { return readUpTo(r, maxRequestBytes) }

// readPlain is ReadRequest of a body that may be compressed.
func readPlain(r *http.Request) ([]byte, error) {
	body, err := ReadRequest(r)
	if err != nil || r.Header.Get("Content-Encoding") != "gzip" { // as SDKs send long requests of PutMetricData
		return body, err
	}
	plain, err := gzip.NewReader(bytes.NewReader(body))
	if err == nil {
		body, err = io.ReadAll(io.LimitReader(plain, maxRequestBytes+1))
	}
	switch {
	case err != nil:
		return nil, &ecs.Error{Code: codeSerialization, Message: "the request is no gzip, as its Content-Encoding says: " + err.Error()}
	case len(body) > maxRequestBytes:
		return nil, tooLarge(maxRequestBytes)
	}
	return body, nil
}

func readUpTo(r *http.Request, most int64) ([]byte, error) {
	if r.ContentLength > most {
		return nil, tooLarge(most)
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, most))
	switch {
	case errors.As(err, new(*http.MaxBytesError)):
		return nil, tooLarge(most)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, &ecs.Error{Code: codeTooSlow, Message: "The rest of the request did not come in time."}
	case err != nil:
		return nil, &ecs.Error{Code: codeSerialization, Message: "the request could not be read: " + err.Error()}
	}
	return body, nil
}

func tooLarge(most int64) error {
	return &ecs.Error{Code: codeTooLarge, Message: fmt.Sprintf("The request is larger than %d MiB.", most>>20)}
}

// find looks an operation up by the request's target.
func (s *Server) find(target, prefix, name string) (operation, error) {
	service, known := s.services[prefix]
	if !known {
		return nil, &ecs.Error{Code: codeUnknownOperation, Message: fmt.Sprintf(
			"The service of %s is not emulated; ECS (%s), ECR (%s) and CloudWatch Logs (%s) are.", target, targetECS, targetECR, targetLogs)}
	}
	run, known := service.operations[name]
	if !known {
		return nil, &ecs.Error{Code: codeUnknownOperation, Message: fmt.Sprintf("The operation %s of %s is not emulated.", name, prefix)}
	}
	return run, nil
}
