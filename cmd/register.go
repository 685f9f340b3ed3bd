package cmd

import (
	"context"
	"errors"
	"fmt"
	"time"

	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/spf13/cobra"

	"gantry/internal/hint"
	"gantry/taskdef"
	"gantry/workflow"
)

type registerOptions struct {
	f      *Factory
	file   string
	family string
}

func newRegisterCmd(f *Factory, run func(context.Context, *registerOptions) error) *cobra.Command {
	o := &registerOptions{f: f}
	var input string
	c := &cobra.Command{
		Use:     "register FILE",
		Aliases: []string{"register-task-definition"},
		Short:   "Register a task definition",
		Long: `Register the next revision of a task definition.

FILE is JSON (comments and trailing commas allowed) or YAML, in the form that
RegisterTaskDefinition takes, the form that DescribeTaskDefinition answers, or a
bare list of containers. "-" reads standard input. Everything wrong with the
file is reported at once, each with its line and column, and nothing is
registered then. An unknown key is a warning.`,
		Example: `  gantry --local register web.json
  gantry register --cli-input-json file://task-definition.json`,
		Args: arguments(0, "FILE"),
		RunE: func(c *cobra.Command, args []string) error {
			o.file = input
			if len(args) > 0 {
				if input != "" {
					return hint.As(hint.Usage, errors.New("name the file once: as FILE or with --cli-input-json"))
				}
				o.file = args[0]
			}
			if o.file == "" {
				return hint.As(hint.Usage, hint.With(errors.New("FILE is missing: "+c.UseLine()), "- reads the definition from standard input"))
			}
			if run == nil {
				run = registerRun
			}
			return run(c.Context(), o)
		},
	}
	c.Flags().StringVar(&input, "cli-input-json", "", "the file as the aws CLI names it: file://FILE")
	c.Flags().StringVar(&o.family, "family", "", "the family, where the file does not say it")
	return c
}

func registerRun(ctx context.Context, o *registerOptions) error {
	in, err := o.f.readTaskDefinition(o.file, o.family)
	if err != nil {
		return err
	}
	return o.f.quietly(ctx, func(s *workflow.Session) error {
		d, _, err := s.Register(ctx, in, false)
		if err != nil {
			return err
		}
		p := o.f.printer(time.Time{})
		if o.f.json() {
			return p.JSON(map[string]any{"taskDefinition": d.Document})
		}
		p.Line("%s", d.ARN)
		return nil
	})
}

// readTaskDefinition reads and checks a definition; its warnings go to standard
// error, its errors end the command before anything is registered.
func (f *Factory) readTaskDefinition(file, family string) (*awsecs.RegisterTaskDefinitionInput, error) {
	r, name, err := f.open(file)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var opts []taskdef.Option
	if family != "" {
		opts = append(opts, taskdef.Family(family))
	}
	d, findings, err := taskdef.ParseTaskDefinition(r, name, opts...)
	if err := f.checked(name, findings, err, "registered"); err != nil {
		return nil, err
	}
	return d.Input, nil
}

// checked lists what the check of a file found. When something blocks, the
// error says so in one line, since the list has been printed.
func (f *Factory) checked(name string, findings taskdef.Findings, err error, done string) error {
	f.talker().Findings(findings)
	if len(taskdef.Blocking(err)) == 0 {
		return err
	}
	next := hint.Of(err)
	if next == "" {
		next = "mend what is listed above"
	}
	return hint.As(hint.Invalid, hint.With(fmt.Errorf("%s is not valid; nothing was %s", name, done), next))
}
