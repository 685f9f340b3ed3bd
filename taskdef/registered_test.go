package taskdef_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/awsapi/wire"
	"gantry/internal/golden"
	"gantry/internal/hint"
	"gantry/taskdef"
)

func parse(t testing.TB, text string) *ecs.RegisterTaskDefinitionInput {
	t.Helper()
	def, _, err := taskdef.ParseTaskDefinition(strings.NewReader(text), "f")
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return def.Input
}

func TestRegistered(t *testing.T) {
	var out strings.Builder
	for _, text := range []string{
		`{"family": "bridge", "containerDefinitions": [{"name": "web", "image": "nginx", "memoryReservation": 64, "privileged": true,
		  "portMappings": [{"containerPort": 80}, {"containerPort": 443, "hostPort": 443}], "healthCheck": {"command": ["CMD", "true"], "interval": 10},
		  "logConfiguration": {"logDriver": "json-file"}}], "taskRoleArn": "app"}`,
		`{"family": "fargate", "networkMode": "awsvpc", "cpu": "1 vCPU", "memory": "2GB", "requiresCompatibilities": ["FARGATE"],
		  "executionRoleArn": "arn:aws:iam::123456789012:role/e",
		  "containerDefinitions": [{"name": "web", "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/web:1", "portMappings": [{"containerPort": 80}],
		   "secrets": [{"name": "A", "valueFrom": "a"}, {"name": "B", "valueFrom": "arn:aws:secretsmanager:us-east-1:1:secret:b"}],
		   "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "g", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "p"}}}]}`,
		`{"family": "host", "networkMode": "host", "pidMode": "task", "taskRoleArn": "app", "memory": "512",
		  "volumes": [{"name": "efs", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}, {"name": "d", "dockerVolumeConfiguration": {"driver": "local"}}],
		  "containerDefinitions": [{"name": "web", "image": "nginx", "portMappings": [{"containerPort": 80, "protocol": "udp"}, {"containerPortRange": "90-99"}],
		   "dependsOn": [{"containerName": "x", "condition": "START"}], "restartPolicy": {"enabled": true}, "linuxParameters": {"initProcessEnabled": true},
		   "environmentFiles": [{"type": "s3", "value": "arn:aws:s3:::b/a.env"}], "logConfiguration": {"logDriver": "awsfirelens"}},
		   {"name": "x", "image": "fluent", "firelensConfiguration": {"type": "fluentbit"}}]}`,
	} {
		in := parse(t, text)
		before, _ := taskdef.Render(in)
		td, err := taskdef.Registered(in, "arn:aws:ecs:us-east-1:123456789012:task-definition/x:3", 3, time.UnixMilli(1718000000123).UTC(), "arn:aws:iam::123456789012:root")
		if err != nil {
			t.Fatal(err)
		}
		if after, _ := taskdef.Render(in); string(before) != string(after) {
			t.Errorf("the input of %s changed", *in.Family)
		}
		document, err := wire.EncodeIndent(td)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&out, "%s\n", document)

		back, err := taskdef.FromRegistered(td, in.Tags)
		if err != nil || !taskdef.Same(in, back) {
			t.Errorf("%s registered again would differ: %v %v", *in.Family, err, taskdef.Changes(in, back))
		}
		if found := taskdef.Validate(back).Errors(); len(found) > 0 {
			t.Errorf("%s as ECS returns it is refused: %v", *in.Family, found)
		}
	}
	golden.AssertString(t, "registered.golden", out.String())
}

func TestCompatibilities(t *testing.T) {
	for _, c := range []struct{ members, want string }{
		{`"memory": "512"`, "[EXTERNAL EC2]"},
		{`"memory": "512", "cpu": "256", "networkMode": "awsvpc"`, "[EC2 FARGATE]"},
		{`"memory": "513", "cpu": "256", "networkMode": "awsvpc"`, "[EC2]"},
		{`"memory": "512", "cpu": "256", "networkMode": "awsvpc", "ipcMode": "task"`, "[EC2]"},
		{`"memory": "512", "cpu": "256", "networkMode": "awsvpc", "ephemeralStorage": {"sizeInGiB": 30}`, "[FARGATE]"},
		{`"memory": "512", "requiresCompatibilities": ["MANAGED_INSTANCES"], "networkMode": "awsvpc"`, "[EC2 MANAGED_INSTANCES]"},
	} {
		in := parse(t, `{"family": "a", "containerDefinitions": [{"name": "a", "image": "a"}], `+c.members+`}`)
		if got := fmt.Sprint(taskdef.Compatibilities(in)); got != c.want {
			t.Errorf("%s: got %s, want %s", c.members, got, c.want)
		}
	}
}

