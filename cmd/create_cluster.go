package cmd

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/spf13/cobra"

	"gantry/internal/hint"
	"gantry/workflow"
)

type createClusterOptions struct {
	f     *Factory
	input *awsecs.CreateClusterInput
}

func newCreateClusterCmd(f *Factory, run func(context.Context, *createClusterOptions) error) *cobra.Command {
	o := &createClusterOptions{f: f, input: &awsecs.CreateClusterInput{}}
	var name, document string
	var tags []string
	c := &cobra.Command{
		Use:     "create-cluster [NAME]",
		Short:   "Create a cluster",
		Long:    "Create a cluster; without a name it is called default. One that is there already is left as it is.",
		Example: `  gantry --local create-cluster my_cluster`,
		Args:    arguments(0, "NAME"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := f.readInput(document, o.input); err != nil {
				return err
			}
			if err := decodeList(tags, "--tags", &o.input.Tags); err != nil {
				return err
			}
			given, err := nameOnce(args, name, "--cluster-name")
			if err != nil {
				return err
			}
			if given == "" && c.Flags().Changed("cluster") {
				given = f.global.cluster
			}
			if given != "" {
				o.input.ClusterName = aws.String(given)
			}
			if run == nil {
				run = createClusterRun
			}
			return run(c.Context(), o)
		},
	}
	c.Flags().StringVar(&name, "cluster-name", "", "the name, as the aws CLI takes it")
	c.Flags().StringArrayVar(&tags, "tags", nil, "tags: key=K,value=V …")
	addInputFlag(c, &document)
	return c
}

func createClusterRun(ctx context.Context, o *createClusterOptions) error {
	return o.f.quietly(ctx, func(s *workflow.Session) error {
		cluster, created, err := s.CreateCluster(ctx, o.input)
		if err != nil {
			return err
		}
		p := o.f.printer(time.Time{})
		if o.f.json() {
			return p.JSON(map[string]any{"cluster": cluster})
		}
		if !created {
			o.f.talker().Line("cluster %s was there already", cluster.Name)
		}
		p.Line("%s", cluster.ARN)
		return nil
	})
}

// nameOnce is the name of a resource that may be an argument or a flag.
func nameOnce(args []string, flag, flagName string) (string, error) {
	if len(args) == 0 {
		return flag, nil
	}
	if flag != "" && flag != args[0] {
		return "", hint.As(hint.Usage, errors.New("the name is given twice and differs: as NAME and with "+flagName))
	}
	return args[0], nil
}
