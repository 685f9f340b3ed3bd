package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"gantry/internal/hint"
)

// addValueOptions is a secret or a parameter that is to be made.
type addValueOptions struct {
	f                 *Factory
	name, kind, value string
}

// longestValue bounds what is read from standard input: the most that a secret
// may have.
const longestValue = 65536

// settle reads a value that stands on standard input.
func (o *addValueOptions) settle() error {
	switch o.value {
	case "":
		return hint.As(hint.Usage, errors.New("--value is missing: the value, or - to read it from standard input"))
	case "-":
		text, err := io.ReadAll(io.LimitReader(o.f.Streams.In, longestValue+1))
		if err != nil {
			return fmt.Errorf("read the value from standard input: %w", err)
		}
		if len(text) > longestValue {
			return hint.As(hint.Usage, fmt.Errorf("the value on standard input has more than %d bytes", longestValue))
		}
		o.value = strings.TrimRight(string(text), "\r\n")
		if o.value == "" {
			return hint.As(hint.Usage, errors.New("the value on standard input is empty"))
		}
	}
	return nil
}

// command gives a command that makes a value its argument and its flag; usual is
// what it does where a test says nothing else.
func (o *addValueOptions) command(c *cobra.Command, run, usual func(context.Context, *addValueOptions) error) {
	if run == nil {
		run = usual
	}
	c.Args = arguments(1, "NAME")
	c.RunE = func(c *cobra.Command, args []string) error {
		o.name = args[0]
		if err := o.settle(); err != nil {
			return err
		}
		return run(c.Context(), o)
	}
	c.Flags().StringVar(&o.value, "value", "", "the value, or - for standard input")
}

func newAddSecretCmd(f *Factory, run func(context.Context, *addValueOptions) error) *cobra.Command {
	o := &addValueOptions{f: f}
	c := &cobra.Command{
		Use:   "add-secret NAME --value VALUE",
		Short: "Make a secret that task definitions can name",
		Long: `Make a secret of Secrets Manager and print its ARN, which the secrets of a task
definition name as valueFrom. The value is never printed.`,
		Example: "  echo $PASSWORD | gantry --local emulator add-secret web/password --value -",
	}
	o.command(c, run, addSecretRun)
	return c
}

func addSecretRun(ctx context.Context, o *addValueOptions) error {
	client, err := o.f.client(ctx)
	if err != nil {
		return err
	}
	arn, err := client.AddSecret(ctx, o.name, o.value)
	if err != nil {
		return err
	}
	return o.f.made(arn)
}

func newAddParameterCmd(f *Factory, run func(context.Context, *addValueOptions) error) *cobra.Command {
	o := &addValueOptions{f: f}
	c := &cobra.Command{
		Use:   "add-parameter NAME --value VALUE",
		Short: "Make a parameter that task definitions can name",
		Long: `Make a parameter of Parameter Store and print its ARN, which the secrets of a
task definition name as valueFrom. The value is never printed.`,
		Example: "  gantry --local emulator add-parameter /web/db/url --value postgres://db/web --type SecureString",
	}
	o.command(c, run, addParameterRun)
	c.Flags().StringVar(&o.kind, "type", "String", "String, StringList or SecureString")
	return c
}

func addParameterRun(ctx context.Context, o *addValueOptions) error {
	client, err := o.f.client(ctx)
	if err != nil {
		return err
	}
	arn, err := client.AddParameter(ctx, o.name, o.kind, o.value)
	if err != nil {
		return err
	}
	return o.f.made(arn)
}