const base = `{"family": "web", "cpu": "256", "memory": "512", "tags": [{"key": "a", "value": "b"}], "containerDefinitions": [
  {"name": "web", "image": "nginx:1", "environment": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}], "command": ["sh", "-c"],
   "portMappings": [{"containerPort": 80}]}, {"name": "side", "image": "busybox"}]}`

func TestSame(t *testing.T) {
	for _, text := range []string{
		base,
		strings.Replace(base, `[{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]`, `[{"name": "B", "value": "2"}, {"name": "A", "value": "1"}]`, 1),
		strings.Replace(base, `"cpu": "256", "memory": "512"`, `"cpu": ".25 vCPU", "memory": "0.5 GB"`, 1),
		strings.Replace(base, `"tags": [{"key": "a", "value": "b"}]`, `"tags": []`, 1),
		strings.Replace(base, `"name": "web",`, `"name": "web", "essential": true, "cpu": 0, "links": [], "privileged": false, "dockerLabels": {}, "user": "",`, 1),
		strings.Replace(base, `{"containerPort": 80}`, `{"containerPort": 80, "hostPort": 0, "protocol": "tcp"}`, 1),
	} {
		if changes := taskdef.Changes(parse(t, base), parse(t, text)); len(changes) > 0 {
			t.Errorf("%v in %s", changes, text)
		}
	}
}

func TestChanges(t *testing.T) {
	changed := strings.NewReplacer(`nginx:1`, `nginx:2`, `{"name": "A", "value": "1"}, `, ``, `"sh", "-c"`, `"sh"`, `"image": "busybox"`, `"image": "busybox", "essential": false, "dockerLabels": {"a": ""}`, `"512"`, `"1024"`).Replace(base)
	want := []taskdef.Change{
		{"containerDefinitions[0].command", `["sh","-c"]`, `["sh"]`},
		{"containerDefinitions[0].environment.A", "1", ""},
		{"containerDefinitions[0].image", "nginx:1", "nginx:2"},
		{"containerDefinitions[1].dockerLabels.a", "", `""`},
		{"containerDefinitions[1].essential", "true", ""},
		{"memory", "512", "1024"},
	}
	if got := taskdef.Changes(parse(t, base), parse(t, changed)); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	tag := func(k, v string) types.Tag { return types.Tag{Key: &k, Value: &v} }
	if !taskdef.SameTags([]types.Tag{tag("a", "1"), tag("b", "2")}, []types.Tag{tag("b", "2"), tag("a", "1")}) || taskdef.SameTags([]types.Tag{tag("a", "1")}, nil) {
		t.Error("tags are not compared as a set")
	}
}

func TestWithImage(t *testing.T) {
	in := parse(t, base)
	out, err := taskdef.WithImage(in, "web", "nginx:2")
	if err != nil || *out.ContainerDefinitions[0].Image != "nginx:2" || *in.ContainerDefinitions[0].Image != "nginx:1" {
		t.Fatalf("%v %v", err, out)
	}
	_, err = taskdef.WithImage(in, "wob", "nginx:2")
	if hint.KindOf(err) != hint.NotFound || hint.Of(err) != `did you mean "web"?` {
		t.Errorf("%v, %s", err, hint.Of(err))
	}
	_, err = taskdef.WithImage(in, "", "nginx:2")
	if hint.KindOf(err) != hint.Usage || !strings.Contains(hint.Of(err), "web, side") {
		t.Errorf("%v, %s", err, hint.Of(err))
	}
	in.ContainerDefinitions = in.ContainerDefinitions[:1]
	if out, err = taskdef.WithImage(in, "", "nginx:3"); err != nil || *out.ContainerDefinitions[0].Image != "nginx:3" {
		t.Errorf("the only container: %v", err)
	}
}
