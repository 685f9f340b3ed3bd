package cmd

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"gantry/ecs"
	"gantry/internal/hint"
	"gantry/report"
	"gantry/workflow"
)

type describeOptions struct {
	f       *Factory
	kind    kind
	name    string
	service string
}

func newDescribeCmd(f *Factory, run func(context.Context, *describeOptions) error) *cobra.Command {
	o := &describeOptions{f: f}
	c := &cobra.Command{
		Use:   "describe KIND NAME",
		Short: "Describe one cluster, service, task, instance, task-definition, deployment or image",
		Example: `  gantry --local describe service web
  gantry --local describe task-definition web:2 --output json
  gantry --local describe image web:v1`,
		Args: arguments(2, "KIND", "NAME"),
		RunE: func(c *cobra.Command, args []string) error {
			var err error
			if o.kind, err = findKind(args[0]); err != nil {
				return err
			}
			o.name = args[1]
			if run == nil {
				run = func(ctx context.Context, o *describeOptions) error { return o.kind.describe(ctx, o) }
			}
			return run(c.Context(), o)
		},
	}
	c.Flags().StringVar(&o.service, "service", "", "the service of a deployment that is named by its id")
	return c
}

func describeCluster(ctx context.Context, o *describeOptions) error {
	return look(ctx, o.f, "cluster", func(s *workflow.Session) (ecs.Cluster, error) { return s.Cluster(ctx, o.name) }, report.Printer.Cluster)
}

// describeService shows a service, and on an emulator what it waits for.
func describeService(ctx context.Context, o *describeOptions) error {
	return o.f.quietly(ctx, func(s *workflow.Session) error {
		found, err := s.Service(ctx, o.f.global.cluster, o.name)
		if err != nil {
			return err
		}
		why, err := s.Explain(ctx, o.f.global.cluster, string(found.Name))
		if err != nil {
			return err
		}
		p := o.f.printer(s.Now(ctx))
		if !o.f.json() {
			current, err := s.CurrentDeployment(ctx, &found)
			if err != nil {
				return err
			}
			p.Service(&found, current, why)
			return nil
		}
		return p.JSON(explained("service", &found, why))
	})
}

// describeTask shows a task, and on an emulator why it is where it is.
func describeTask(ctx context.Context, o *describeOptions) error {
	return o.f.quietly(ctx, func(s *workflow.Session) error {
		found, err := s.Task(ctx, o.f.global.cluster, o.name)
		if err != nil {
			return err
		}
		why, err := s.ExplainTask(ctx, o.f.global.cluster, found.ARN.Short())
		if err != nil {
			return err
		}
		p := o.f.printer(s.Now(ctx))
		if !o.f.json() {
			p.Task(&found, why)
			return nil
		}
		return p.JSON(explained("task", &found, why))
	})
}

// explained is what is described, as JSON, with an explanation if there is one.
func explained[E any](key string, value any, why *E) map[string]any {
	out := map[string]any{key: value}
	if why != nil {
		out["explanation"] = why
	}
	return out
}

func describeInstance(ctx context.Context, o *describeOptions) error {
	return look(ctx, o.f, "containerInstance", func(s *workflow.Session) (*ecs.ContainerInstance, error) {
		found, err := s.Instance(ctx, o.f.global.cluster, o.name)
		return &found, err
	}, report.Printer.Instance)
}

// describeTaskDefinition prints the whole document of AWS as JSON, so that what
// gantry does not model is there too.
func describeTaskDefinition(ctx context.Context, o *describeOptions) error {
	return o.f.quietly(ctx, func(s *workflow.Session) error {
		found, err := s.TaskDefinition(ctx, o.name)
		if err != nil {
			return err
		}
		p := o.f.printer(s.Now(ctx))
		if o.f.json() {
			return p.JSON(map[string]any{"taskDefinition": found.Document, "tags": append([]ecs.Tag{}, found.Tags...)})
		}
		p.TaskDefinition(&found)
		return nil
	})
}

// describeDeployment takes an ARN, or an id as lists show it; without --service it
// is looked for in all services of the cluster.
func describeDeployment(ctx context.Context, o *describeOptions) error {
	return look(ctx, o.f, "serviceDeployment", func(s *workflow.Session) (*ecs.ServiceDeployment, error) {
		if o.service == "" && !ecs.ARN(o.name).IsARN() {
			return o.findDeployment(ctx, s)
		}
		found, err := s.ServiceDeployment(ctx, o.f.global.cluster, o.service, o.name)
		return &found, err
	}, report.Printer.ServiceDeployment)
}

func (o *describeOptions) findDeployment(ctx context.Context, s *workflow.Session) (*ecs.ServiceDeployment, error) {
	all, err := deploymentsOf(ctx, s, o.f.global.cluster)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if all[i].ARN.Short() == o.name {
			return &all[i], nil
		}
	}
	return nil, hint.As(hint.NotFound, hint.Withf(fmt.Errorf("no service of cluster %q has a deployment %q", o.f.global.cluster, o.name),
		"see what is there: %s list deployments%s", o.f.prefix(), o.f.clusterFlag()))
}

// describeImage takes REPOSITORY[:TAG] or REPOSITORY@DIGEST.
func describeImage(ctx context.Context, o *describeOptions) error {
	repository, wanted := splitTag(o.name)
	if n := len(repository); n > 7 && repository[n-7:] == "@sha256" {
		repository, wanted = repository[:n-7], "sha256:"+wanted
	}
	return look(ctx, o.f, "imageDetail", func(s *workflow.Session) ([]ecs.Image, error) {
		images, err := s.ImagesIn(ctx, repository)
		if err != nil || wanted == "" {
			return images, err
		}
		images = slices.DeleteFunc(images, func(i ecs.Image) bool { return i.Digest != wanted && !slices.Contains(i.Tags, wanted) })
		if len(images) == 0 {
			return nil, hint.As(hint.NotFound, hint.Withf(fmt.Errorf("repository %s has no image %s", repository, wanted),
				"see what is there: %s list images --repository %s", o.f.prefix(), repository))
		}
		return images, nil
	}, report.Printer.Images)
}
