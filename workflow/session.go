package workflow

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gantry/ecs"
	"gantry/image"
	"gantry/internal/hint"
	"gantry/logs"
)

// Session is what the verbs work with. API is needed by all of them; Logs by
// RunTask, TailLogs and the explanation of failures; Images and Destination by Push
// and Up. The zero value of everything else is a sound default.
type Session struct {
	API    API
	Logs   logs.Source
	Images Images

	// Destination is the registry behind a repository: its host, its credentials and
	// what carries the requests.
	Destination func(ctx context.Context, repository ecs.Repository) (image.Destination, error)
	// OpenImage opens the source of a push; nil is image.Open.
	OpenImage func(ctx context.Context, source string) (*image.Image, error)

	// Now is the endpoint's time: AWS's, or the emulated world's.
	Now func(context.Context) time.Time
	// Wall is the real time, which timeouts and durations are measured in.
	Wall func() time.Time
	// Sleep waits for real time to pass, or for the context to end.
	Sleep func(ctx context.Context, d time.Duration) error
	// Emit is told what happens, one event at a time.
	Emit func(Event)

	Poll      time.Duration // between two looks at the same thing
	Timeout   time.Duration // of a wait, in real time; 0 waits for ever
	Heartbeat time.Duration // after so long without an event, tell that the wait goes on
	NoWait    bool          // return as soon as the change has been accepted

	// CommandPrefix is what the reader types before a verb: "gantry", or
	// "gantry --local". Next steps use it.
	CommandPrefix string

	toldPaused bool // that the endpoint's time stands still
}

// Defaults of a Session.
const (
	defaultPoll      = time.Second
	slowestPoll      = 30 * time.Second
	defaultHeartbeat = 30 * time.Second
	defaultCluster   = "default" // as in ECS
)

func (s *Session) emit(e Event) {
	if s.Emit != nil {
		s.Emit(e)
	}
}

func (s *Session) step(format string, args ...any) {
	s.emit(StepEvent{Text: fmt.Sprintf(format, args...)})
}

func (s *Session) wall() time.Time {
	if s.Wall != nil {
		return s.Wall()
	}
	return time.Now()
}

func (s *Session) now(ctx context.Context) time.Time {
	if s.Now != nil {
		return s.Now(ctx)
	}
	return s.wall()
}

func (s *Session) poll() time.Duration {
	if s.Poll > 0 {
		return s.Poll
	}
	return defaultPoll
}

func (s *Session) heartbeat() time.Duration {
	if s.Heartbeat > 0 {
		return s.Heartbeat
	}
	return defaultHeartbeat
}

// sleep returns early, with the reason, when the context ends.
func (s *Session) sleep(ctx context.Context, d time.Duration) error {
	s.tellPaused(ctx)
	if s.Sleep != nil {
		return s.Sleep(ctx, d)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// tellPaused says once that what is waited for may not come by itself.
func (s *Session) tellPaused(ctx context.Context) {
	teller, ok := s.API.(PauseTeller)
	if s.toldPaused || !ok || !teller.Paused(ctx) {
		return
	}
	s.toldPaused = true
	s.emit(Notice{
		Text: "the world's clock is paused: nothing more happens until it goes on",
		Hint: fmt.Sprintf("let it go on with: %s; or move it with: %s", s.command("emulator clock --speed 10"), s.command("emulator clock --step 30s")),
	})
}

// command is a line that the reader can type.
func (s *Session) command(format string, args ...any) string {
	prefix := s.CommandPrefix
	if prefix == "" {
		prefix = "gantry"
	}
	return prefix + " " + fmt.Sprintf(format, args...)
}

// on is the flag that names the cluster, where it is not the default one.
func on(cluster string) string {
	if cluster == "" || cluster == defaultCluster {
		return ""
	}
	return " --cluster " + cluster
}

// clusterName is the cluster that a request without one means.
func clusterName(cluster string) string {
	if cluster == "" {
		return defaultCluster
	}
	return cluster
}

// interrupted is the error of a verb whose context has ended: by a signal, or by a
// deadline of the caller's. What goes on without us is in the next step.
func interrupted(ctx context.Context, doing, next string) error {
	cause := context.Cause(ctx)
	kind := hint.Interrupted
	switch {
	case hint.KindOf(cause) != hint.Unexpected: // the caller says which signal it was
		kind = hint.KindOf(cause)
	case errors.Is(cause, context.DeadlineExceeded):
		kind = hint.TimedOut
	}
	return hint.With(hint.As(kind, fmt.Errorf("stopped %s: %w", doing, cause)), next)
}
