package cmd

import (
	"bytes"
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/spf13/cobra"

	"gantry/internal/hint"
)

func testFactory(env ...string) (*Factory, *bytes.Buffer) {
	var talk bytes.Buffer
	f := newFactory(Process{Version: "test", In: strings.NewReader(""), Out: &talk, Err: &talk, Env: func(name string) (string, bool) {
		for i := 0; i < len(env); i += 2 {
			if env[i] == name {
				return env[i+1], true
			}
		}
		return "", false
	}})
	return f, &talk
}

// parse runs one command's flags without running the command.
func parse(f *Factory, c *cobra.Command, line ...string) error {
	root := newRootCmd(f)
	for _, known := range root.Commands() {
		if known.Name() == c.Name() {
			root.RemoveCommand(known)
		}
	}
	root.AddCommand(c)
	root.SetArgs(spread(append([]string{c.Name()}, line...)))
	root.SetOut(f.Streams.Out)
	root.SetErr(f.Streams.Err)
	return root.Execute()
}

func TestCreateServiceFlags(t *testing.T) {
	f, _ := testFactory()
	var got *awsecs.CreateServiceInput
	c := newCreateServiceCmd(f, func(_ context.Context, o *createServiceOptions) error { got = o.input; return nil })
	err := parse(f, c, "web", "--cluster", "shop", "--task-definition", "web:3", "--desired-count", "4",
		"--placement-strategy", "type=spread,field=attribute:ecs.availability-zone", "type=binpack,field=memory",
		"--placement-constraints", `type="memberOf",expression="attribute:ecs.availability-zone in [us-east-1a, us-east-1b]"`,
		"--deployment-configuration", "minimumHealthyPercent=50,maximumPercent=100,deploymentCircuitBreaker={enable=true,rollback=true}",
		"--network-configuration", "awsvpcConfiguration={subnets=[subnet-1,subnet-2],securityGroups=[sg-1]}",
		"--load-balancers", `[{"targetGroupArn":"arn:tg","containerName":"web","containerPort":80}]`,
		"--capacity-provider-strategy", "capacityProvider=FARGATE,weight=1", "--launch-type", "ec2", "--enable-execute-command")
	if err != nil {
		t.Fatal(err)
	}
	want := &awsecs.CreateServiceInput{
		Cluster: aws.String("shop"), ServiceName: aws.String("web"), TaskDefinition: aws.String("web:3"), DesiredCount: aws.Int32(4),
		PlacementStrategy: []types.PlacementStrategy{
			{Type: types.PlacementStrategyTypeSpread, Field: aws.String("attribute:ecs.availability-zone")},
			{Type: types.PlacementStrategyTypeBinpack, Field: aws.String("memory")},
		},
		PlacementConstraints: []types.PlacementConstraint{{
			Type: types.PlacementConstraintTypeMemberOf, Expression: aws.String("attribute:ecs.availability-zone in [us-east-1a, us-east-1b]"),
		}},
		DeploymentConfiguration: &types.DeploymentConfiguration{
			MinimumHealthyPercent: aws.Int32(50), MaximumPercent: aws.Int32(100),
			DeploymentCircuitBreaker: &types.DeploymentCircuitBreaker{Enable: true, Rollback: true},
		},
		NetworkConfiguration: &types.NetworkConfiguration{AwsvpcConfiguration: &types.AwsVpcConfiguration{
			Subnets: []string{"subnet-1", "subnet-2"}, SecurityGroups: []string{"sg-1"},
		}},
		LoadBalancers:            []types.LoadBalancer{{TargetGroupArn: aws.String("arn:tg"), ContainerName: aws.String("web"), ContainerPort: aws.Int32(80)}},
		CapacityProviderStrategy: []types.CapacityProviderStrategyItem{{CapacityProvider: aws.String("FARGATE"), Weight: 1}},
		LaunchType:               types.LaunchTypeEc2, EnableExecuteCommand: true,
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(awsecs.CreateServiceInput{}, types.PlacementStrategy{}, types.PlacementConstraint{},
		types.DeploymentConfiguration{}, types.DeploymentCircuitBreaker{}, types.NetworkConfiguration{}, types.AwsVpcConfiguration{},
		types.LoadBalancer{}, types.CapacityProviderStrategyItem{})); diff != "" {
		t.Errorf("the request differs (-want +got):\n%s", diff)
	}
}

