// Package progress shows a waiting command at work on a terminal: below, a small
// block that is redrawn in place (how far the rollout of a service or the push
// of an image is); above it the plain lines of what happened, which scroll by
// and stay.
//
// Floor 8: it may import ecs, hint, taskdef, logs, workflow and report, and
// Bubble Tea.
//
//	display := progress.Start(ctx, os.Stderr, report.Lines{Printer: printer})
//	defer display.Close()
//	session.Emit = display.Event
//
// It reads no input, handles no signal and asks nobody anything: all that it
// shows came in an event. It never takes the whole screen, and where there is no
// terminal it writes the same lines that a pipe gets.
package progress
