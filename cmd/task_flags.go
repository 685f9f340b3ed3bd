package cmd

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/spf13/cobra"

	"gantry/internal/hint"
	"gantry/report"
	"gantry/workflow"
)

// taskFlags are the flags that run-task and start-task share, as typed.
type taskFlags struct {
	taskDefinition string
	overrides      string
	network        string
	group          string
	startedBy      string
	tags           []string
	executeCommand bool
	document       string
}

func (t *taskFlags) add(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&t.taskDefinition, "task-definition", "", "the task definition: FAMILY, FAMILY:REVISION or an ARN")
	flags.StringVar(&t.overrides, "overrides", "", "containerOverrides=[{name=C,command=[a,b]}], or JSON")
	flags.StringVar(&t.network, "network-configuration", "", "awsvpcConfiguration={subnets=[S1,S2],securityGroups=[G]}, or JSON")
	flags.StringVar(&t.group, "group", "", "the task group (default family:FAMILY)")
	flags.StringVar(&t.startedBy, "started-by", "", "a mark by which the tasks can be listed")
	flags.StringArrayVar(&t.tags, "tags", nil, "tags: key=K,value=V …")
	flags.BoolVar(&t.executeCommand, "enable-execute-command", false, "let execute-command into the tasks")
	addInputFlag(c, &t.document)
}

// take takes the task definition from the arguments, where it stands there.
func (t *taskFlags) take(args []string) error {
	name, err := nameOnce(args, t.taskDefinition, "--task-definition")
	if err == nil {
		t.taskDefinition = name
	}
	return err
}

// taskMembers are the members of a request that both commands fill.
type taskMembers struct {
	definition, cluster, group, startedBy **string
	exec                                  *bool
	overrides                             **types.TaskOverride
	network                               **types.NetworkConfiguration
	tags                                  *[]types.Tag
}

// fill puts what was typed into the request; what was not typed stays as the
// document had it.
func (t *taskFlags) fill(c *cobra.Command, f *Factory, m taskMembers) error {
	setText(m.definition, t.taskDefinition)
	if aws.ToString(*m.definition) == "" {
		return hint.As(hint.Usage, errors.New("--task-definition is missing: "+c.UseLine()))
	}
	f.fillCluster(c, m.cluster)
	setText(m.group, t.group)
	setText(m.startedBy, t.startedBy)
	if t.executeCommand {
		*m.exec = true
	}
	if err := decodeInto(t.overrides, "--overrides", m.overrides); err != nil {
		return err
	}
	if err := decodeInto(t.network, "--network-configuration", m.network); err != nil {
		return err
	}
	return decodeList(t.tags, "--tags", m.tags)
}

// setText sets a member that was typed.
func setText(member **string, text string) {
	if text != "" {
		*member = aws.String(text)
	}
}

func addFollowFlags(c *cobra.Command, o *workflow.RunOptions) {
	c.Flags().BoolVar(&o.Wait, "wait", false, "follow the tasks to their end, with their logs")
	c.Flags().StringVar(&o.ExitCodeFrom, "exit-code-from", "", "exit with the code of this container (implies --wait)")
}

// followed settles what the flags imply.
func followed(o *workflow.RunOptions) {
	o.Wait = o.Wait || o.ExitCodeFrom != ""
	o.Logs = o.Wait
}

// launched starts tasks and shows what became of them.
func launched(ctx context.Context, f *Factory, start func(*workflow.Session) (workflow.RunResult, error)) error {
	var result workflow.RunResult
	var p report.Printer
	err := f.watched(ctx, func(s *workflow.Session) (err error) {
		result, err = start(s)
		p = f.printer(s.Now(context.WithoutCancel(ctx)))
		return err
	})
	switch {
	case len(result.Tasks)+len(result.Failures) == 0:
	case f.json():
		if jsonErr := p.JSON(result); jsonErr != nil {
			return jsonErr
		}
	default:
		p.Tasks(result.Tasks)
		f.talker().Failures(result.Failures)
		f.talker().NotPlaced(result.Explanation)
		f.talker().Stopped(result.Stopped)
	}
	return err
}
