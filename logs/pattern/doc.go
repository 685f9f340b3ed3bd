// Package pattern is the filter pattern language of CloudWatch Logs: what
// FilterLogEvents, StartLiveTail, metric filters and subscription filters select
// log events by.
//
// Floor 1: it imports the standard library without I/O, and nothing of ours.
//
//	p, err := pattern.Parse(`{ $.status = 5* && $.path != "/health" }`)
//	if err != nil {
//		return err // *pattern.SyntaxError: knows where
//	}
//	if p.Match(message) { … }
//
// There are three kinds of patterns: terms (ERROR ?warn -"GET /health" %4\d\d%),
// conditions on an event that is JSON ({ $.a.b[0] = "x*" && $.n > 1e3 }), and
// columns of an event whose words are divided by spaces ([ip, ..., status = 4*]).
// What they mean is ECS semantics 9.7 [CWL: Filter pattern syntax]. Where that is
// silent, we decided:
//
//   - a term matches anywhere in a message, also within a word;
//   - a comparison with a field that is absent, null, an object or an array does
//     not hold, != included;
//   - a bare value that is a number is compared as one with numbers, and as text
//     with text; a value in quotation marks is text, * within it stands for any
//     characters, and \* for an asterisk;
//   - columns need at least as many words as there are columns, and more may
//     follow, as they do in the documented answers of TestMetricFilter.
package pattern
