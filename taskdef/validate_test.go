package taskdef_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"gantry/internal/golden"
	"gantry/taskdef"
)

// TestFindings reads broken definitions, separated by lines that begin with
// "=== ", and shows all that is said about each.
func TestFindings(t *testing.T) {
	text, err := os.ReadFile("testdata/broken.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, part := range strings.Split("\n"+string(text), "\n=== ")[1:] {
		name, body, _ := strings.Cut(part, "\n")
		_, findings, _ := taskdef.ParseTaskDefinition(strings.NewReader(body), "f")
		fmt.Fprintf(&out, "=== %s\n", name)
		if len(findings) == 0 {
			t.Errorf("%s: nothing was found", name)
		}
		for _, f := range findings {
			fmt.Fprintf(&out, "%s\n", f)
			if f.Hint != "" {
				fmt.Fprintf(&out, "\t%s\n", strings.ReplaceAll(f.Hint, "\n", "\n\t"))
			}
		}
	}
	golden.AssertString(t, "broken.golden", out.String())
}
