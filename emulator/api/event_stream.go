package api

import (
	"context"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"
	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream/eventstreamapi"

	"gantry/awsapi/wire"
)

// streaming is an answer that goes on after it has begun.
type streaming interface {
	stream(w http.ResponseWriter) error
}

const contentEventStream = "application/vnd.amazon.eventstream"

// lastWords is how long a client that does not read may hold up the end of what
// it is told.
const lastWords = time.Second

// eventStream writes an answer as AWS's event stream (ECS semantics 9.6).
type eventStream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	encoder *eventstream.Encoder
	stop    func() bool
}

func newEventStream(ctx context.Context, w http.ResponseWriter) *eventStream {
	s := &eventStream{w: w, control: http.NewResponseController(w), encoder: eventstream.NewEncoder()}
	s.stop = context.AfterFunc(ctx, func() {
		_ = s.control.SetWriteDeadline(time.Now().Add(lastWords)) // an answer in memory has none, and ends with its client
	})
	return s
}

func (s *eventStream) close() { s.stop() }

// begin sends the head, the initial response of a protocol that is JSON, and the
// first event.
func (s *eventStream) begin(kind string, first any) error {
	s.w.Header().Set("Content-Type", contentEventStream)
	s.w.WriteHeader(http.StatusOK)
	if err := s.event("initial-response", struct{}{}); err != nil {
		return err
	}
	return s.event(kind, first)
}

func (s *eventStream) event(kind string, payload any) error {
	body, err := wire.Encode(payload)
	if err != nil {
		return err
	}
	return s.send(eventstreamapi.EventMessageType, eventstreamapi.EventTypeHeader, kind, body)
}

// exception ends the stream with an exception of the operation's model.
func (s *eventStream) exception(kind, message string) error {
	body, err := wire.Encode(map[string]string{"message": message})
	if err != nil {
		return err
	}
	return s.send(eventstreamapi.ExceptionMessageType, eventstreamapi.ExceptionTypeHeader, kind, body)
}

func (s *eventStream) send(message, header, kind string, body []byte) error {
	m := eventstream.Message{Payload: body}
	m.Headers.Set(eventstreamapi.MessageTypeHeader, eventstream.StringValue(message))
	m.Headers.Set(header, eventstream.StringValue(kind))
	m.Headers.Set(eventstreamapi.ContentTypeHeader, eventstream.StringValue("application/json"))
	if err := s.encoder.Encode(s.w, m); err != nil {
		return err
	}
	return s.control.Flush()
}
