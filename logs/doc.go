// Package logs holds log events as values: which stream a container writes to,
// how the events of many streams become one in time order, and how a reader that
// follows them loses none and shows none twice.
//
// Floor 2: it imports ecs alone, does no I/O and reads no clock. Whoever follows a
// log asks a Source for what a Follower wants, and prints what it lets through:
//
//	f := logs.NewFollower(since, 0)
//	for _, query := range f.Begin(now, logs.StreamsOf(&definition, &task)) {
//		// each page of query, merged with those of the others:
//		if event, fresh := f.Take(event); fresh { … }
//	}
//	f.Done()
//
// It will never fetch anything by itself, and never colours or formats a line.
package logs
