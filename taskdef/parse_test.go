package taskdef_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/goccy/go-yaml"
	"pgregory.net/rapid"

	"gantry/awsapi/wire"
	"gantry/internal/hint"
	"gantry/taskdef"
)

func TestFamilyOption(t *testing.T) {
	for _, text := range []string{
		`[{"name": "a", "image": "a", "memory": 64}]`,
		`{"family": "other", "containerDefinitions": [{"name": "a", "image": "a", "memory": 64}]}`,
		"- name: a\n  image: a\n  memory: 64\n",
	} {
		def, findings, err := taskdef.ParseTaskDefinition(strings.NewReader(text), "f", taskdef.Family("web"))
		if err != nil || len(findings) > 0 || *def.Input.Family != "web" || len(def.Input.ContainerDefinitions) != 1 {
			t.Errorf("%s: %v %v", text, err, findings)
		}
	}
}

func TestSizes(t *testing.T) {
	for _, c := range []struct{ cpu, memory, wantCPU, wantMemory string }{
		{`256`, `512`, "256", "512"}, {`"256"`, `"512"`, "256", "512"}, {`".25 vCPU"`, `"0.5GB"`, "256", "512"},
		{`"1 vCPU"`, `"2 GB"`, "1024", "2048"}, {`"0.5 vcpu"`, `"1.5 gb"`, "512", "1536"}, {`"4vCPU"`, `"8192 MiB"`, "4096", "8192"},
	} {
		in := parse(t, fmt.Sprintf(`{"family": "a", "cpu": %s, "memory": %s, "containerDefinitions": [{"name": "a", "image": "a"}]}`, c.cpu, c.memory))
		if *in.Cpu != c.wantCPU || *in.Memory != c.wantMemory {
			t.Errorf("%s %s: got %s %s", c.cpu, c.memory, *in.Cpu, *in.Memory)
		}
	}
	in := parse(t, `{"family": "a", "containerDefinitions": [{"name": "a", "image": "a", "cpu": ".5 vCPU", "memory": "0.5 GB"}]}`)
	if d := in.ContainerDefinitions[0]; d.Cpu != 512 || *d.Memory != 512 {
		t.Errorf("container: got %d %d", d.Cpu, *d.Memory)
	}
}

