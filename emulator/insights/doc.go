// Package insights is the query language of CloudWatch Logs Insights, as far as
// queries are simple: fields, filter, parse, sort, limit, stats, dedup and display
// over the events of log groups.
//
// Floor 1: it imports the standard library without I/O, and nothing of ours.
//
//	q, err := insights.Parse("filter status >= 500 | stats count(*) by bin(5m)")
//	if err != nil {
//		return err // *insights.SyntaxError: knows where
//	}
//	run := q.Begin()
//	for … { run.Add(event) }
//	result := run.Finish()
//
// The language is that of the documentation [CWL: Logs Insights QL]. Where that is
// silent, we decided:
//
//   - without sort, the latest events come first;
//   - a comparison with a field that is absent does not hold, != and the negations
//     of like and in included; not does what it says;
//   - text that is a number is compared as one with numbers;
//   - fields are discovered in messages that are a JSON object as a whole;
//   - regular expressions are read by Go's RE2, which has neither lookaround nor
//     backreferences;
//   - days and longer periods begin in UTC.
package insights
