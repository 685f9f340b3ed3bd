package workflow

import (
	"context"
	"time"

	"gantry/ecs"
	"gantry/image"
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
}
