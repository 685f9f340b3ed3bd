package cmd

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"gantry/ecs"
	"gantry/internal/hint"
	"gantry/report"
	"gantry/workflow"
)

// kind is a class of things that can be listed and described.
type kind struct {
	name     string   // as the help says it
	aliases  []string // what people type as well
	filters  []string // the flags of list that narrow it down
	list     func(context.Context, *listOptions) error
	describe func(context.Context, *describeOptions) error
}

func kinds() []kind {
	return []kind{
		{"clusters", []string{"cluster"}, nil, listClusters, describeCluster},
		{"services", []string{"service", "svc"}, nil, listServices, describeService},
		{"tasks", []string{"task"}, []string{"service", "family", "container-instance", "started-by", "status"}, listTasks, describeTask},
		{"instances", []string{"instance", "container-instances", "container-instance"}, []string{"filter"}, listInstances, describeInstance},
		{"task-definitions", []string{"task-definition", "definitions", "td"}, []string{"family", "status"}, listTaskDefinitions, describeTaskDefinition},
		{"deployments", []string{"deployment", "service-deployments"}, []string{"service"}, listDeployments, describeDeployment},
		{"images", []string{"image"}, []string{"repository"}, listImages, describeImage},
	}
}

func kindNames() []string {
	names := make([]string, 0, len(kinds()))
	for _, k := range kinds() {
		names = append(names, k.name)
	}
	return names
}

// singularKinds is how one thing of a kind is called.
func singularKinds() []string {
	names := make([]string, 0, len(kinds()))
	for _, k := range kinds() {
		names = append(names, k.aliases[0])
	}
	return names
}

func findKind(word string) (kind, error) {
	for _, k := range kinds() {
		if k.name == word || slices.Contains(k.aliases, word) {
			return k, nil
		}
	}
	return kind{}, hint.As(hint.Usage, fmt.Errorf("there is no kind %q: it is one of %s", word, strings.Join(kindNames(), ", ")))
}

// checkFilters refuses a filter that would be ignored: the list would be longer
// than what was asked for.
func (k kind) checkFilters(c *cobra.Command) error {
	for _, other := range kinds() {
		for _, name := range other.filters {
			if c.Flags().Changed(name) && !slices.Contains(k.filters, name) {
				return hint.As(hint.Usage, fmt.Errorf("--%s does not narrow down a list of %s", name, k.name))
			}
		}
	}
	return nil
}

type listOptions struct {
	f          *Factory
	kind       kind
	service    string
	family     string
	instance   string
	startedBy  string
	status     string
	filter     string
	repository string
}

func newListCmd(f *Factory, run func(context.Context, *listOptions) error) *cobra.Command {
	o := &listOptions{f: f}
	c := &cobra.Command{
		Use:   "list KIND",
		Short: "List clusters, services, tasks, instances, task-definitions, deployments or images",
		Example: `  gantry --local list services
  gantry --local list tasks --service web --status stopped
  gantry --local list instances --filter "attribute:ecs.instance-type =~ t3.*"`,
		Args:      listArguments,
		ValidArgs: kindNames(),
		RunE: func(c *cobra.Command, args []string) error {
			var err error
			if o.kind, err = findKind(args[0]); err != nil {
				return err
			}
			if err := o.kind.checkFilters(c); err != nil {
				return err
			}
			if run == nil {
				run = func(ctx context.Context, o *listOptions) error { return o.kind.list(ctx, o) }
			}
			return run(c.Context(), o)
		},
	}
	flags := c.Flags()
	flags.StringVar(&o.service, "service", "", "of this service (tasks, deployments)")
	flags.StringVar(&o.family, "family", "", "of this family (tasks, task-definitions)")
	flags.StringVar(&o.instance, "container-instance", "", "on this container instance (tasks)")
	flags.StringVar(&o.startedBy, "started-by", "", "started with this mark (tasks)")
	flags.StringVar(&o.status, "status", "", "running, stopped or all (tasks); active, inactive or all (task-definitions)")
	flags.StringVar(&o.filter, "filter", "", "that match this cluster query expression (instances)")
	flags.StringVar(&o.repository, "repository", "", "of this repository (images)")
	return c
}

