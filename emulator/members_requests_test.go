package emulator_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/awsapi/wire"
)

// define registers what the requests run: "web" has an interface of its own, a
// named port and a volume that is configured at launch; "bridge" has neither.
// The cluster is associated with the providers of Fargate.
func (r *rig) define(t *testing.T) {
	must[*ecs.PutClusterCapacityProvidersOutput](t)(r.ecs.PutClusterCapacityProviders(t.Context(), &ecs.PutClusterCapacityProvidersInput{
		Cluster: new("demo"), CapacityProviders: []string{"FARGATE", "FARGATE_SPOT"}, DefaultCapacityProviderStrategy: []types.CapacityProviderStrategyItem{},
	}))
	for _, text := range []string{
		`{"family":"web","networkMode":"awsvpc","volumes":[{"name":"data","configuredAtLaunch":true}],"containerDefinitions":[
			{"name":"web","image":"nginx:1","cpu":64,"memory":64,"portMappings":[{"name":"http","containerPort":80}],"mountPoints":[{"sourceVolume":"data","containerPath":"/data"}]}]}`,
		`{"family":"bridge","containerDefinitions":[{"name":"web","image":"nginx:1","cpu":64,"memory":64,"portMappings":[{"name":"http","containerPort":80}]}]}`,
		`{"family":"fargate","networkMode":"awsvpc","requiresCompatibilities":["FARGATE"],"cpu":"256","memory":"512","containerDefinitions":[{"name":"web","image":"nginx:1","portMappings":[{"name":"http","containerPort":80}]}]}`,
	} {
		var in ecs.RegisterTaskDefinitionInput
		if err := wire.Decode([]byte(text), &in); err != nil {
			t.Fatal(err)
		}
		must[*ecs.RegisterTaskDefinitionOutput](t)(r.ecs.RegisterTaskDefinition(t.Context(), &in))
	}
}

func clusterMembers(operation string, input any) membersOf {
	return membersOf{
		operation: operation, input: input,
		at: map[string][]string{"cluster": {"noun.clusterName"}},
		send: func(r *rig, in any) map[string]any {
			name := ""
			switch in := in.(type) {
			case *ecs.CreateClusterInput:
				name = *must[*ecs.CreateClusterOutput](r.t)(r.ecs.CreateCluster(r.t.Context(), in)).Cluster.ClusterName
			case *ecs.UpdateClusterInput:
				name = *must[*ecs.UpdateClusterOutput](r.t)(r.ecs.UpdateCluster(r.t.Context(), in)).Cluster.ClusterName
			}
			out := must[*ecs.DescribeClustersOutput](r.t)(r.ecs.DescribeClusters(r.t.Context(), &ecs.DescribeClustersInput{
				Clusters: []string{name}, Include: types.ClusterField("").Values(),
			}))
			return map[string]any{"noun": &out.Clusters[0]}
		},
	}
}

func definitionMembers() membersOf {
	return membersOf{
		operation: "RegisterTaskDefinition", input: &ecs.RegisterTaskDefinitionInput{},
		at:      map[string][]string{"tags": {"answer.tags"}},
		refused: map[string]string{"inferenceAccelerators": "Amazon ECS answers that it is an unsupported field"},
		send: func(r *rig, in any) map[string]any {
			made := must[*ecs.RegisterTaskDefinitionOutput](r.t)(r.ecs.RegisterTaskDefinition(r.t.Context(), in.(*ecs.RegisterTaskDefinitionInput)))
			out := must[*ecs.DescribeTaskDefinitionOutput](r.t)(r.ecs.DescribeTaskDefinition(r.t.Context(), &ecs.DescribeTaskDefinitionInput{
				TaskDefinition: made.TaskDefinition.TaskDefinitionArn, Include: []types.TaskDefinitionField{types.TaskDefinitionFieldTags},
			}))
			return map[string]any{"noun": out.TaskDefinition, "answer": out}
		},
	}
}

