package taskdef_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/taskdef"
)

// FuzzParseTaskDefinition: whatever the text is, there is an answer with
// positions inside of the text, and what is accepted can be registered and read
// again.
func FuzzParseTaskDefinition(f *testing.F) {
	files, _ := filepath.Glob("testdata/shapes/*[!n]")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	broken, err := os.ReadFile("testdata/broken.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, part := range strings.Split(string(broken), "\n=== ") {
		_, body, _ := strings.Cut(part, "\n")
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, text string) {
		def, findings, err := taskdef.ParseTaskDefinition(strings.NewReader(text), "f")
		lines := strings.Count(text, "\n") + strings.Count(text, "\r") + 1 // to YAML each ends a line
		for _, finding := range findings {
			if finding.Line < 1 || finding.Line > lines || finding.Column < 1 || finding.Message == "" {
				t.Errorf("%+v is not in the %d lines", finding, lines)
			}
		}
		if (err != nil) != (len(findings.Errors()) > 0) {
			t.Errorf("%v with %v", err, findings)
		}
		if err != nil {
			return
		}
		if _, err := taskdef.Registered(def.Input, "arn", 1, time.Unix(0, 0), ""); err != nil {
			t.Errorf("it cannot be registered: %v", err)
		}
		rendered, err := taskdef.Render(def.Input)
		if err != nil {
			t.Fatal(err)
		}
		again, findings, err := taskdef.ParseTaskDefinition(strings.NewReader(string(rendered)), "f")
		if err != nil {
			t.Fatalf("%v in %s", findings, rendered)
		}
		if changes := taskdef.Changes(def.Input, again.Input); len(changes) > 0 {
			t.Errorf("%q in %s", changes, rendered)
		}
	})
}

// FuzzShorthand: no value makes it panic.
func FuzzShorthand(f *testing.F) {
	for _, seed := range []string{"type=spread,field=a", "a={b=[c,d],e={f=g}}", `k="v,w"`, "[{}]", "awsvpcConfiguration={subnets=[a,b],assignPublicIp=DISABLED}",
		"containerOverrides=[{name=a,command=[b,c],environment=[{name=d,value=e}]}]", "expression=a in [b, c] and (d == 'e')", "x=[", "=", "a='", "{", "type=memberOf,expression=x == [a"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		for _, into := range []any{new([]types.PlacementConstraint), new(types.TaskOverride), new(types.NetworkConfiguration), new(types.DeploymentConfiguration), new([]string), new([]types.Tag), new(ecs.CreateServiceInput)} {
			err := taskdef.Shorthand([]string{value}, into)
			if err != nil && err.Error() == "" {
				t.Error("an error without a text")
			}
		}
	})
}