func TestUpdateLeavesOutWhatWasNotTyped(t *testing.T) {
	f, _ := testFactory()
	var got *updateOptions
	c := newUpdateCmd(f, func(_ context.Context, o *updateOptions) error { got = o; return nil })
	if err := parse(f, c, "web", "--image", "app=web:v2", "--disable-execute-command"); err != nil {
		t.Fatal(err)
	}
	in := got.input
	if aws.ToString(in.Service) != "web" || aws.ToString(in.Cluster) != "default" || got.Images["app"] != "web:v2" {
		t.Errorf("options = %+v, images %v", in, got.Images)
	}
	if in.DesiredCount != nil || in.TaskDefinition != nil || in.DeploymentConfiguration != nil || in.PlacementStrategy != nil || in.ForceNewDeployment {
		t.Errorf("what was not typed is in the request: %+v", in)
	}
	if in.EnableExecuteCommand == nil || *in.EnableExecuteCommand {
		t.Errorf("enableExecuteCommand = %v, want false", in.EnableExecuteCommand)
	}
}

func TestRefusedCommandLines(t *testing.T) {
	tests := map[string]struct {
		line []string
		want string
	}{
		"no arguments":        {[]string{"scale"}, "SERVICE is missing"},
		"one too few":         {[]string{"scale", "web"}, "N is missing"},
		"one too many":        {[]string{"scale", "web", "3", "4"}, `"4" is one argument too many`},
		"negative":            {[]string{"create-service", "web", "--task-definition", "w", "--desired-count", "-1"}, "--desired-count must be 0 or more"},
		"name twice":          {[]string{"create-cluster", "a", "--cluster-name", "b"}, "given twice"},
		"negative argument":   {[]string{"scale", "web", "-1"}, "counts are 0 or more"},
		"flags that exclude":  {[]string{"update", "web", "--enable-execute-command", "--disable-execute-command"}, "enable-execute-command"},
		"folder as file":      {[]string{"register", "."}, "is a folder"},
		"folder as project":   {[]string{"up", "-f", "./"}, "is a folder"},
		"filter of another":   {[]string{"list", "instances", "--status", "DRAINING"}, "--status does not narrow down a list of instances"},
		"request of the SDK":  {[]string{"--local", "run", "job", "--capacity-provider-strategy", "weight=1"}, "missing required field"},
		"unknown kind":        {[]string{"list", "pods"}, `no kind "pods"`},
		"image without ref":   {[]string{"update", "web", "--image", "web"}, "CONTAINER=REF"},
		"too many tasks":      {[]string{"run", "job", "--count", "11"}, "1 to 10"},
		"not loopback":        {[]string{"emulator", "serve", "--listen", "10.0.0.1:80"}, "no loopback address"},
		"no port":             {[]string{"emulator", "serve", "--listen", "127.0.0.1"}, "HOST:PORT"},
		"bad speed":           {[]string{"emulator", "clock", "--speed", "-3"}, "above 0"},
		"output":              {[]string{"status", "-o", "xml"}, "text or json"},
		"timeout":             {[]string{"status", "--timeout", "0s"}, "--timeout must be more than nothing"},
		"local and region":    {[]string{"--local", "--region", "x", "status"}, "no name of a Region"},
		"world without local": {[]string{"--world", "x", "status"}, "not --local"},
		"attribute":           {[]string{"put-attributes", "i-1", "=x"}, "KEY=VALUE"},
		"shorthand":           {[]string{"create-service", "w", "--task-definition", "w", "--desired-count", "1", "--placement-strategy", "type"}, "--placement-strategy"},
		"destroy unasked":     {[]string{"--local", "delete-cluster", "x"}, "needs a yes"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f, _ := testFactory("GANTRY_HOME", t.TempDir())
			err := run(t.Context(), f, tt.line)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %q does not say %q", err, tt.want)
			}
			if code := hint.ExitCode(err); code != 2 {
				t.Errorf("exit code %d, want 2", code)
			}
		})
	}
}

