package query_test

import (
	"errors"
	"math"
	"testing"
	"time"
	"unicode/utf8"

	"gantry/engine/query"
)

// FuzzParse: nothing panics; a refusal says where; what parses prints, and the
// print parses as an equal expression that prints and matches the same. Its first
// inputs are in testdata/fuzz/FuzzParse, with what was found since.
func FuzzParse(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		e, err := query.Parse(text)
		if err != nil {
			var syntax *query.SyntaxError
			if !errors.As(err, &syntax) || syntax.Offset < 0 || syntax.Offset > len(text) || syntax.Mark() == "" || syntax.Error() == "" {
				t.Fatalf("%q: %#v", text, err)
			}
			return
		}
		printed := e.String()
		if e.String() != printed || !e.Equal(e) {
			t.Fatalf("%q prints as %q, then as %q", text, printed, e)
		}
		if utf8.RuneCountInString(printed) > query.MaxLength {
			match(e) // printing puts spaces in: it cannot be parsed again
			return
		}
		again, err := query.Parse(printed)
		if err != nil {
			t.Fatalf("%q prints as %q: %v", text, printed, err)
		}
		if !again.Equal(e) || again.String() != printed {
			t.Fatalf("%q prints as %q, which prints as %q", text, printed, again)
		}
		if match(e) != match(again) {
			t.Fatalf("%q prints as %q, which means something else", text, printed)
		}
	})
}

// match are an expression's answers for several container instances.
func match(e *query.Expression) (answers [4]bool) {
	odd := instance{
		attributes: map[string]string{"x": "", "stack": "\x00", "rack": "1e400", "release": "v.-+"},
		groups:     []string{"", "and", "service:ü"},
		facts: query.Facts{
			AgentVersion: "v1..2-rc1", EC2InstanceID: " ", RunningTasksCount: math.MinInt,
			RegisteredAt: time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.FixedZone("", -12*3600)),
		},
	}
	full := instance{attributes: map[string]string{"x": "y", "rack": "NaN"}, facts: query.Facts{AgentVersion: "99999999999999999999.1", RunningTasksCount: math.MaxInt}}
	for i, s := range []query.Subject{instance{}, example(), odd, full} {
		answers[i] = e.Match(s)
	}
	return answers
}
