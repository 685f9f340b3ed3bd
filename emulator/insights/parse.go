package insights

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// MaxLength is the most characters that a query may have [LOGS:QueryString].
const MaxLength = 10_000

// MostResults is the most rows of a query [LOGS:StartQuery].
const MostResults = 100_000

// Query is a query that can be run.
type Query struct {
	commands []command
}

// command is one step of a query; which members it has depends on its verb.
type command struct {
	verb    string
	columns []column // of fields, display, stats, dedup
	by      []column // of stats, and of sort
	where   node     // of filter
	limit   int
	from    string // of parse: the field that is read
	regex   *regexp.Regexp
	names   []string // of parse: of the regular expression's groups
}

// column is an expression with its name.
type column struct {
	name   string
	source string // the expression as it was written
	expr   node
	down   bool // sorts from the greatest to the least
}

// of is the column's value. In a line of statistics that has a column of this
// very expression it is that one: the events that bin(5m) was of are gone.
func (c *column) of(in scope) value {
	if in.row.event == nil {
		if v, ok := in.row.made[c.source]; ok {
			return v
		}
	}
	return c.expr.eval(in)
}

// Parse reads a query. The error is a *SyntaxError.
func Parse(query string) (*Query, error) {
	s := &scanner{text: query}
	if !utf8.ValidString(query) {
		return nil, &SyntaxError{Query: strings.ToValidUTF8(query, "?"), Message: "the query is not valid UTF-8"}
	}
	if n := utf8.RuneCountInString(query); n > MaxLength {
		return nil, s.fail(len(query), len(query), "the query has %d characters, and %d is the most", n, MaxLength)
	}
	q := &Query{}
	s.skip()
	_ = s.take("|") // some write one before the first command, too
	for {
		c, err := s.command()
		if err != nil {
			return nil, err
		}
		q.commands = append(q.commands, c)
		if s.skip(); s.done() {
			return q, nil
		}
		if !s.take("|") {
			return nil, s.expected("| or the end of the query")
		}
	}
}

func (s *scanner) command() (c command, err error) {
	s.skip()
	start := s.pos
	c.verb = strings.ToLower(s.word())
	switch c.verb {
	case "fields", "display":
		c.columns, err = s.columns(true)
	case "filter":
		c.where, _, err = s.expression()
	case "stats":
		err = s.statistics(&c)
	case "sort":
		err = s.sorting(&c)
	case "limit", "head":
		c.verb = "limit"
		c.limit, err = s.count(MostResults)
	case "dedup":
		c.columns, err = s.columns(false)
	case "parse":
		err = s.parsing(&c)
	case "":
		s.pos = start
		err = s.expected("a command: fields, filter, stats, sort, limit, parse, dedup or display")
	default:
		err = s.fail(start, s.pos, "there is no command %s here; there are fields, filter, stats, sort, limit, parse, dedup and display", c.verb)
	}
	return c, err
}

// columns reads expressions with or without names.
func (s *scanner) columns(named bool) (all []column, err error) {
	for {
		var next column
		if next.expr, next.source, err = s.expression(); err != nil {
			return nil, err
		}
		next.name = next.source
		if next.expr.op == "field" {
			next.name = next.expr.name
		}
		if named && s.keyword("as") {
			if next.name, err = s.name(); err != nil {
				return nil, err
			}
		}
		all = append(all, next)
		if !s.take(",") {
			return all, nil
		}
	}
}

func (s *scanner) statistics(c *command) (err error) {
	s.skip()
	start := s.pos
	s.stats, s.aggregates = true, 0
	c.columns, err = s.columns(true)
	s.stats = false
	if err != nil {
		return err
	}
	for i := range c.columns {
		if !c.columns[i].expr.aggregated() {
			return s.fail(start, s.pos, "%s is no statistic; use count(*), sum(…), avg(…), min(…), max(…) or pct(…)", c.columns[i].name)
		}
	}
	if s.keyword("by") {
		c.by, err = s.columns(true)
	}
	return err
}

// aggregated reports whether all fields of an expression are in aggregates, and
// that there is one.
func (n *node) aggregated() bool {
	if n.op == "call" && n.call.aggregate {
		return true
	}
	some := false
	for i := range n.args {
		if n.args[i].aggregated() {
			some = true
		} else if n.args[i].op != "value" {
			return false
		}
	}
	return some
}

func (s *scanner) sorting(c *command) error {
	for {
		expr, source, err := s.expression()
		if err != nil {
			return err
		}
		next := column{name: source, source: source, expr: expr}
		if s.keyword("desc") {
			next.down = true
		} else {
			_ = s.keyword("asc")
		}
		c.by = append(c.by, next)
		if !s.take(",") {
			return nil
		}
	}
}

// parsing reads what parse takes out of a field: the groups of a regular
// expression, or what stands for the asterisks of a glob expression.
func (s *scanner) parsing(c *command) (err error) {
	c.from = fieldMessage
	if s.skip(); !s.quote() && !s.at("/") {
		if c.from, err = s.name(); err != nil {
			return err
		}
	}
	s.skip()
	start := s.pos
	switch {
	case s.at("/"):
		if c.regex, err = s.regex(); err != nil {
			return err
		}
		c.names = c.regex.SubexpNames()[1:]
		if slices.Equal(c.names, make([]string, len(c.names))) {
			if c.names, err = s.names(); err != nil {
				return err
			}
		}
	case s.quote():
		glob, err := s.quoted()
		if err != nil {
			return err
		}
		parts := strings.Split(glob, "*")
		for i := range parts {
			parts[i] = regexp.QuoteMeta(parts[i])
		}
		last := len(parts) - 1
		if last > 0 && parts[last] == "" {
			parts[last] = "$" // what is last takes the rest
		}
		c.regex = regexp.MustCompile("(?s)" + strings.Join(parts, "(.*?)"))
		if c.names, err = s.names(); err != nil {
			return err
		}
	default:
		return s.expected("text in quotation marks or a regular expression between slashes")
	}
	if groups := c.regex.NumSubexp(); len(c.names) != groups {
		return s.fail(start, s.pos, "the pattern takes out %d values, and there are %d names for them", groups, len(c.names))
	}
	return nil
}

func (s *scanner) names() (names []string, err error) {
	if !s.keyword("as") {
		return nil, s.expected("as and the names of what is taken out")
	}
	for {
		name, err := s.name()
		if err != nil {
			return nil, err
		}
		names = append(names, name)
		if !s.take(",") {
			return names, nil
		}
	}
}