// listArguments is one kind. What is named after it was meant to narrow the list.
func listArguments(c *cobra.Command, args []string) error {
	if len(args) == 2 {
		k, err := findKind(args[0])
		if err != nil {
			return err
		}
		if len(k.filters) > 0 {
			return hint.As(hint.Usage, hint.Withf(fmt.Errorf("%q is one argument too many: %s are narrowed down by a flag", args[1], k.name),
				"say it as: %s %s --%s %s", c.CommandPath(), k.name, k.filters[0], args[1]))
		}
		return hint.As(hint.Usage, hint.Withf(fmt.Errorf("%q is one argument too many: all %s are listed", args[1], k.name),
			"look at one with: %s describe %s %s", c.Root().Name(), k.aliases[0], args[1]))
	}
	return arguments(1, "KIND")(c, args)
}

func listClusters(ctx context.Context, o *listOptions) error {
	return look(ctx, o.f, "clusters", func(s *workflow.Session) ([]ecs.Cluster, error) { return s.Clusters(ctx) }, report.Printer.Clusters)
}

func listServices(ctx context.Context, o *listOptions) error {
	return look(ctx, o.f, "services", func(s *workflow.Session) ([]ecs.Service, error) {
		return s.Services(ctx, o.f.global.cluster)
	}, report.Printer.Services)
}

func listTasks(ctx context.Context, o *listOptions) error {
	filter := workflow.TaskFilter{Service: o.service, Family: o.family, Instance: o.instance, StartedBy: o.startedBy}
	switch strings.ToLower(o.status) {
	case "", "running":
		filter.Status = ecs.TaskRunning
	case "stopped":
		filter.Status = ecs.TaskStopped
	case "all":
	default:
		return hint.As(hint.Usage, fmt.Errorf("--status of tasks is running, stopped or all, not %q", o.status))
	}
	return look(ctx, o.f, "tasks", func(s *workflow.Session) ([]ecs.Task, error) {
		return s.Tasks(ctx, o.f.global.cluster, filter)
	}, report.Printer.Tasks)
}

func listInstances(ctx context.Context, o *listOptions) error {
	return look(ctx, o.f, "containerInstances", func(s *workflow.Session) ([]ecs.ContainerInstance, error) {
		return s.Instances(ctx, o.f.global.cluster, o.filter)
	}, report.Printer.Instances)
}

func listTaskDefinitions(ctx context.Context, o *listOptions) error {
	filters := []workflow.TaskDefinitionFilter{{Family: o.family, Status: ecs.TaskDefinitionActive}}
	switch strings.ToLower(o.status) {
	case "", "active":
	case "inactive":
		filters[0].Status = ecs.TaskDefinitionInactive
	case "all":
		filters = append(filters, workflow.TaskDefinitionFilter{Family: o.family, Status: ecs.TaskDefinitionInactive})
	default:
		return hint.As(hint.Usage, fmt.Errorf("--status of task definitions is active, inactive or all, not %q", o.status))
	}
	return look(ctx, o.f, "taskDefinitions", func(s *workflow.Session) ([]ecs.TaskDefinition, error) {
		all := []ecs.TaskDefinition{}
		for _, filter := range filters {
			found, err := s.TaskDefinitions(ctx, filter)
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
		}
		return all, nil
	}, report.Printer.TaskDefinitionNames)
}

func listDeployments(ctx context.Context, o *listOptions) error {
	return look(ctx, o.f, "serviceDeployments", func(s *workflow.Session) ([]ecs.ServiceDeployment, error) {
		if o.service != "" {
			return s.ServiceDeployments(ctx, o.f.global.cluster, o.service)
		}
		return deploymentsOf(ctx, s, o.f.global.cluster)
	}, report.Printer.ServiceDeployments)
}

// deploymentsOf lists the deployments of every service of a cluster.
func deploymentsOf(ctx context.Context, s *workflow.Session, cluster string) ([]ecs.ServiceDeployment, error) {
	services, err := s.Services(ctx, cluster)
	if err != nil {
		return nil, err
	}
	all := []ecs.ServiceDeployment{}
	for i := range services {
		found, err := s.ServiceDeployments(ctx, cluster, string(services[i].Name))
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

func listImages(ctx context.Context, o *listOptions) error {
	return look(ctx, o.f, "imageDetails", func(s *workflow.Session) ([]ecs.Image, error) {
		return s.ImagesIn(ctx, o.repository)
	}, report.Printer.Images)
}
