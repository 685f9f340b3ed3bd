package awsapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"

	"github.com/aws/aws-sdk-go-v2/aws"
	smithy "github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"gantry/internal/hint"
)

// Error is a refusal of the service, in a sentence. It wraps the SDK's error.
type Error struct {
	Doing   string // "create the service web"
	Code    string // "ClusterNotFoundException"; "" when the answer was none of the service's
	Message string
	Status  int  // of HTTP; 0 when there was no answer
	ours    bool // the message: it says all, without the code
	err     error
}

func (e *Error) Error() string {
	if e.ours && strings.HasPrefix(e.Doing, "describe ") {
		return e.Message // whoever asked wanted to do something else with it
	}
	text := "cannot " + e.Doing + ": " + e.Message
	if e.Code != "" && !e.ours && !strings.Contains(e.Message, e.Code) {
		text += " (" + e.Code + ")"
	}
	return text
}

func (e *Error) Unwrap() error { return e.err }

// Unsupported reports that the endpoint does not know the operation: it says so,
// or what it answers is not of AWS's protocol at all.
func (e *Error) Unsupported() bool {
	switch e.Code {
	case "UnknownOperationException", "UnknownOperation", "NotImplemented", "NotImplementedException", "InvalidAction":
		return true
	case "":
		return e.Status >= http.StatusBadRequest && e.Status < http.StatusBadGateway
	}
	return false
}

// subject is what a call was about, for the words of its error.
type subject struct {
	doing   string
	cluster string
	service string
	name    string // of whatever else: a task, a definition, a repository
}

// fail turns the SDK's error into one with words, a kind and a next step.
func (c *Client) fail(s subject, err error) error {
	if err == nil {
		return nil
	}
	if s.cluster == "" {
		s.cluster = "default" // as in ECS itself
	}
	if cause := contextError(err); cause != nil {
		return fmt.Errorf("cannot %s: %w", s.doing, cause)
	}
	if refused, ok := errors.AsType[smithy.APIError](err); ok && known(refused.ErrorCode()) {
		e := &Error{Doing: s.doing, Code: refused.ErrorCode(), Message: refused.ErrorMessage(), Status: status(err), err: err}
		if e.Message == "" || e.Message == "UnknownError" { // the SDK's word for none
			e.Message = "the request was refused"
		}
		return c.explain(e, s)
	}
	return c.failOnTheWay(s, err)
}

// explain gives a refusal its kind, its words and its next step.
func (c *Client) explain(e *Error, s subject) error {
	kind := kindOf(e) // from the service's own words, so before ours
	c.words(e, s)
	return hint.With(hint.As(kind, e), c.next(e, s))
}

// known leaves out the SDK's own stand-in for an answer it could not read.
func known(code string) bool { return code != "" && code != "UnknownError" }

// contextError finds the end of the caller's context, which is no failure of the
// service.
func contextError(err error) error {
	for _, cause := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, cause) {
			return cause
		}
	}
	return nil
}

// failOnTheWay words an error that no service sent.
func (c *Client) failOnTheWay(s subject, err error) error {
	e := &Error{Doing: s.doing, Status: status(err), Message: root(err), err: err}
	if strings.Contains(err.Error(), "get credentials") || strings.Contains(err.Error(), "refresh cached credentials") {
		e.Message = "no valid AWS credentials: " + root(err)
		return hint.With(hint.As(hint.Denied, e), c.credentialsStep())
	}
	if invalid, ok := errors.AsType[smithy.InvalidParamsError](err); ok {
		e.Message = invalidWords(invalid)
		return hint.As(hint.Invalid, e)
	}
	if errors.As(err, new(*aws.MissingRegionError)) {
		return errNoRegion()
	}
	if e.Status >= http.StatusBadGateway { // 502 to 504: what stands before the service is in trouble
		e.Message = fmt.Sprintf("the endpoint answered %d %s", e.Status, http.StatusText(e.Status))
		return hint.With(hint.As(hint.Throttled, e), "repeat the command in a moment")
	}
	if e.Status != 0 {
		e.Message = fmt.Sprintf("the endpoint answered %d %s, which is not in AWS's protocol", e.Status, http.StatusText(e.Status))
		return hint.With(hint.As(hint.Unexpected, e), "check that "+c.where()+" serves Amazon ECS, ECR and CloudWatch Logs")
	}
	if isCut(err) {
		e.Message = "the connection to " + c.where() + " was cut before the answer was there"
		return hint.With(hint.As(hint.Throttled, e), c.cutStep())
	}
	if isConnection(err) {
		e.Message = "no connection to " + c.where() + ": " + root(err)
		return hint.With(hint.As(hint.Throttled, e), c.connectionStep(err))
	}
	return hint.As(hint.Unexpected, e)
}

// invalidWords is what the SDK itself misses in a request, in one line: it sends
// nothing then.
func invalidWords(invalid smithy.InvalidParamsError) string {
	words := make([]string, 0, invalid.Len())
	for _, one := range invalid.Errs() {
		words = append(words, one.Error())
	}
	return strings.Join(words, "; ")
}

// isCut reports whether a connection that was made ended before its time.
func isCut(err error) bool {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return false
	}
	for _, cause := range []error{io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, syscall.ECONNRESET, syscall.EPIPE} {
		if errors.Is(err, cause) {
			return true
		}
	}
	return false
}

func isConnection(err error) bool {
	if sent, ok := errors.AsType[*smithyhttp.RequestSendError](err); ok && sent != nil {
		return true
	}
	_, dial := errors.AsType[*net.OpError](err)
	_, get := errors.AsType[*url.Error](err)
	return dial || get
}

// status is the HTTP status of the answer, or 0.
func status(err error) int {
	if answered, ok := errors.AsType[*smithyhttp.ResponseError](err); ok {
		return answered.HTTPStatusCode()
	}
	return 0
}

// root is the innermost text: the SDK's layers say the operation and the attempt,
// which the reader has not asked for.
func root(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return strings.TrimSuffix(err.Error(), ".")
		}
		if _, op := err.(*net.OpError); op { //nolint:errorlint // walking the chain itself
			return err.Error()
		}
		err = inner
	}
}

func (c *Client) where() string {
	switch {
	case c.local:
		return "the local world"
	case c.endpoint != "":
		return c.endpoint
	}
	return "AWS in " + c.region
}