func serviceMembers(operation string, input any) membersOf {
	both := func(member string) []string { return []string{"deployment." + member, "revision." + member} }
	return membersOf{
		operation: operation, input: input,
		at: map[string][]string{
			"cluster": {"noun.clusterArn"}, "service": {"noun.serviceName"}, "role": {"noun.roleArn"},
			"serviceConnectConfiguration": both("serviceConnectConfiguration"), "volumeConfigurations": both("volumeConfigurations"),
			"vpcLatticeConfigurations": both("vpcLatticeConfigurations"), "monitoring": {"revision.monitoring"},
			"gatewayConnectors": {"revision.gatewayConnectors"}, "serviceRegistries": {"noun.serviceRegistries", "revision.serviceRegistries"},
		},
		unseen: map[string]string{
			"clientToken":        "it is for retries only",
			"forceNewDeployment": "it is an order; the deployment is there",
		},
		send: func(r *rig, in any) map[string]any {
			var made *types.Service
			switch in := in.(type) {
			case *ecs.CreateServiceInput:
				made = must[*ecs.CreateServiceOutput](r.t)(r.ecs.CreateService(r.t.Context(), in)).Service
			case *ecs.UpdateServiceInput:
				family, _, _ := strings.Cut(*in.TaskDefinition, ":")
				base := &ecs.CreateServiceInput{Cluster: in.Cluster, ServiceName: in.Service, TaskDefinition: in.TaskDefinition, DesiredCount: new(int32)}
				if family != "bridge" {
					base.NetworkConfiguration = in.NetworkConfiguration
				}
				if family == "fargate" {
					base.LaunchType = types.LaunchTypeFargate
				}
				must[*ecs.CreateServiceOutput](r.t)(r.ecs.CreateService(r.t.Context(), base))
				in.ForceNewDeployment = true // which a change of the strategy asks for
				made = must[*ecs.UpdateServiceOutput](r.t)(r.ecs.UpdateService(r.t.Context(), in)).Service
			}
			out := must[*ecs.DescribeServicesOutput](r.t)(r.ecs.DescribeServices(r.t.Context(), &ecs.DescribeServicesInput{
				Cluster: made.ClusterArn, Services: []string{*made.ServiceName}, Include: []types.ServiceField{types.ServiceFieldTags},
			}))
			service := &out.Services[0]
			revisions := must[*ecs.DescribeServiceRevisionsOutput](r.t)(r.ecs.DescribeServiceRevisions(r.t.Context(), &ecs.DescribeServiceRevisionsInput{
				ServiceRevisionArns: []string{*service.CurrentServiceRevisions[0].Arn},
			}))
			return map[string]any{"noun": service, "deployment": &service.Deployments[0], "revision": &revisions.ServiceRevisions[0]}
		},
	}
}

func taskMembers(operation string, input any) membersOf {
	const ofVolume = "DescribeVolumes of EC2 shows it; a task has role, name and what becomes of the volume"
	return membersOf{
		operation: operation, input: input,
		at: map[string][]string{
			"cluster": {"noun.clusterArn"}, "taskDefinition": {"noun.taskDefinitionArn"}, "containerInstances": {"noun.containerInstanceArn.*"},
			"capacityProviderStrategy.capacityProvider":               {"noun.capacityProviderName.*"},
			"networkConfiguration.awsvpcConfiguration.subnets":        {"noun.attachments.*"},
			"volumeConfigurations.name":                               {"noun.attachments.*"},
			"volumeConfigurations.managedEBSVolume.roleArn":           {"noun.attachments.*"},
			"volumeConfigurations.managedEBSVolume.terminationPolicy": {"noun.attachments.*"},
			"overrides.ephemeralStorage":                              {"noun.overrides.ephemeralStorage", "noun.ephemeralStorage"},
			"overrides.cpu":                                           {"noun.overrides.cpu", "noun.cpu"},
			"overrides.memory":                                        {"noun.overrides.memory", "noun.memory"},
		},
		unseen: map[string]string{
			"clientToken":                     "it is for retries only",
			"count":                           "it is how many tasks there are",
			"referenceId":                     "no task shows it",
			"propagateTags":                   "the tags of the task say it",
			"enableECSManagedTags":            "the tags of the task say it",
			"capacityProviderStrategy.base":   "a task shows its capacity provider",
			"capacityProviderStrategy.weight": "a task shows its capacity provider",
			"placementConstraints":            "a task shows where it is",
			"placementStrategy":               "a task shows where it is",
			"networkConfiguration.awsvpcConfiguration.securityGroups": "they are shown with the interface, by EC2",
			"networkConfiguration.awsvpcConfiguration.assignPublicIp": "it is shown with the interface, by EC2",
			"volumeConfigurations.managedEBSVolume":                   ofVolume,
		},
		send: func(r *rig, in any) map[string]any {
			var made []types.Task
			switch in := in.(type) {
			case *ecs.RunTaskInput:
				out := must[*ecs.RunTaskOutput](r.t)(r.ecs.RunTask(r.t.Context(), in))
				for _, f := range out.Failures {
					r.t.Error(*f.Reason)
				}
				made = out.Tasks
			case *ecs.StartTaskInput:
				instances := must[*ecs.ListContainerInstancesOutput](r.t)(r.ecs.ListContainerInstances(r.t.Context(), &ecs.ListContainerInstancesInput{
					Cluster: in.Cluster, Filter: new("attribute:ecs.availability-zone == us-east-1a"),
				}))
				in.ContainerInstances = instances.ContainerInstanceArns[:1]
				out := must[*ecs.StartTaskOutput](r.t)(r.ecs.StartTask(r.t.Context(), in))
				for _, f := range out.Failures {
					r.t.Error(*f.Reason)
				}
				made = out.Tasks
			}
			if len(made) == 0 {
				return nil
			}
			out := must[*ecs.DescribeTasksOutput](r.t)(r.ecs.DescribeTasks(r.t.Context(), &ecs.DescribeTasksInput{
				Cluster: made[0].ClusterArn, Tasks: []string{*made[0].TaskArn}, Include: []types.TaskField{types.TaskFieldTags},
			}))
			return map[string]any{"noun": &out.Tasks[0]}
		},
	}
}

