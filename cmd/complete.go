package cmd

import (
	"context"
	"os"
	"time"

	"github.com/spf13/cobra"

	"gantry/ecs"
	"gantry/workflow"
)

// completionBudget is how long a person waits for a Tab key. When the endpoint
// takes longer there are no names, and nobody is told.
const completionBudget = 500 * time.Millisecond

// names completes an argument with what the endpoint has: silent about every
// failure, and without making a world that is not there.
func (f *Factory) names(find func(context.Context, *workflow.Session) ([]string, error)) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		if f.global.local {
			if options, err := f.emulatorOptions(); err != nil || !options.Exists() {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
		}
		ctx, cancel := context.WithTimeout(c.Context(), completionBudget)
		defer cancel()
		session, err := f.session(ctx, func(workflow.Event) {})
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		found, err := find(ctx, session)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return found, cobra.ShellCompDirectiveNoFileComp
	}
}

func (f *Factory) serviceNames() cobra.CompletionFunc {
	return f.names(func(ctx context.Context, s *workflow.Session) ([]string, error) {
		services, err := s.Services(ctx, f.global.cluster)
		names := make([]string, 0, len(services))
		for i := range services {
			names = append(names, string(services[i].Name))
		}
		return names, err
	})
}

func (f *Factory) clusterNames() cobra.CompletionFunc {
	return f.names(func(ctx context.Context, s *workflow.Session) ([]string, error) {
		clusters, err := s.Clusters(ctx)
		names := make([]string, 0, len(clusters))
		for i := range clusters {
			names = append(names, string(clusters[i].Name))
		}
		return names, err
	})
}

// taskIDs are those of tasks that should be running: what can be stopped.
func (f *Factory) taskIDs() cobra.CompletionFunc {
	return f.names(func(ctx context.Context, s *workflow.Session) ([]string, error) {
		tasks, err := s.Tasks(ctx, f.global.cluster, workflow.TaskFilter{Status: ecs.TaskRunning})
		names := make([]string, 0, len(tasks))
		for i := range tasks {
			names = append(names, tasks[i].ARN.Short()+"\t"+string(tasks[i].LastStatus)+" "+tasks[i].TaskDefinitionARN.Short())
		}
		return names, err
	})
}

func (f *Factory) instanceIDs() cobra.CompletionFunc {
	return f.names(func(ctx context.Context, s *workflow.Session) ([]string, error) {
		instances, err := s.Instances(ctx, f.global.cluster, "")
		names := make([]string, 0, len(instances))
		for i := range instances {
			names = append(names, instances[i].EC2InstanceID+"\t"+string(instances[i].Status))
		}
		return names, err
	})
}

func (f *Factory) revisionNames() cobra.CompletionFunc {
	return f.names(func(ctx context.Context, s *workflow.Session) ([]string, error) {
		definitions, err := s.TaskDefinitions(ctx, workflow.TaskDefinitionFilter{})
		names := make([]string, 0, len(definitions))
		for i := range definitions {
			names = append(names, definitions[i].Name())
		}
		return names, err
	})
}

// addCompletions tells each command what its argument is. A flag that takes a
// name completes wherever it is.
func addCompletions(root *cobra.Command, f *Factory) {
	byCommand := map[string]cobra.CompletionFunc{
		"scale": f.serviceNames(), "update": f.serviceNames(), "status": f.serviceNames(), "events": f.serviceNames(),
		"watch": f.serviceNames(), "logs": f.serviceNames(), "delete-service": f.serviceNames(),
		"stop-task": f.taskIDs(), "drain": f.instanceIDs(), "activate": f.instanceIDs(), "put-attributes": f.instanceIDs(),
		"delete-cluster": f.clusterNames(), "deregister": f.revisionNames(), "run-task": f.revisionNames(), "start-task": f.revisionNames(),
	}
	flags := map[string]cobra.CompletionFunc{
		"service": f.serviceNames(), "task": f.taskIDs(), "task-definition": f.revisionNames(), "container-instance": f.instanceIDs(), "container-instances": f.instanceIDs(),
	}
	byKind := map[string]cobra.CompletionFunc{
		"clusters": f.clusterNames(), "services": f.serviceNames(), "tasks": f.taskIDs(), "instances": f.instanceIDs(), "task-definitions": f.revisionNames(),
	}
	byCommand["describe"] = func(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) == 0 {
			return singularKinds(), cobra.ShellCompDirectiveNoFileComp
		}
		if k, err := findKind(args[0]); err == nil && len(args) == 1 && byKind[k.name] != nil {
			return byKind[k.name](c, nil, typed)
		}
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	for _, c := range root.Commands() {
		if complete := byCommand[c.Name()]; complete != nil {
			c.ValidArgsFunction = complete
		}
		for name, complete := range flags {
			if c.Flags().Lookup(name) != nil {
				// The only error is that of a flag that is not there.
				_ = c.RegisterFlagCompletionFunc(name, ignoreArguments(complete))
			}
		}
	}
	_ = root.RegisterFlagCompletionFunc("cluster", ignoreArguments(f.clusterNames()))
	_ = root.RegisterFlagCompletionFunc("world", f.worldNames)
	_ = root.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp))
	_ = root.RegisterFlagCompletionFunc("color", cobra.FixedCompletions([]string{"auto", "always", "never"}, cobra.ShellCompDirectiveNoFileComp))
}

// worldNames are the worlds that are there.
func (f *Factory) worldNames(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	options, err := f.emulatorOptions()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	folders, err := os.ReadDir(options.Dir)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, folder := range folders {
		if options.World = folder.Name(); options.Exists() {
			names = append(names, folder.Name())
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// ignoreArguments lets a flag be completed after an argument was given.
func ignoreArguments(complete cobra.CompletionFunc) cobra.CompletionFunc {
	return func(c *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		return complete(c, nil, typed)
	}
}
