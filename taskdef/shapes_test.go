package taskdef_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gantry/internal/golden"
	"gantry/internal/hint"
	"gantry/taskdef"
)

// TestShapes reads every kind of file that is found in public repositories and
// shows what became of it.
func TestShapes(t *testing.T) {
	files, err := filepath.Glob("testdata/shapes/*")
	if err != nil || len(files) < 12 {
		t.Fatalf("%d shapes, %v", len(files), err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, ".golden") {
			continue
		}
		name := filepath.Base(file)
		t.Run(name, func(t *testing.T) {
			golden.AssertString(t, "shapes/"+name+".golden", transcript(t, file, name))
		})
	}
}

func transcript(t *testing.T, file, name string, opts ...taskdef.Option) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	def, findings, err := taskdef.ParseTaskDefinition(strings.NewReader(string(text)), name, opts...)
	for _, f := range findings {
		fmt.Fprintf(&out, "%s\n", f)
		if f.Hint != "" {
			fmt.Fprintf(&out, "\t%s\n", strings.ReplaceAll(f.Hint, "\n", "\n\t"))
		}
	}
	if (err != nil) != (len(findings.Errors()) > 0) {
		t.Errorf("error %v, but %d findings that block", err, len(findings.Errors()))
	}
	if err != nil {
		if hint.KindOf(err) != hint.Invalid {
			t.Errorf("%v is of kind %v", err, hint.KindOf(err))
		}
		return out.String()
	}
	rendered, err := taskdef.Render(def.Input)
	if err != nil {
		t.Fatal(err)
	}
	again, _, err := taskdef.ParseTaskDefinition(strings.NewReader(string(rendered)), name)
	if err != nil || !taskdef.Same(def.Input, again.Input) {
		t.Errorf("it does not read back: %v %v", err, taskdef.Changes(def.Input, again.Input))
	}
	fmt.Fprintf(&out, "---\n%s", rendered)
	return out.String()
}