// The limit is on the JSON that goes to ECS, whatever the file looks like.
func TestTooLong(t *testing.T) {
	definition := func(value, space string) string {
		return `{"family": "a",` + space + `"containerDefinitions": [{"name": "a", "image": "a", "memory": 64, "environment": [{"name": "A", "value": "` + value + `"}]}]}`
	}
	_, findings, err := taskdef.ParseTaskDefinition(strings.NewReader(definition(strings.Repeat("x", 128<<10), "")), "big.json")
	if err == nil || len(findings) != 1 || !strings.Contains(findings[0].String(), "big.json:1:1: error: the task definition is 131") || findings[0].Hint == "" {
		t.Errorf("%v", findings)
	}
	if _, findings, err = taskdef.ParseTaskDefinition(strings.NewReader(definition("x", strings.Repeat("\n", 128<<10))), "f"); err != nil {
		t.Errorf("space counts: %v", findings)
	}
	_, findings, err = taskdef.ParseTaskDefinition(io.LimitReader(endless{}, 5<<20), "f")
	if err == nil || !strings.Contains(findings[0].Message, "longer than 1024 KiB") {
		t.Errorf("%v", findings)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestReaderFails(t *testing.T) {
	broken := errors.New("the disk is gone")
	def, findings, err := taskdef.ParseTaskDefinition(iotest.ErrReader(broken), "web.json")
	if !errors.Is(err, broken) || def != nil || findings != nil || !strings.Contains(err.Error(), "web.json") {
		t.Errorf("%v %v", err, findings)
	}
}

func TestEncodings(t *testing.T) {
	const text = "{\r\n  \"family\": \"web\", // x\r\n  \"containerDefinitions\": [{\"name\": \"wé\", \"image\": \"a\", \"memory\": 64}]\r\n}\r\n"
	for _, body := range []string{text, "\xef\xbb\xbf" + text} {
		_, findings, _ := taskdef.ParseTaskDefinition(strings.NewReader(body), "f")
		if got := fmt.Sprint(findings); got != "[f:3:37: error: Container.name contains invalid characters.]" {
			t.Errorf("%s", got)
		}
	}
	for _, c := range []struct{ text, want string }{
		{"\xff\xfe{\x00}\x00", "UTF-16"},
		{"{\"family\": \"a\x00\"}", "f:1:14: error: this is not text"},
		{"\x1f\x8b\x08\x00", "this is not text"},
		{"{\"family\": \"\xe9\"}", "f:1:13: error: this is not text"},
		{"\n // nothing\n", "comments and nothing else"},
	} {
		_, findings, err := taskdef.ParseTaskDefinition(strings.NewReader(c.text), "f")
		if err == nil || !strings.Contains(findings[0].String(), c.want) {
			t.Errorf("%q: %v", c.text, findings)
		}
	}
}

func TestHostileDocuments(t *testing.T) {
	bomb := "a: &a [x, x, x, x, x, x, x, x, x]\n"
	for c := 'b'; c <= 'k'; c++ {
		bomb += fmt.Sprintf("%c: &%c [*%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c]\n", c, c, c-1, c-1, c-1, c-1, c-1, c-1, c-1, c-1, c-1)
	}
	for name, c := range map[string]struct{ text, want string }{
		"aliases":      {bomb, "more than 100000 values"},
		"itself":       {"a: &a {b: *a}", "contains it"},
		"deep JSON":    {strings.Repeat("[", 100_000), "nests deeper"},
		"deep objects": {strings.Repeat(`{"a":`, 100_000), "nests deeper"},
		"deep YAML":    {"a: " + strings.Repeat("[", 100_000), "nests deeper"},
		"dashes":       {strings.Repeat("- ", 100_000), "nests deeper"},
	} {
		_, findings, err := taskdef.ParseTaskDefinition(strings.NewReader(c.text), "f")
		if err == nil || len(findings) == 0 || !strings.Contains(findings[0].Message, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAliasesAndMerges(t *testing.T) {
	in := parse(t, `
family: web
_logs: &logs
  logDriver: awslogs
  options: &options {awslogs-group: g, awslogs-region: us-east-1}
containerDefinitions:
  - &web
    name: web
    image: nginx
    memory: 64
    logConfiguration: *logs
  - <<: *web
    name: side
    essential: false
    logConfiguration:
      logDriver: awslogs
      options:
        <<: [*options, {awslogs-region: other, awslogs-create-group: "true"}]
`)
	side := in.ContainerDefinitions[1]
	if *side.Name != "side" || *side.Image != "nginx" || *side.Essential || side.LogConfiguration.Options["awslogs-region"] != "us-east-1" ||
		side.LogConfiguration.Options["awslogs-create-group"] != "true" || in.ContainerDefinitions[0].LogConfiguration.Options["awslogs-group"] != "g" {
		got, _ := taskdef.Render(in)
		t.Errorf("%s", got)
	}
}

func TestParseInput(t *testing.T) {
	for _, c := range []struct {
		name, text string
		into       any
		want       string
		findings   string
	}{
		{"create", `{"serviceName": "web", "desiredCount": 2, "deploymentConfiguration": {"maximumPercent": 200},}`, new(ecs.CreateServiceInput),
			`{"serviceName":"web","desiredCount":2,"deploymentConfiguration":{"maximumPercent":200},"enableECSManagedTags":false,"enableExecuteCommand":false}`, "[]"},
		{"describe", `{"services": [{"serviceArn": "arn:x", "ServiceName": "web", "runningCount": 2, "events": [], "deployments": [{}], "desiredCount": 2, "launchType": ""}], "failures": []}`, new(ecs.CreateServiceInput),
			`{"serviceName":"web","desiredCount":2,"enableECSManagedTags":false,"enableExecuteCommand":false}`,
			"[f:1:16: note: left out what CreateService does not take: serviceArn, runningCount, events, deployments]"},
		{"update from what created it", "service:\n  serviceName: web\n  desiredCount: 3\n  launchType: EC2\n", new(ecs.UpdateServiceInput),
			`{"service":"web","desiredCount":3,"forceNewDeployment":false}`, "[f:4:3: note: left out what UpdateService does not take: launchType]"},
		{"run-task", `{"cluster": "c", "count": 2, "overrides": {"cpu": "1 vCPU", "containerOverrides": [{"name": "a", "memory": "1 GB", "environment": [{"name": "A", "value": 1}]}]}, "taskDefinition": "web"}`, new(ecs.RunTaskInput),
			`{"cluster":"c","count":2,"overrides":{"cpu":"1024","containerOverrides":[{"name":"a","memory":1024,"environment":[{"name":"A","value":"1"}]}]},"taskDefinition":"web","enableECSManagedTags":false,"enableExecuteCommand":false}`,
			`[f:1:108: warning: overrides.containerOverrides[0].memory: ECS wants an integer here, got the string "1 GB"; it is converted f:1:155: warning: overrides.containerOverrides[0].environment[0].value: ECS wants a string here, got 1; it is converted]`},
		{"cluster", `{"clusters": [{"clusterName": "c", "status": "ACTIVE"}]}`, new(ecs.CreateClusterInput), `{"clusterName":"c"}`,
			"[f:1:36: note: left out what CreateCluster does not take: status]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			doc, findings, err := taskdef.ParseInput(strings.NewReader(c.text), "f", c.into)
			if err != nil || doc == nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(findings); got != c.findings {
				t.Errorf("got  %s\nwant %s", got, c.findings)
			}
			got, err := wire.Encode(c.into)
			if err != nil {
				t.Fatal(err)
			}
			fresh := c.want
			if canonicalJSON(t, got) != canonicalJSON(t, []byte(fresh)) {
				t.Errorf("got  %s\nwant %s", got, fresh)
			}
		})
	}
}

func TestParseInputKeepsAndRefuses(t *testing.T) {
	cluster := "mine"
	in := &ecs.CreateServiceInput{Cluster: &cluster}
	if _, _, err := taskdef.ParseInput(strings.NewReader(`{"serviceName": "web"}`), "f", in); err != nil || *in.Cluster != "mine" || *in.ServiceName != "web" {
		t.Errorf("%v %v", err, in)
	}
	for _, c := range []struct{ text, want string }{
		{`{"services": [{}, {}]}`, "f:1:14: error: expected one of services, got 2"},
		{`[]`, "f:1:1: error: expected an object, got a list"},
		{`{"desiredCount": "many"}`, `f:1:18: error: desiredCount: expected an integer, got the string "many"`},
		{`{"serviceName": "${NAME}"}`, "f:1:17: error: serviceName: the marker ${NAME} is left over from a template"},
	} {
		_, findings, err := taskdef.ParseInput(strings.NewReader(c.text), "f", new(ecs.CreateServiceInput))
		if err == nil || hint.KindOf(err) != hint.Invalid || findings[0].String() != c.want {
			t.Errorf("%s: %v", c.text, findings)
		}
	}
	if _, _, err := taskdef.ParseInput(strings.NewReader(`{}`), "f", ecs.CreateServiceInput{}); err == nil {
		t.Error("a target that is no pointer was accepted")
	}
}

func TestDocument(t *testing.T) {
	def, _, err := taskdef.ParseTaskDefinition(strings.NewReader("family: web # x\ncontainerDefinitions:\n- Name: a\n  Image: b\n  memory: 64\n  command: []\n"), "f")
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"family": "{1 9}", "containerDefinitions[0].image": "{4 10}", "containerDefinitions[0].environment[3].name": "{3 3}", "containerDefinitions[7]": "{3 1}", "": "{1 1}"} {
		if got := fmt.Sprint(def.Document.Position(path)); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
	const want = "{\n  \"family\": \"web\",\n  \"containerDefinitions\": [\n    {\n      \"name\": \"a\",\n      \"image\": \"b\",\n      \"memory\": 64,\n      \"command\": []\n    }\n  ]\n}\n"
	if got := string(def.Document.JSON()); got != want || def.Document.File() != "f" {
		t.Errorf("%s", got)
	}
}

// A definition means the same in JSON and in YAML, whatever its texts hold.
func TestJSONAndYAMLAgree(t *testing.T) {
	text := rapid.OneOf(rapid.StringMatching(`[ -~éß☃]{0,12}`), rapid.SampledFrom([]string{"", "on", "no", "null", "~", "012", "1e3", ": x", "- a", "# a", "a: b", " a ", "{a}", "*x", "!y", "'q'", `"`, "\\"}))
	rapid.Check(t, func(t *rapid.T) {
		entries := rapid.MapOfN(rapid.StringMatching(`[A-Z][A-Z_]{0,8}`), text, 0, 5).Draw(t, "environment")
		var env []map[string]string
		for _, name := range sortedKeys(entries) {
			env = append(env, map[string]string{"name": name, "value": entries[name]})
		}
		tree := map[string]any{"family": "web", "containerDefinitions": []any{map[string]any{
			"name": "a", "image": "b", "memory": rapid.IntRange(6, 1<<20).Draw(t, "memory"), "essential": true,
			"command":      rapid.SliceOfN(text, 0, 4).Draw(t, "command"),
			"dockerLabels": rapid.MapOfN(rapid.StringMatching(`[a-zA-Z.]{1,8}`), text, 0, 3).Draw(t, "labels"),
			"environment":  env,
		}}}
		asJSON, err := json.Marshal(tree)
		if err != nil {
			t.Fatal(err)
		}
		def, findings, err := taskdef.ParseTaskDefinition(bytes.NewReader(asJSON), "f")
		if err != nil {
			t.Fatalf("%v in %s", findings, asJSON)
		}
		for i, d := range def.Input.ContainerDefinitions[0].Environment {
			if *d.Value != env[i]["value"] {
				t.Fatalf("the variable %s of %s became %q", *d.Name, asJSON, *d.Value)
			}
		}
		asYAML, err := yaml.Marshal(tree)
		var back map[string]any
		if err != nil || yaml.Unmarshal(asYAML, &back) != nil || !equalJSON(back, asJSON) {
			t.Skip("the YAML writer does not write what it can read")
		}
		other, findings, err := taskdef.ParseTaskDefinition(bytes.NewReader(asYAML), "f")
		if err != nil {
			t.Fatalf("%v in %s", findings, asYAML)
		}
		if changes := taskdef.Changes(def.Input, other.Input); len(changes) > 0 {
			t.Fatalf("%q\n%s\n%s", changes, asJSON, asYAML)
		}
	})
}

func equalJSON(v any, text []byte) bool {
	got, err := json.Marshal(v)
	return err == nil && bytes.Equal(got, text)
}

func TestUnions(t *testing.T) {
	const text = `{"serviceConnectConfiguration":{"containerConfigurations":[{"logLevel":"debug"}],"enabled":true}}`
	in := &ecs.CreateServiceInput{}
	if _, findings, err := taskdef.ParseInput(strings.NewReader(strings.Replace(text, "logLevel", "LogLevel", 1)), "f", in); err != nil || len(findings) > 0 {
		t.Fatal(err, findings)
	}
	got, err := wire.Encode(in.ServiceConnectConfiguration)
	if err != nil || !strings.Contains(string(got), `"containerConfigurations":[{"logLevel":"debug"}]`) {
		t.Errorf("%s %v", got, err)
	}
	if err := taskdef.Shorthand([]string{"enabled=true,containerConfigurations=[{logLevel=debug}]"}, new(types.ServiceConnectConfiguration)); err != nil {
		t.Error(err)
	}
}

// The column of a broken expression is where it breaks.
func TestExpressionColumn(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`{"expression": "attribute:x === y"}`, "f:3:49"},
		{`{expression: attribute:x === y}`, "f:3:46"},
		{`{expression: 'attribute:x === y'}`, "f:3:47"},
		{`{"expression": "attribute:\u0078 === y"}`, "f:3:34"},
	} {
		text := "family: a\nplacementConstraints:\n- " + strings.Replace(c.text, "{", "{type: memberOf, ", 1) + "\ncontainerDefinitions: [{name: a, image: a, memory: 64}]\n"
		_, findings, _ := taskdef.ParseTaskDefinition(strings.NewReader(text), "f")
		if len(findings) != 1 || !strings.HasPrefix(findings[0].String(), c.want) {
			t.Errorf("%s: %v", c.text, findings)
		}
	}
}
