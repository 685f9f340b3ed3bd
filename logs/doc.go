// Package logs holds log events as values: which stream a container writes to,
// how the events of many streams become one in time order, and how a reader that
// follows them loses none and shows none twice.
//
// Floor 2: it imports ecs and hint, does no I/O and reads no clock. Whoever
// follows a log fetches pages from a Source and hands them to a Follower, with
// the time, and prints what comes out.
//
//	f := logs.NewFollower(logs.FollowOptions{Start: since})
//	fresh := f.Add(now, page.Events)   // in time order, each id once
//
// It will never fetch anything by itself, and never colours or formats a line.
package logs
