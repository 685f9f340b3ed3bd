package cmd

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/spf13/cobra"

	"gantry/internal/hint"
	"gantry/report"
	"gantry/workflow"
)

type runTaskOptions struct {
	f     *Factory
	input *awsecs.RunTaskInput
	workflow.RunOptions
}

// runTaskFlags are the flags as typed.
type runTaskFlags struct {
	taskDefinition string
	count          int32
	placement      placementFlags
	overrides      string
	network        string
	group          string
	startedBy      string
	launchType     string
	platform       string
	capacity       []string
	tags           []string
	token          string
	executeCommand bool
	document       string
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
			name, err := nameOnce(args, flags.taskDefinition, "--task-definition")
			if err != nil {
				return err
			}
			flags.taskDefinition = name
			if err := flags.fill(c, f, o.input); err != nil {
				return err
			}
			if o.ExitCodeFrom != "" {
				o.Wait = true
			}
			o.Logs = o.Wait
			if run == nil {
				run = runTaskRun
			}
			return run(c.Context(), o)
		},
	}
	flags.add(c)
	c.Flags().BoolVar(&o.Wait, "wait", false, "follow the tasks to their end, with their logs")
	c.Flags().StringVar(&o.ExitCodeFrom, "exit-code-from", "", "exit with the code of this container (implies --wait)")
	return c
}

func (r *runTaskFlags) add(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&r.taskDefinition, "task-definition", "", "the task definition: FAMILY, FAMILY:REVISION or an ARN")
	flags.Int32Var(&r.count, "count", 1, "how many tasks: 1 to 10")
	r.placement.add(c)
	flags.StringVar(&r.overrides, "overrides", "", "containerOverrides=[{name=C,command=[a,b]}], or JSON")
	flags.StringVar(&r.network, "network-configuration", "", "awsvpcConfiguration={subnets=[S1,S2],securityGroups=[G]}, or JSON")
	flags.StringVar(&r.group, "group", "", "the task group (default family:FAMILY)")
	flags.StringVar(&r.startedBy, "started-by", "", "a mark by which the tasks can be listed")
	flags.StringVar(&r.launchType, "launch-type", "", "EC2, FARGATE or EXTERNAL")
	flags.StringVar(&r.platform, "platform-version", "", "the Fargate platform version")
	flags.StringArrayVar(&r.capacity, "capacity-provider-strategy", nil, "capacityProvider=P,weight=W,base=B …, or JSON")
	flags.StringArrayVar(&r.tags, "tags", nil, "tags: key=K,value=V …")
	flags.StringVar(&r.token, "client-token", "", "makes a repeated request the same request")
	flags.BoolVar(&r.executeCommand, "enable-execute-command", false, "let execute-command into the tasks")
	addInputFlag(c, &r.document)
}

func (r *runTaskFlags) fill(c *cobra.Command, f *Factory, in *awsecs.RunTaskInput) error {
	if r.taskDefinition != "" {
		in.TaskDefinition = aws.String(r.taskDefinition)
	}
	if aws.ToString(in.TaskDefinition) == "" {
		return hint.As(hint.Usage, errors.New("--task-definition is missing: "+c.UseLine()))
	}
	if c.Flags().Changed("count") || in.Count == nil {
		in.Count = aws.Int32(r.count)
	}
	if n := *in.Count; n < 1 || n > 10 {
		return hint.As(hint.Usage, fmt.Errorf("--count is 1 to 10 tasks in one call, not %d", n))
	}
	f.fillCluster(c, &in.Cluster)
	for _, flag := range []struct {
		text   string
		member **string
	}{{r.group, &in.Group}, {r.startedBy, &in.StartedBy}, {r.platform, &in.PlatformVersion}, {r.token, &in.ClientToken}} {
		if flag.text != "" {
			*flag.member = aws.String(flag.text)
		}
	}
	if r.executeCommand {
		in.EnableExecuteCommand = true
	}
	if err := oneOf(r.launchType, "--launch-type", &in.LaunchType, in.LaunchType.Values()); err != nil {
		return err
	}
	if err := r.placement.decode(&in.PlacementStrategy, &in.PlacementConstraints); err != nil {
		return err
	}
	if err := decodeInto(r.overrides, "--overrides", &in.Overrides); err != nil {
		return err
	}
	if err := decodeInto(r.network, "--network-configuration", &in.NetworkConfiguration); err != nil {
		return err
	}
	if err := decodeList(r.capacity, "--capacity-provider-strategy", &in.CapacityProviderStrategy); err != nil {
		return err
	}
	return decodeList(r.tags, "--tags", &in.Tags)
}

func runTaskRun(ctx context.Context, o *runTaskOptions) error {
	var result workflow.RunResult
	var p report.Printer
	err := o.f.watched(ctx, func(s *workflow.Session) (err error) {
		result, err = s.RunTask(ctx, o.input, o.RunOptions)
		p = o.f.printer(s.Now(context.WithoutCancel(ctx)))
		return marked(err, o.input.PlacementConstraints)
	})
	switch {
	case len(result.Tasks)+len(result.Failures) == 0:
	case o.f.json():
		if jsonErr := p.JSON(result); jsonErr != nil {
			return jsonErr
		}
	default:
		p.Tasks(result.Tasks)
		o.f.talker().Failures(result.Failures)
		o.f.talker().Stopped(result.Stopped)
	}
	return err
}