func TestSpread(t *testing.T) {
	tests := []struct{ in, want string }{
		{"create-service web --placement-strategy type=a,field=b type=c --desired-count 3", "create-service web --placement-strategy type=a,field=b --placement-strategy type=c --desired-count 3"},
		{"run --placement-strategy type=random job", "run --placement-strategy type=random job"},
		{"run --tags key=a,value=b {\"key\":\"c\"} x", "run --tags key=a,value=b --tags {\"key\":\"c\"} x"},
		{"put-attributes i-1 a=b c=d", "put-attributes i-1 a=b c=d"},
		{"run --placement-strategy", "run --placement-strategy"},
		{"run -- --tags a=b c=d", "run -- --tags a=b c=d"},
	}
	for _, tt := range tests {
		if got := strings.Join(spread(strings.Fields(tt.in)), " "); got != tt.want {
			t.Errorf("spread(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestSpan(t *testing.T) {
	for text, want := range map[string]time.Duration{"90s": 90 * time.Second, "2d": 48 * time.Hour, "1w2d12h": 9*24*time.Hour + 12*time.Hour, "1.5d": 36 * time.Hour} {
		var s span
		if err := s.Set(text); err != nil || time.Duration(s) != want {
			t.Errorf("%q is %v, %v; want %v", text, time.Duration(s), err, want)
		}
	}
	for _, text := range []string{"", "d", "soon", "2x", "3", "2dd"} {
		var s span
		if err := s.Set(text); err == nil {
			t.Errorf("%q is taken for %v", text, time.Duration(s))
		}
	}
}

func TestColor(t *testing.T) {
	tests := []struct {
		name, flag string
		tty        bool
		env        []string
		want       bool
	}{
		{"terminal", "auto", true, nil, true},
		{"pipe", "auto", false, nil, false},
		{"NO_COLOR", "auto", true, []string{"NO_COLOR", "1"}, false},
		{"empty NO_COLOR", "auto", true, []string{"NO_COLOR", ""}, true},
		{"the flag wins", "always", false, []string{"NO_COLOR", "1"}, true},
		{"never", "never", true, nil, false},
		{"forced", "auto", false, []string{"CLICOLOR_FORCE", "1"}, true},
		{"dumb", "auto", true, []string{"TERM", "dumb"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, _ := testFactory(tt.env...)
			if got := f.Streams.colorFor(tt.flag, tt.tty); got != tt.want {
				t.Errorf("colour %v, want %v", got, tt.want)
			}
		})
	}
}

// TestDemoLines: each line of the demo can be typed as it is shown.
func TestDemoLines(t *testing.T) {
	for _, step := range demoSteps() {
		f, _ := testFactory()
		root := newRootCmd(f)
		c, rest, err := root.Find(spread(step.args("gantry-demo")))
		if err != nil || c == root {
			t.Errorf("%s: no such command: %v", step.commandLine("gantry-demo"), err)
			continue
		}
		if err := c.ParseFlags(rest); err != nil {
			t.Errorf("%s: %v", step.commandLine("gantry-demo"), err)
		}
	}
}

// TestDemoFailsWhenAStepDoes: only the failure that a step is there to show is one
// that the demo goes on after.
func TestDemoFailsWhenAStepDoes(t *testing.T) {
	rolledBack := hint.As(hint.RolledBack, errors.New("rolled back"))
	tests := map[string]struct {
		step demoStep
		err  error
		want bool
	}{
		"as planned":              {demoStep{fails: hint.RolledBack}, rolledBack, true},
		"another failure":         {demoStep{fails: hint.RolledBack}, hint.As(hint.Failed, errors.New("failed")), false},
		"no failure":              {demoStep{fails: hint.RolledBack}, nil, false},
		"none planned":            {demoStep{}, rolledBack, false},
		"none planned, no kind":   {demoStep{}, errors.New("connection refused"), false},
		"none planned, none came": {demoStep{}, nil, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := tt.step.meant(tt.err); got != tt.want {
				t.Errorf("meant = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestHelpOfEveryCommand(t *testing.T) {
	f, _ := testFactory()
	for _, c := range newRootCmd(f).Commands() {
		if slices.Contains([]string{"help", "completion"}, c.Name()) {
			continue
		}
		if c.Short == "" || c.GroupID == "" {
			t.Errorf("%s has no summary or stands in no group of the help", c.Name())
		}
		if c.Runnable() && c.Example == "" && c.Name() != "demo" {
			t.Errorf("%s has no example", c.Name())
		}
	}
}

// gone is an output whose reader has left.
type gone struct{}

func (gone) Write([]byte) (int, error) {
	return 0, &os.PathError{Op: "write", Path: "|1", Err: syscall.EPIPE}
}

// TestOutletTellsOfItsReader: what ends a command is an output that nobody reads,
// not a socket of the emulator whose client hung up.
func TestOutletTellsOfItsReader(t *testing.T) {
	left := 0
	if _, err := outlet(gone{}, func() { left++ }).Write([]byte("x")); err == nil || left != 1 {
		t.Errorf("error %v, told %d times; want an error and once", err, left)
	}
	var out bytes.Buffer
	if _, err := outlet(&out, func() { left++ }).Write([]byte("x")); err != nil || left != 1 {
		t.Errorf("error %v, told %d times; want none and no more", err, left)
	}
}
