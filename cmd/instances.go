package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"gantry/ecs"
	"gantry/internal/hint"
	"gantry/workflow"
)

type instancesOptions struct {
	f         *Factory
	instances []string
	change    func(*workflow.Session, context.Context, string, []string) ([]ecs.ContainerInstance, []ecs.Failure, error)
}

func newDrainCmd(f *Factory, run func(context.Context, *instancesOptions) error) *cobra.Command {
	c := newStateCmd(f, run, (*workflow.Session).Drain)
	c.Use = "drain INSTANCE…"
	c.Short = "Set container instances to DRAINING: service tasks move away, new ones stay out"
	c.Example = "  gantry --local drain i-0123456789abcdef0"
	return c
}

func newActivateCmd(f *Factory, run func(context.Context, *instancesOptions) error) *cobra.Command {
	c := newStateCmd(f, run, (*workflow.Session).Activate)
	c.Use = "activate INSTANCE…"
	c.Short = "Set container instances back to ACTIVE"
	c.Example = "  gantry --local activate i-0123456789abcdef0"
	return c
}

func newStateCmd(f *Factory, run func(context.Context, *instancesOptions) error,
	change func(*workflow.Session, context.Context, string, []string) ([]ecs.ContainerInstance, []ecs.Failure, error),
) *cobra.Command {
	o := &instancesOptions{f: f, change: change}
	return &cobra.Command{
		Args: arguments(1, "INSTANCE…"),
		RunE: func(c *cobra.Command, args []string) error {
			o.instances = args
			if run == nil {
				run = instancesRun
			}
			return run(c.Context(), o)
		},
	}
}

func instancesRun(ctx context.Context, o *instancesOptions) error {
	return o.f.quietly(ctx, func(s *workflow.Session) error {
		changed, failures, err := o.change(s, ctx, o.f.global.cluster, o.instances)
		if err != nil {
			return err
		}
		p := o.f.printer(s.Now(ctx))
		if o.f.json() {
			if err := p.JSON(map[string]any{"containerInstances": append([]ecs.ContainerInstance{}, changed...), "failures": append([]ecs.Failure{}, failures...)}); err != nil {
				return err
			}
		} else {
			p.Instances(changed)
			o.f.talker().Failures(failures)
		}
		if len(failures) > 0 {
			return hint.As(hint.NotFound, hint.Withf(fmt.Errorf("%d of %d container instances could not be changed", len(failures), len(o.instances)),
				"see what is there: %s list instances%s", o.f.prefix(), o.f.clusterFlag()))
		}
		return nil
	})
}

type putAttributesOptions struct {
	f          *Factory
	instance   string
	attributes []ecs.Attribute
}

func newPutAttributesCmd(f *Factory, run func(context.Context, *putAttributesOptions) error) *cobra.Command {
	o := &putAttributesOptions{f: f}
	return &cobra.Command{
		Use:     "put-attributes INSTANCE KEY=VALUE…",
		Short:   "Give a container instance attributes that placement can ask for",
		Example: "  gantry --local put-attributes i-0123456789abcdef0 stack=prod rack=7",
		Args:    arguments(2, "INSTANCE", "KEY=VALUE…"),
		RunE: func(c *cobra.Command, args []string) error {
			o.instance = args[0]
			for _, pair := range args[1:] {
				key, value, _ := strings.Cut(pair, "=")
				if key == "" {
					return hint.As(hint.Usage, errors.New("an attribute is KEY=VALUE, not "+pair))
				}
				o.attributes = append(o.attributes, ecs.Attribute{Name: key, Value: value})
			}
			if run == nil {
				run = putAttributesRun
			}
			return run(c.Context(), o)
		},
	}
}

func putAttributesRun(ctx context.Context, o *putAttributesOptions) error {
	return o.f.quietly(ctx, func(s *workflow.Session) error {
		set, err := s.PutAttributes(ctx, o.f.global.cluster, o.instance, o.attributes)
		if err != nil {
			return err
		}
		p := o.f.printer(time.Time{})
		if o.f.json() {
			return p.JSON(map[string]any{"attributes": set})
		}
		p.Attributes(set)
		return nil
	})
}
