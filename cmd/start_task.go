package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"

	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/spf13/cobra"

	"gantry/internal/hint"
	"gantry/workflow"
)

type startTaskOptions struct {
	f     *Factory
	input *awsecs.StartTaskInput
	workflow.RunOptions
}

func newStartTaskCmd(f *Factory, run func(context.Context, *startTaskOptions) error) *cobra.Command {
	o := &startTaskOptions{f: f, input: &awsecs.StartTaskInput{}}
	var flags taskFlags
	var instances []string
	c := &cobra.Command{
		Use:   "start-task FAMILY[:REVISION] --container-instances INSTANCE…",
		Short: "Start a task on each container instance that you name, without placement",
		Long: `Start one task on each named container instance: what a scheduler of your own
does when it has decided. Nothing is placed: an instance that cannot take its
task, or that is not there, is told as a failure, and the others get theirs.

An instance is named by its id, its ARN or its EC2 instance id. --wait and
--exit-code-from follow the tasks as those of run-task do.`,
		Example: `  gantry --local start-task myapp --container-instances i-0123456789abcdef0 --started-by my-scheduler`,
		Args:    arguments(0, "TASK-DEFINITION"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := f.readInput(flags.document, o.input); err != nil {
				return err
			}
			if err := flags.take(args); err != nil {
				return err
			}
			if err := fillStart(c, f, &flags, instances, o.input); err != nil {
				return err
			}
			followed(&o.RunOptions)
			if run == nil {
				run = startTaskRun
			}
			return run(c.Context(), o)
		},
	}
	flags.add(c)
	c.Flags().StringArrayVar(&instances, "container-instances", nil, "where: one to ten container instances, with commas or by repeating the flag")
	addFollowFlags(c, &o.RunOptions)
	return c
}

func fillStart(c *cobra.Command, f *Factory, flags *taskFlags, instances []string, in *awsecs.StartTaskInput) error {
	err := flags.fill(c, f, taskMembers{
		definition: &in.TaskDefinition, cluster: &in.Cluster, group: &in.Group, startedBy: &in.StartedBy,
		exec: &in.EnableExecuteCommand, overrides: &in.Overrides, network: &in.NetworkConfiguration, tags: &in.Tags,
	})
	if err != nil {
		return err
	}
	if len(instances) > 0 {
		in.ContainerInstances = nil
		for _, text := range instances {
			in.ContainerInstances = append(in.ContainerInstances, strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })...)
		}
	}
	switch n := len(in.ContainerInstances); {
	case n == 0:
		return hint.As(hint.Usage, hint.Withf(errors.New("--container-instances is missing: start-task starts a task where you say"),
			"see them with: %s list instances%s; to let ECS choose: %s run-task", f.prefix(), f.clusterFlag(), f.prefix()))
	case n > 10:
		return hint.As(hint.Usage, fmt.Errorf("--container-instances takes 1 to 10 in one call, not %d", n))
	}
	return nil
}

func startTaskRun(ctx context.Context, o *startTaskOptions) error {
	return launched(ctx, o.f, func(s *workflow.Session) (workflow.RunResult, error) {
		return s.StartTask(ctx, o.input, o.RunOptions)
	})
}
