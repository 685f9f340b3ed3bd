package api

import (
	"errors"
	"maps"
	"net/http"
	"unicode/utf8"

	"gantry/ecs"
	"gantry/emulator/registry"
	"gantry/emulator/store"
)

// The error codes that the protocol itself has.
const (
	codeSerialization    = "SerializationException"
	codeUnknownOperation = "UnknownOperationException"
	codeMissingAction    = "MissingActionException"
	codeServer           = "ServerException"
	codeUnready          = "ServiceUnavailableException"
	codeClusterFailed    = "ClusterFailedException" // none of ECS's: see store.FailedError
)

// failure is an error as it goes on the wire.
type failure struct {
	status      int
	code        string
	message     string
	resourceIDs []string
	members     map[string]string // more that the refusal says
	compile     map[string]any    // where a query is wrong
	values      map[string]any    // the same of the image registry, which says numbers, too
}

// conflictError is a ConflictException, which names what is in the way.
type conflictError struct {
	message     string
	resourceIDs []string
}

func (e *conflictError) Error() string { return e.message }

// detailedError is a refusal with members of its own beside the message.
type detailedError struct {
	refusal *ecs.Error
	members map[string]string
}

func (e *detailedError) Error() string { return e.refusal.Error() }
func (e *detailedError) Unwrap() error { return e.refusal }

// failureOf says how an error goes on the wire. What has no code of its own is
// the emulator's fault.
func failureOf(err error) failure {
	var refusal *ecs.Error
	var conflict *conflictError
	var failed *store.FailedError
	var malformed *malformedQuery
	switch {
	case errors.As(err, &malformed):
		return failure{status: http.StatusBadRequest, code: codeMalformedQuery, message: malformed.Error(), compile: malformed.compileError()}
	case errors.As(err, &conflict):
		return failure{status: http.StatusBadRequest, code: ecs.CodeConflict, message: conflict.message, resourceIDs: conflict.resourceIDs}
	case errors.As(err, &refusal):
		f := failure{status: statusOf(refusal.Code), code: refusal.Code, message: refusal.Message}
		if detailed, ok := errors.AsType[*detailedError](err); ok {
			f.members = detailed.members
		}
		return f
	}
	var notReady *unready
	if errors.As(err, &notReady) {
		return failure{status: http.StatusServiceUnavailable, code: codeUnready, message: notReady.Error()}
	}
	if errors.As(err, &failed) { // not a 500, which every client would try again and again
		return failure{status: http.StatusBadRequest, code: codeClusterFailed, message: failed.Error()}
	}
	if x, ok := storageRefusal(err); ok {
		return x
	}
	if refused, ok := errors.AsType[*registry.Error](err); ok {
		return failure{status: http.StatusBadRequest, code: refused.Code, message: refused.Message, values: refused.Members}
	}
	return failure{status: http.StatusInternalServerError, code: codeServer, message: err.Error()}
}

func statusOf(code string) int {
	switch code {
	case codeTooLarge:
		return http.StatusRequestEntityTooLarge
	case CodeHeadersTooLarge:
		return http.StatusRequestHeaderFieldsTooLarge
	case codeTooSlow:
		return http.StatusRequestTimeout
	}
	return http.StatusBadRequest
}

// longestMessage bounds what is sent back of a request that is quoted in its
// refusal.
const longestMessage = 2000

func shortened(message string) string {
	if len(message) <= longestMessage {
		return message
	}
	end := longestMessage
	for !utf8.RuneStart(message[end]) {
		end--
	}
	return message[:end] + "…"
}

func (s *Server) writeError(w http.ResponseWriter, target string, err error) {
	f := failureOf(err)
	refuses(w, f.code)
	if f.status >= http.StatusInternalServerError {
		s.log.Error("a request failed", "operation", target, "error", err)
	}
	f.message = shortened(f.message)
	refuseJSON(w, f)
}

// refuseJSON answers with a failure in AWS JSON.
func refuseJSON(w http.ResponseWriter, f failure) {
	body := map[string]any{"__type": f.code, "message": f.message}
	if f.resourceIDs != nil {
		body["resourceIds"] = f.resourceIDs
	}
	if f.compile != nil {
		body["queryCompileError"] = f.compile
	}
	for name, value := range f.members {
		body[name] = value
	}
	maps.Copy(body, f.values)
	text, _ := plainJSON(body) // strings and numbers can be written
	w.Header().Set("x-amzn-ErrorType", f.code)
	send(w, f.status, contentAWSJSON, text)
}
