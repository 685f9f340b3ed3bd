package cmd

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"gantry/workflow"
)

type pushOptions struct {
	f *Factory
	workflow.PushOptions
}

func newPushCmd(f *Factory, run func(context.Context, *pushOptions) error) *cobra.Command {
	o := &pushOptions{f: f}
	c := &cobra.Command{
		Use:   "push SOURCE REPOSITORY[:TAG]",
		Short: "Push an image to ECR",
		Long: `Push an image to a repository of ECR, which is made when it is missing.

SOURCE is a docker-archive tarball (docker save), the folder of an OCI image
layout, or the name of an image in the local Docker engine. Layers that the
repository has already are skipped. The image's URI with its digest goes to
standard output, ready for a task definition.`,
		Example: `  docker save web:v1 -o web.tar
  gantry --local push web.tar web:v1
  gantry push web:v1 team/web:v1`,
		Args: arguments(2, "SOURCE", "REPOSITORY[:TAG]"),
		RunE: func(c *cobra.Command, args []string) error {
			o.Source = args[0]
			o.Repository, o.Tag = splitTag(args[1])
			if run == nil {
				run = pushRun
			}
			return run(c.Context(), o)
		},
	}
	return c
}

func pushRun(ctx context.Context, o *pushOptions) error {
	var result workflow.PushResult
	err := o.f.watched(ctx, func(s *workflow.Session) (err error) {
		result, err = s.Push(ctx, o.PushOptions)
		return err
	})
	if err != nil {
		return err
	}
	o.f.observe(result)
	p := o.f.printer(time.Time{})
	if o.f.json() {
		return p.JSON(result)
	}
	o.f.talker().Pushed(result)
	p.Line("%s", result.URI)
	return nil
}

// splitTag takes REPOSITORY[:TAG] apart; without a tag the workflow chooses.
func splitTag(name string) (repository, tag string) {
	for i := len(name) - 1; i >= 0 && name[i] != '/'; i-- {
		if name[i] == ':' {
			return name[:i], name[i+1:]
		}
	}
	return name, ""
}