func taskSetMembers() membersOf {
	return membersOf{
		operation: "CreateTaskSet", input: &ecs.CreateTaskSetInput{},
		at:     map[string][]string{"cluster": {"noun.clusterArn"}, "service": {"noun.serviceArn"}},
		unseen: map[string]string{"clientToken": "it is for retries only"},
		send: func(r *rig, in any) map[string]any {
			asked := in.(*ecs.CreateTaskSetInput)
			must[*ecs.CreateServiceOutput](r.t)(r.ecs.CreateService(r.t.Context(), &ecs.CreateServiceInput{
				Cluster: asked.Cluster, ServiceName: asked.Service, DesiredCount: new(int32),
				DeploymentController: &types.DeploymentController{Type: types.DeploymentControllerTypeExternal},
			}))
			made := must[*ecs.CreateTaskSetOutput](r.t)(r.ecs.CreateTaskSet(r.t.Context(), asked)).TaskSet
			out := must[*ecs.DescribeTaskSetsOutput](r.t)(r.ecs.DescribeTaskSets(r.t.Context(), &ecs.DescribeTaskSetsInput{
				Cluster: made.ClusterArn, Service: made.ServiceArn, TaskSets: []string{*made.Id}, Include: []types.TaskSetField{types.TaskSetFieldTags},
			}))
			if !slices.ContainsFunc(out.TaskSets, func(s types.TaskSet) bool { return *s.TaskSetArn == *made.TaskSetArn }) {
				r.t.Fatalf("no task set %s: %v", *made.TaskSetArn, out.Failures)
			}
			return map[string]any{"noun": &out.TaskSets[0]}
		},
	}
}

func providerMembers(operation string, input any) membersOf {
	const managed = "Amazon ECS Managed Instances are not emulated, which is what the answer says"
	return membersOf{
		operation: operation, input: input,
		refused: map[string]string{"managedInstancesProvider": managed, "cluster": managed},
		send: func(r *rig, in any) map[string]any {
			name := ""
			switch in := in.(type) {
			case *ecs.CreateCapacityProviderInput:
				name = *must[*ecs.CreateCapacityProviderOutput](r.t)(r.ecs.CreateCapacityProvider(r.t.Context(), in)).CapacityProvider.Name
			case *ecs.UpdateCapacityProviderInput:
				must[*ecs.CreateCapacityProviderOutput](r.t)(r.ecs.CreateCapacityProvider(r.t.Context(), &ecs.CreateCapacityProviderInput{
					Name: in.Name, AutoScalingGroupProvider: &types.AutoScalingGroupProvider{AutoScalingGroupArn: in.Name},
				}))
				name = *must[*ecs.UpdateCapacityProviderOutput](r.t)(r.ecs.UpdateCapacityProvider(r.t.Context(), in)).CapacityProvider.Name
			}
			out := must[*ecs.DescribeCapacityProvidersOutput](r.t)(r.ecs.DescribeCapacityProviders(r.t.Context(), &ecs.DescribeCapacityProvidersInput{
				CapacityProviders: []string{name}, Include: []types.CapacityProviderField{types.CapacityProviderFieldTags},
			}))
			return map[string]any{"noun": &out.CapacityProviders[0]}
		},
	}
}
