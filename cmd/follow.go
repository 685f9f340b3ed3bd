package cmd

import (
	"context"
	"time"

	"gantry/report"
	"gantry/tui/progress"
	"gantry/workflow"
)

// show is what progress is told to: a live display on a terminal, plain lines
// elsewhere.
type show interface {
	Event(workflow.Event)
	Close()
}

func (f *Factory) show(ctx context.Context) show {
	lines := report.Lines{Printer: f.talker(), Clock: time.Now}
	if !f.Streams.Live() {
		return lines
	}
	lines.Clock = nil
	return progress.Start(ctx, f.Streams.Err, lines)
}

// watched runs a verb and shows what it tells while it is at work. When it
// returns the display is closed, so that results can be printed below it.
func (f *Factory) watched(ctx context.Context, verb func(*workflow.Session) error) error {
	s := f.show(ctx)
	defer s.Close()
	session, err := f.session(ctx, func(e workflow.Event) {
		f.observe(e)
		s.Event(e)
	})
	if err != nil {
		return err
	}
	return verb(session)
}

// follow runs a verb that changes a service, prints its result, and on a failure
// why tasks stopped.
func (f *Factory) follow(ctx context.Context, verb func(*workflow.Session) (workflow.Result, error)) error {
	var result workflow.Result
	err := f.watched(ctx, func(s *workflow.Session) (err error) {
		result, err = verb(s)
		return err
	})
	f.observe(result)
	if f.json() && result.Outcome != "" {
		if jsonErr := f.printer(time.Time{}).JSON(result); jsonErr != nil {
			return jsonErr
		}
		return err
	}
	if ctx.Err() == nil { // else there is no outcome to tell of
		f.printer(time.Time{}).Result(result)
	}
	if err != nil {
		f.talker().Stopped(result.Stopped)
	}
	return err
}

// quietly runs a verb whose answer is all there is to show.
func (f *Factory) quietly(ctx context.Context, verb func(*workflow.Session) error) error {
	session, err := f.session(ctx, report.Lines{Printer: f.talker()}.Event)
	if err != nil {
		return err
	}
	return verb(session)
}

// look runs a verb that reads, and prints what it found: as JSON under the
// name that the API gives it, or as text.
func look[T any](ctx context.Context, f *Factory, key string, read func(*workflow.Session) (T, error), text func(report.Printer, T)) error {
	return f.quietly(ctx, func(s *workflow.Session) error {
		found, err := read(s)
		if err != nil {
			return err
		}
		f.observe(found)
		p := f.printer(s.Now(ctx))
		if f.json() {
			return p.JSON(map[string]T{key: found})
		}
		text(p, found)
		return nil
	})
}
