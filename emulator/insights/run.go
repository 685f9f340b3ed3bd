package insights

import (
	"slices"
	"strings"
)

// Field is one value of a row of results.
type Field struct{ Name, Value string }

// Result is what a query has found.
type Result struct {
	Rows             [][]Field
	Matched, Scanned int
	Bytes            int // of the messages of all events that were scanned
}

// Run is a query that is being run. The commands that look at each event by
// itself are carried out at once, the rest when all events are there.
type Run struct {
	query  *Query
	now    int64
	rows   []*row
	result Result
}

// Begin begins to run the query, at a time in milliseconds.
func (q *Query) Begin(now int64) *Run { return &Run{query: q, now: now} }

// alone is how many commands from the first on look at each event by itself.
func (q *Query) alone() int {
	for i, c := range q.commands {
		if !slices.Contains([]string{"fields", "display", "filter", "parse"}, c.verb) {
			return i
		}
	}
	return len(q.commands)
}

// Add gives the run an event.
func (r *Run) Add(e Event) {
	r.result.Scanned++
	r.result.Bytes += len(e.Message)
	next := &row{event: &e}
	for i := range r.query.commands[:r.query.alone()] {
		if !r.query.commands[i].pass(next, r.now) {
			return
		}
	}
	r.rows = append(r.rows, next)
}

// Kept is how many rows the run has so far.
func (r *Run) Kept() int { return len(r.rows) }

// Finish is the result of at most limit rows.
func (r *Run) Finish(limit int) Result {
	r.result.Matched = len(r.rows)
	rows := r.rows
	slices.SortStableFunc(rows, func(a, b *row) int { return compare(b.field(fieldTimestamp), a.field(fieldTimestamp)) })
	alone := r.query.alone()
	for i := range r.query.commands[alone:] {
		rows = r.query.commands[alone+i].apply(rows, r.now)
	}
	shown := r.query.shown()
	for _, x := range rows[:min(limit, len(rows))] {
		r.result.Rows = append(r.result.Rows, x.show(shown))
	}
	return r.result
}

// pass carries a command out on one row; it reports whether the row stays.
func (c *command) pass(r *row, now int64) bool {
	in := scope{row: r, now: now}
	switch c.verb {
	case "filter":
		return c.where.eval(in).holds()
	case "fields", "display":
		for i := range c.columns {
			if x := &c.columns[i]; x.expr.op != "field" || x.expr.name != x.name {
				r.set(x.name, x.of(in))
			}
		}
	case "parse":
		var found []string
		if from := r.field(c.from); from.kind != absent {
			found = c.regex.FindStringSubmatch(from.String())
		}
		for i, name := range c.names {
			if name == "" {
				continue
			}
			if found != nil {
				r.set(name, textual(found[i+1]))
			} else {
				r.set(name, value{})
			}
		}
	}
	return true
}

// apply carries a command out on all rows.
func (c *command) apply(rows []*row, now int64) []*row {
	switch c.verb {
	case "stats":
		return c.statistics(rows, now)
	case "limit":
		return rows[:min(c.limit, len(rows))]
	case "sort":
		keys := make(map[*row][]value, len(rows))
		for _, r := range rows {
			for i := range c.by {
				keys[r] = append(keys[r], c.by[i].of(scope{row: r, now: now}))
			}
		}
		slices.SortStableFunc(rows, func(a, b *row) int {
			for i := range c.by {
				if by := inOrder(keys[a][i], keys[b][i]); by != 0 && c.by[i].down {
					return -by
				} else if by != 0 {
					return by
				}
			}
			return 0
		})
		return rows
	case "dedup":
		known := map[string]bool{}
		return slices.DeleteFunc(rows, func(r *row) bool {
			key, whole := keyOf(c.columns, r, now)
			again := whole && known[key]
			known[key] = true
			return again
		})
	}
	return slices.DeleteFunc(rows, func(r *row) bool { return !c.pass(r, now) })
}

// keyOf joins the values of columns; whole is that none is absent.
func keyOf(columns []column, r *row, now int64) (key string, whole bool) {
	var b strings.Builder
	whole = true
	for i := range columns {
		v := columns[i].of(scope{row: r, now: now})
		whole = whole && v.kind != absent
		if v.kind != absent {
			b.WriteByte(1)
		}
		b.WriteString(v.String() + "\x00")
	}
	return b.String(), whole
}

// statistics makes one row of each group.
func (c *command) statistics(rows []*row, now int64) []*row {
	var keys []string
	groups := map[string][]*row{}
	for _, r := range rows {
		key, _ := keyOf(c.by, r, now)
		if groups[key] == nil {
			keys = append(keys, key)
		}
		groups[key] = append(groups[key], r)
	}
	if len(rows) == 0 && len(c.by) == 0 {
		keys = []string{""} // nothing can be counted, too
	}
	var out []*row
	for _, key := range keys {
		made := &row{}
		for i := range c.by {
			made.set(c.by[i].name, c.by[i].of(scope{row: groups[key][0], now: now}))
		}
		for i := range c.columns {
			made.set(c.columns[i].name, c.columns[i].expr.eval(scope{row: &row{}, group: groups[key], now: now}))
		}
		out = append(out, made)
	}
	return out
}

// shown are the names of the fields that results show.
func (q *Query) shown() []string {
	var names []string
	add := func(columns []column) {
		for _, c := range columns {
			if !slices.Contains(names, c.name) {
				names = append(names, c.name)
			}
		}
	}
	display := false
	for _, c := range q.commands {
		switch c.verb {
		case "fields":
			if !display {
				add(c.columns)
			}
		case "display":
			names, display = nil, true
			add(c.columns)
		case "stats":
			names, display = nil, false
			add(c.by)
			add(c.columns)
		}
	}
	if names == nil {
		names = []string{fieldTimestamp, fieldMessage}
	}
	return names
}

// Limits reports whether the query says itself how many rows it is to have.
func (q *Query) Limits() bool {
	return slices.ContainsFunc(q.commands, func(c command) bool { return c.verb == "limit" })
}

// show is a row of results: what is absent is left out, and an event has its pointer.
func (r *row) show(names []string) []Field {
	fields := []Field{}
	for _, name := range names {
		if v := r.field(name); v.kind != absent {
			fields = append(fields, Field{name, v.String()})
		}
	}
	if r.event != nil && !slices.Contains(names, fieldPointer) {
		fields = append(fields, Field{fieldPointer, r.event.Pointer})
	}
	return fields
}
