package cmd

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/spf13/cobra"

	"gantry/config"
	"gantry/internal/hint"
	"gantry/workflow"
)

type upOptions struct {
	f       *Factory
	file    string
	cluster string // as typed; it wins over what the files say
}

func newUpCmd(f *Factory, run func(context.Context, *upOptions) error) *cobra.Command {
	o := &upOptions{f: f}
	c := &cobra.Command{
		Use:   "up",
		Short: "Bring about everything that a project file names",
		Long: `Do the whole workflow from a project file: push its images, register its task
definitions if they changed, create the cluster and the services that are
missing, update those that differ, and wait. A second time with the same input
there is nothing to do, and it says so.

The file (gantry.yaml) names plain AWS definitions beside it:

  cluster: shop
  images:
    - source: web.tar            # as gantry push takes it
      repository: web:v1
  taskDefinitions: [web.json]    # an image "web:v1" means the one pushed above
  services: [web-service.yaml]   # as CreateService takes them`,
		Example: `  gantry --local up
  gantry up -f deploy/gantry.yaml`,
		Args: arguments(0),
		RunE: func(c *cobra.Command, _ []string) error {
			if c.Flags().Changed("cluster") {
				o.cluster = f.global.cluster
			}
			if run == nil {
				run = upRun
			}
			return run(c.Context(), o)
		},
	}
	c.Flags().StringVarP(&o.file, "file", "f", "gantry.yaml", "the project file")
	return c
}

func upRun(ctx context.Context, o *upOptions) error {
	project, err := o.f.readProject(o.file, o.cluster)
	if err != nil {
		return err
	}
	var result workflow.UpResult
	err = o.f.watched(ctx, func(s *workflow.Session) (err error) {
		result, err = s.Up(ctx, project)
		return err
	})
	p := o.f.printer(time.Time{})
	switch {
	case o.f.json():
		if jsonErr := p.JSON(result); jsonErr != nil {
			return jsonErr
		}
	case len(result.Steps) > 0:
		p.Up(result)
	}
	if err != nil {
		for _, r := range result.Services {
			o.f.talker().Stopped(r.Stopped)
		}
	}
	return err
}

// readProject reads a project file and every definition that it names, so that
// a mistake in the last one stops the command before the first one is used.
func (f *Factory) readProject(file, cluster string) (workflow.Project, error) {
	dir, name := filepath.Split(file)
	if name == "" {
		return workflow.Project{}, hint.As(hint.Usage, fmt.Errorf("%s is a folder: name the project file in it", file))
	}
	if dir == "" {
		dir = "."
	}
	written, err := config.ReadProject(os.DirFS(dir), name)
	if err != nil {
		return workflow.Project{}, err
	}
	beside := func(path string) string {
		if filepath.IsAbs(path) {
			return path
		}
		return filepath.Join(dir, path)
	}
	p := workflow.Project{Cluster: cmp.Or(cluster, written.Cluster, f.global.cluster)}
	for _, img := range written.Images {
		repository, tag := splitTag(img.Repository)
		p.Images = append(p.Images, workflow.ProjectImage{Source: imageSource(img.Source, beside), Repository: repository, Tag: tag})
	}
	for _, path := range written.TaskDefinitions {
		in, err := f.readTaskDefinition(beside(path), "")
		if err != nil {
			return p, err
		}
		p.TaskDefinitions = append(p.TaskDefinitions, in)
	}
	for _, path := range written.Services {
		in := &awsecs.CreateServiceInput{}
		if err := f.readInput(beside(path), in); err != nil {
			return p, err
		}
		if err := checkService(beside(path), in); err != nil {
			return p, err
		}
		if in.Cluster == nil || cluster != "" {
			in.Cluster = aws.String(p.Cluster)
		}
		p.Services = append(p.Services, in)
	}
	return p, nil
}

// checkService refuses a service file that no endpoint could take, before
// anything is done.
func checkService(file string, in *awsecs.CreateServiceInput) error {
	var wrong string
	switch {
	case aws.ToString(in.ServiceName) == "":
		wrong = "has no serviceName"
	case aws.ToString(in.TaskDefinition) == "" && in.DeploymentController == nil:
		wrong = "has no taskDefinition"
	case aws.ToInt32(in.DesiredCount) < 0:
		wrong = fmt.Sprintf("has a desiredCount of %d, below 0", *in.DesiredCount)
	default:
		return nil
	}
	return hint.As(hint.Invalid, fmt.Errorf("%s %s; nothing was done", file, wrong))
}

// imageSource is a path beside the project file when there is something there,
// and else as it stands: the name of an image in the Docker engine.
func imageSource(source string, beside func(string) string) string {
	if _, err := os.Stat(beside(source)); err == nil || strings.HasPrefix(source, ".") {
		return beside(source)
	}
	return source
}
