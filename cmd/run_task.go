package cmd

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/spf13/cobra"

	"gantry/internal/hint"
	"gantry/workflow"
)

type runTaskOptions struct {
	f     *Factory
	input *awsecs.RunTaskInput
	workflow.RunOptions
}

// runTaskFlags are the flags as typed.
type runTaskFlags struct {
	taskFlags
	count      int32
	placement  placementFlags
	launchType string
	platform   string
	capacity   []string
	token      string
}

func newRunTaskCmd(f *Factory, run func(context.Context, *runTaskOptions) error) *cobra.Command {
	o := &runTaskOptions{f: f, input: &awsecs.RunTaskInput{}}
	var flags runTaskFlags
	c := &cobra.Command{
		Use:     "run-task FAMILY[:REVISION]",
		Aliases: []string{"run"},
		Short:   "Run standalone tasks",
		Long: `Place up to ten tasks that belong to no service.

With --wait the tasks are followed to their end with their logs; the exit code
is 0 when all went well, 1 when one failed and 14 when one never started. With
--exit-code-from CONTAINER it is that container's own.`,
		Example: `  gantry --local run-task --task-definition myapp --count 9 --placement-strategy type=spread,field=attribute:ecs.availability-zone
  gantry run migrate --wait --exit-code-from app`,
		Args: arguments(0, "TASK-DEFINITION"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := f.readInput(flags.document, o.input); err != nil {
				return err
			}
			if err := flags.take(args); err != nil {
				return err
			}
			if err := flags.fill(c, f, o.input); err != nil {
				return err
			}
			followed(&o.RunOptions)
			if run == nil {
				run = runTaskRun
			}
			return run(c.Context(), o)
		},
	}
	flags.add(c)
	addFollowFlags(c, &o.RunOptions)
	return c
}

func (r *runTaskFlags) add(c *cobra.Command) {
	r.taskFlags.add(c)
	flags := c.Flags()
	flags.Int32Var(&r.count, "count", 1, "how many tasks: 1 to 10")
	r.placement.add(c)
	flags.StringVar(&r.launchType, "launch-type", "", "EC2, FARGATE or EXTERNAL")
	flags.StringVar(&r.platform, "platform-version", "", "the Fargate platform version")
	flags.StringArrayVar(&r.capacity, "capacity-provider-strategy", nil, "capacityProvider=P,weight=W,base=B …, or JSON")
	flags.StringVar(&r.token, "client-token", "", "makes a repeated request the same request")
}

func (r *runTaskFlags) fill(c *cobra.Command, f *Factory, in *awsecs.RunTaskInput) error {
	err := r.taskFlags.fill(c, f, taskMembers{
		definition: &in.TaskDefinition, cluster: &in.Cluster, group: &in.Group, startedBy: &in.StartedBy,
		exec: &in.EnableExecuteCommand, overrides: &in.Overrides, network: &in.NetworkConfiguration, tags: &in.Tags,
	})
	if err != nil {
		return err
	}
	if c.Flags().Changed("count") || in.Count == nil {
		in.Count = aws.Int32(r.count)
	}
	if n := *in.Count; n < 1 || n > 10 {
		return hint.As(hint.Usage, fmt.Errorf("--count is 1 to 10 tasks in one call, not %d", n))
	}
	setText(&in.PlatformVersion, r.platform)
	setText(&in.ClientToken, r.token)
	if err := oneOf(r.launchType, "--launch-type", &in.LaunchType, in.LaunchType.Values()); err != nil {
		return err
	}
	if err := r.placement.decode(&in.PlacementStrategy, &in.PlacementConstraints); err != nil {
		return err
	}
	return decodeList(r.capacity, "--capacity-provider-strategy", &in.CapacityProviderStrategy)
}

func runTaskRun(ctx context.Context, o *runTaskOptions) error {
	return launched(ctx, o.f, func(s *workflow.Session) (workflow.RunResult, error) {
		result, err := s.RunTask(ctx, o.input, o.RunOptions)
		return result, marked(err, o.input.PlacementConstraints)
	})
}
