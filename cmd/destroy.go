package cmd

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"gantry/internal/hint"
	"gantry/workflow"
)

type stopTaskOptions struct {
	f            *Factory
	task, reason string
}

func newStopTaskCmd(f *Factory, run func(context.Context, *stopTaskOptions) error) *cobra.Command {
	o := &stopTaskOptions{f: f}
	var flag string
	c := &cobra.Command{
		Use:     "stop-task TASK",
		Short:   "Stop a task",
		Example: `  gantry --local stop-task 0f3c… --reason "wrong configuration" --yes`,
		Args:    arguments(0, "TASK"),
		RunE: func(c *cobra.Command, args []string) error {
			var err error
			if o.task, err = required(c, args, flag, "--task", "TASK"); err != nil {
				return err
			}
			if run == nil {
				run = stopTaskRun
			}
			return run(c.Context(), o)
		},
	}
	c.Flags().StringVar(&flag, "task", "", "the task, as the aws CLI takes it")
	c.Flags().StringVar(&o.reason, "reason", "", "why; it becomes the task's stoppedReason")
	return c
}

func stopTaskRun(ctx context.Context, o *stopTaskOptions) error {
	if err := o.f.confirm(ctx, fmt.Sprintf("stop task %s in cluster %s", o.task, o.f.global.cluster)); err != nil {
		return err
	}
	return o.f.answer(ctx, "task", func(s *workflow.Session) (any, string, error) {
		t, err := s.StopTask(ctx, o.f.global.cluster, o.task, o.reason)
		return t, "stopping task " + t.ARN.Short(), err
	})
}

type deleteServiceOptions struct {
	f       *Factory
	service string
	force   bool
}

func newDeleteServiceCmd(f *Factory, run func(context.Context, *deleteServiceOptions) error) *cobra.Command {
	o := &deleteServiceOptions{f: f}
	var flag string
	c := &cobra.Command{
		Use:     "delete-service SERVICE",
		Short:   "Delete a service and wait until it is gone",
		Long:    "Delete a service. It must be scaled to 0 first, or --force must say that its tasks may go.",
		Example: "  gantry --local delete-service web --force --yes",
		Args:    arguments(0, "SERVICE"),
		RunE: func(c *cobra.Command, args []string) error {
			var err error
			if o.service, err = required(c, args, flag, "--service", "SERVICE"); err != nil {
				return err
			}
			if run == nil {
				run = deleteServiceRun
			}
			return run(c.Context(), o)
		},
	}
	c.Flags().StringVar(&flag, "service", "", "the service, as the aws CLI takes it")
	c.Flags().BoolVar(&o.force, "force", false, "delete it although it is scaled above 0")
	return c
}

func deleteServiceRun(ctx context.Context, o *deleteServiceOptions) error {
	if err := o.f.confirm(ctx, fmt.Sprintf("delete service %s in cluster %s", o.service, o.f.global.cluster)); err != nil {
		return err
	}
	return o.f.answer(ctx, "service", func(s *workflow.Session) (any, string, error) {
		service, err := s.DeleteService(ctx, o.f.global.cluster, o.service, o.force)
		return service, fmt.Sprintf("service %s is %s", service.Name, service.Status), err
	})
}

type deleteClusterOptions struct {
	f       *Factory
	cluster string
}

func newDeleteClusterCmd(f *Factory, run func(context.Context, *deleteClusterOptions) error) *cobra.Command {
	o := &deleteClusterOptions{f: f}
	c := &cobra.Command{
		Use:     "delete-cluster NAME",
		Short:   "Delete an empty cluster",
		Example: "  gantry --local delete-cluster my_cluster --yes",
		Args:    arguments(0, "NAME"),
		RunE: func(c *cobra.Command, args []string) error {
			flag := ""
			if c.Flags().Changed("cluster") {
				flag = f.global.cluster
			}
			var err error
			if o.cluster, err = required(c, args, flag, "--cluster", "NAME"); err != nil {
				return err
			}
			if run == nil {
				run = deleteClusterRun
			}
			return run(c.Context(), o)
		},
	}
	return c
}

func deleteClusterRun(ctx context.Context, o *deleteClusterOptions) error {
	if err := o.f.confirm(ctx, "delete cluster "+o.cluster); err != nil {
		return err
	}
	return o.f.answer(ctx, "cluster", func(s *workflow.Session) (any, string, error) {
		cluster, err := s.DeleteCluster(ctx, o.cluster)
		return cluster, fmt.Sprintf("cluster %s is %s", cluster.Name, cluster.Status), err
	})
}

type deregisterOptions struct {
	f    *Factory
	name string
}

func newDeregisterCmd(f *Factory, run func(context.Context, *deregisterOptions) error) *cobra.Command {
	o := &deregisterOptions{f: f}
	var flag string
	c := &cobra.Command{
		Use:     "deregister FAMILY:REVISION",
		Aliases: []string{"deregister-task-definition"},
		Short:   "Make a task definition revision INACTIVE",
		Example: "  gantry --local deregister web:3 --yes",
		Args:    arguments(0, "FAMILY:REVISION"),
		RunE: func(c *cobra.Command, args []string) error {
			var err error
			if o.name, err = required(c, args, flag, "--task-definition", "FAMILY:REVISION"); err != nil {
				return err
			}
			if run == nil {
				run = deregisterRun
			}
			return run(c.Context(), o)
		},
	}
	c.Flags().StringVar(&flag, "task-definition", "", "the revision, as the aws CLI takes it")
	return c
}

func deregisterRun(ctx context.Context, o *deregisterOptions) error {
	if err := o.f.confirm(ctx, "deregister task definition "+o.name); err != nil {
		return err
	}
	return o.f.answer(ctx, "taskDefinition", func(s *workflow.Session) (any, string, error) {
		d, err := s.Deregister(ctx, o.name)
		return d.Document, fmt.Sprintf("task definition %s is %s", d.Name(), d.Status), err
	})
}

// required is a name that is an argument or the aws CLI's flag, and must be
// one of them.
func required(c *cobra.Command, args []string, flag, flagName, what string) (string, error) {
	name, err := nameOnce(args, flag, flagName)
	if err == nil && name == "" {
		err = hint.As(hint.Usage, hint.Withf(fmt.Errorf("%s is missing: %s", what, c.UseLine()), "see: %s --help", c.CommandPath()))
	}
	return name, err
}

// answer runs a verb whose result is one thing: as JSON under its name, or a
// sentence.
func (f *Factory) answer(ctx context.Context, key string, verb func(*workflow.Session) (any, string, error)) error {
	var value any
	var sentence string
	err := f.watched(ctx, func(s *workflow.Session) (err error) {
		value, sentence, err = verb(s)
		return err
	})
	if err != nil {
		return err
	}
	p := f.printer(time.Time{})
	if f.json() {
		return p.JSON(map[string]any{key: value})
	}
	p.Line("%s", sentence)
	return nil
}
