package cmd

import (
	"strings"

	"gantry/internal/hint"
)

// demoPrefix is what stands in front of every command line of the demo.
const demoPrefix = "gantry --local"

// demoStep is one thing that the demo does: a command line, which is shown and
// run as it stands. {dir} in it is the folder with the demo's files.
type demoStep struct {
	title   string
	line    []string
	rollout string    // the deployment that it starts, by its bounds
	fails   hint.Kind // the kind of failure that it is to end with; zero is none
	tail    int       // end it after so many log lines
}

// meant reports whether the step was to end with this error. The zero kind, which
// every error without a kind has, is never meant.
func (s demoStep) meant(err error) bool {
	return err != nil && s.fails != hint.Unexpected && hint.KindOf(err) == s.fails
}

// args is the command line for Cobra.
func (s demoStep) args(dir string) []string {
	args := make([]string, 0, len(s.line))
	for _, arg := range s.line {
		args = append(args, strings.ReplaceAll(arg, "{dir}", dir))
	}
	return args
}

// commandLine is the command line for a shell.
func (s demoStep) commandLine(dir string) string {
	words := []string{demoPrefix}
	for _, arg := range s.args(dir) {
		if strings.ContainsAny(arg, " {}()[]*$\"&|;<>") {
			arg = "'" + arg + "'"
		}
		words = append(words, arg)
	}
	return strings.Join(words, " ")
}

// demoSteps is the story: the workflow of the ECS slides, with their two ways of
// updating, and a deployment that goes wrong.
func demoSteps() []demoStep {
	const image = "web=123456789012.dkr.ecr.us-east-1.amazonaws.com/web:"
	add := func(kind string) demoStep {
		return demoStep{
			title: "Register three container instances of type " + kind + ", one in each of three zones",
			line: []string{"emulator", "add-instances", "--cluster", "demo", "--type", kind,
				"--zones", "us-east-1a,us-east-1b,us-east-1c", "--count", "3"},
		}
	}
	update := func(more ...string) []string { return append([]string{"update", "web", "--cluster", "demo"}, more...) }
	return []demoStep{
		{title: "Push an image to ECR; the repository is made on the way", line: []string{"push", "{dir}/image-v1", "web:v1"}},
		{title: "Register a task definition with awslogs", line: []string{"register", "{dir}/web.json"}},
		{title: "Create a cluster", line: []string{"create-cluster", "demo"}},
		add("t3.small"), add("t3.medium"), add("m5.large"),
		{title: "Create a service of 10 tasks, spread over the zones", line: []string{
			"create-service", "web", "--cluster", "demo", "--task-definition", "web", "--desired-count", "10",
			"--placement-strategy", "type=spread,field=attribute:ecs.availability-zone", "type=binpack,field=memory",
		}},
		{title: "See how they were placed", line: []string{"list", "tasks", "--cluster", "demo"}},
		{title: "Scale it to 15; that starts no deployment", line: []string{"scale", "web", "15", "--cluster", "demo"}},
		{title: "Tail the log lines of all its tasks", line: []string{"logs", "web", "--cluster", "demo", "--since", "30s", "--follow"}, tail: 12},
		{title: "Push the next version; the layer that did not change is there already", line: []string{"push", "{dir}/image-v2", "web:v2"}},
		{title: "Update fast, without losing capacity: minimum 100 %, maximum 200 %", rollout: "100/200",
			line: update("--image", image+"v2", "--deployment-configuration", "minimumHealthyPercent=100,maximumPercent=200")},
		{title: "Push a third version", line: []string{"push", "{dir}/image-v3", "web:v3"}},
		{title: "Update in the least space: minimum 50 %, maximum 100 %, which ECS allows only without zone rebalancing", rollout: "50/100",
			line: update("--image", image+"v3", "--availability-zone-rebalancing", "DISABLED",
				"--deployment-configuration", "minimumHealthyPercent=50,maximumPercent=100")},
		{title: "Register a revision whose containers die before they reach RUNNING", line: []string{"register", "{dir}/web-broken.json"}},
		{title: "Deploy it: the circuit breaker trips and rolls back", rollout: "broken", fails: hint.RolledBack,
			line: update("--task-definition", "web", "--deployment-configuration",
				"minimumHealthyPercent=100,maximumPercent=200,deploymentCircuitBreaker={enable=true,rollback=true}")},
		{title: "See where it stands", line: []string{"list", "deployments", "--cluster", "demo", "--service", "web"}},
	}
}
