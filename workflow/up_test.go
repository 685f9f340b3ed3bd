package workflow_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/ecs"
	"gantry/internal/hint"
	"gantry/workflow"
)

func project() workflow.Project {
	return workflow.Project{
		Cluster:         "prod",
		TaskDefinitions: []*awsecs.RegisterTaskDefinitionInput{{Family: aws.String("web"), ContainerDefinitions: containers("app", "web:2")}},
		Services: []*awsecs.CreateServiceInput{{
			ServiceName: aws.String("web"), TaskDefinition: aws.String("web"), DesiredCount: aws.Int32(2),
			PlacementStrategy: []types.PlacementStrategy{{Type: types.PlacementStrategyTypeSpread, Field: aws.String("instanceId")}},
		}},
	}
}

// creates is a CreateService whose deployment completes after two seconds.
func creates(f *fake, in *awsecs.CreateServiceInput) {
	f.serving(int(aws.ToInt32(in.DesiredCount)))
	f.service.TaskDefinition = ecs.ARN(aws.ToString(in.TaskDefinition))
	f.service.PlacementStrategy = []ecs.PlacementStrategy{{Type: ecs.Spread, Field: "instanceId"}}
	f.service.Deployments[0].RolloutState, f.service.Deployments[0].CreatedAt = ecs.RolloutInProgress, time.Now()
	f.deployments = []ecs.ServiceDeployment{{ARN: f.service.CurrentServiceDeployment, Status: ecs.ServiceDeploymentInProgress, CreatedAt: time.Now()}}
	f.after(time.Since(f.begun)+2*time.Second, func(f *fake) {
		f.service.Deployments[0].RolloutState = ecs.RolloutCompleted
		f.deployments[0].Status = ecs.ServiceDeploymentSuccessful
	})
}

func steps(r workflow.UpResult) string {
	var b strings.Builder
	for _, step := range r.Steps {
		fmt.Fprintf(&b, "%s %s %v\n", step.Kind, step.Name, step.Changed)
	}
	return b.String()
}

func TestUp(t *testing.T) {
	play(t, func(t *testing.T, f *fake, s *workflow.Session) {
		f.create = creates
		up := func(want string, unchanged bool) workflow.UpResult {
			t.Helper()
			r, err := s.Up(t.Context(), project())
			if err != nil || r.Unchanged != unchanged {
				t.Fatalf("unchanged %v, error %v, next: %s", r.Unchanged, err, hint.Of(err))
			}
			if got := steps(r); got != want {
				t.Errorf("got:\n%swant:\n%s", got, want)
			}
			return r
		}
		up("task-definition web:2 true\ncluster prod true\nservice web true\n", false)
		if got := f.service.TaskDefinition.Short(); got != "web:2" {
			t.Errorf("the service runs %s, not what was registered", got)
		}
		f.calls = nil
		up("task-definition web:2 false\ncluster prod false\nservice web false\n", true)
		for _, call := range f.calls {
			if !strings.HasPrefix(call, "Describe") {
				t.Errorf("the second time it called %s", call)
			}
		}
		// Somebody scaled the service by hand: what the project names comes back, and
		// nothing else is touched.
		f.service.DesiredCount, f.service.RunningCount = 5, 5
		f.update = func(f *fake, in *awsecs.UpdateServiceInput) {
			if in.TaskDefinition != nil || in.PlacementStrategy != nil {
				t.Errorf("the update names more than differs: %+v", in)
			}
			f.after(time.Since(f.begun)+3*time.Second, func(f *fake) { f.service.RunningCount = 2 })
		}
		r := up("task-definition web:2 false\ncluster prod false\nservice web true\n", false)
		if detail := r.Steps[2].Detail; detail != "updated desiredCount" {
			t.Errorf("the step says %q", detail)
		}
	})
}

func TestUpWaitsForWhatABrokenOffRunStarted(t *testing.T) {
	play(t, func(t *testing.T, f *fake, s *workflow.Session) {
		f.create = creates
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		_, err := s.Up(ctx, project())
		cancel()
		if err == nil {
			t.Fatal("the first run was not broken off")
		}
		r, err := s.Up(t.Context(), project())
		if err != nil || !r.Unchanged || f.service.Deployments[0].RolloutState != ecs.RolloutCompleted {
			t.Errorf("got unchanged %v with the rollout %s, %v", r.Unchanged, f.service.Deployments[0].RolloutState, err)
		}
	})
}

func TestUpRefusesWhatCannotChange(t *testing.T) {
	play(t, func(t *testing.T, f *fake, s *workflow.Session) {
		f.create = creates
		if _, err := s.Up(t.Context(), project()); err != nil {
			t.Fatal(err)
		}
		p := project()
		f.service.LaunchType = ecs.LaunchEC2
		p.Services[0].LaunchType = types.LaunchTypeFargate
		_, err := s.Up(t.Context(), p)
		if hint.KindOf(err) != hint.Conflict || !strings.Contains(err.Error(), "launchType") || !strings.Contains(hint.Of(err), "delete-service web --cluster prod") {
			t.Errorf("got %v, next: %s", err, hint.Of(err))
		}
	})
}

// What differs is found member by member, and only among those that are named.
func TestUpComparesWhatIsNamed(t *testing.T) {
	there := func(s *ecs.Service) {
		s.DeploymentConfiguration = ecs.DeploymentConfiguration{MinimumHealthyPercent: 50, MaximumPercent: 100, Strategy: "ROLLING", CircuitBreaker: ecs.CircuitBreaker{Enable: true}}
		s.PlacementConstraints = []ecs.PlacementConstraint{{Type: ecs.DistinctInstance}}
		s.NetworkConfiguration = &ecs.NetworkConfiguration{Subnets: []string{"a", "b"}, SecurityGroups: []string{"g"}, AssignPublicIP: "DISABLED"}
		s.HealthCheckGracePeriod = ecs.Seconds(time.Minute)
		s.PropagateTags = "NONE"
		s.AvailabilityZoneRebalancing = "ENABLED"
		s.PlatformVersion = "LATEST"
		s.LoadBalancers = []ecs.LoadBalancer{{TargetGroupARN: "tg", ContainerName: "app", ContainerPort: 80}}
		s.CapacityProviderStrategy = []ecs.CapacityProviderStrategyItem{{CapacityProvider: "cp", Weight: 1}}
	}
	network := func(public types.AssignPublicIp, subnets ...string) *types.NetworkConfiguration {
		return &types.NetworkConfiguration{AwsvpcConfiguration: &types.AwsVpcConfiguration{Subnets: subnets, AssignPublicIp: public}}
	}
	for _, tt := range []struct {
		name string
		set  func(in *awsecs.CreateServiceInput)
		want string // of the step; "" when nothing differs
	}{
		{"nothing", func(*awsecs.CreateServiceInput) {}, ""},
		{"maximum, the same", func(in *awsecs.CreateServiceInput) {
			in.DeploymentConfiguration = &types.DeploymentConfiguration{MaximumPercent: aws.Int32(100)}
		}, ""},
		{"minimum", func(in *awsecs.CreateServiceInput) {
			in.DeploymentConfiguration = &types.DeploymentConfiguration{MinimumHealthyPercent: aws.Int32(0)}
		}, "deploymentConfiguration"},
		{"breaker", func(in *awsecs.CreateServiceInput) {
			in.DeploymentConfiguration = &types.DeploymentConfiguration{DeploymentCircuitBreaker: &types.DeploymentCircuitBreaker{Enable: true, Rollback: true}}
		}, "deploymentConfiguration"},
		{"no constraints", func(in *awsecs.CreateServiceInput) { in.PlacementConstraints = []types.PlacementConstraint{} }, "placementConstraints"},
		{"subnets in another order", func(in *awsecs.CreateServiceInput) { in.NetworkConfiguration = network("", "b", "a") }, ""},
		{"a public address", func(in *awsecs.CreateServiceInput) {
			in.NetworkConfiguration = network(types.AssignPublicIpEnabled, "a", "b")
		}, "networkConfiguration"},
		{"grace period", func(in *awsecs.CreateServiceInput) { in.HealthCheckGracePeriodSeconds = aws.Int32(30) }, "healthCheckGracePeriodSeconds"},
		{"rebalancing, exec and tags", func(in *awsecs.CreateServiceInput) {
			in.AvailabilityZoneRebalancing = types.AvailabilityZoneRebalancingDisabled
			in.EnableExecuteCommand, in.EnableECSManagedTags, in.PropagateTags = true, true, types.PropagateTagsService
		}, "availabilityZoneRebalancing, enableExecuteCommand, enableECSManagedTags, propagateTags"},
		{"platform, the same", func(in *awsecs.CreateServiceInput) { in.PlatformVersion = aws.String("LATEST") }, ""},
		{"balancer, the same", func(in *awsecs.CreateServiceInput) {
			in.LoadBalancers = []types.LoadBalancer{{TargetGroupArn: aws.String("tg"), ContainerName: aws.String("app"), ContainerPort: aws.Int32(80)}}
		}, ""},
		{"balancer, another port", func(in *awsecs.CreateServiceInput) {
			in.LoadBalancers = []types.LoadBalancer{{TargetGroupArn: aws.String("tg"), ContainerName: aws.String("app"), ContainerPort: aws.Int32(81)}}
		}, "loadBalancers"},
		{"provider, another weight", func(in *awsecs.CreateServiceInput) {
			in.CapacityProviderStrategy = []types.CapacityProviderStrategyItem{{CapacityProvider: aws.String("cp"), Weight: 2}}
		}, "capacityProviderStrategy"},
		{"a controller that does not show", func(in *awsecs.CreateServiceInput) {
			in.DeploymentController = &types.DeploymentController{Type: types.DeploymentControllerTypeEcs}
		}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			play(t, func(t *testing.T, f *fake, s *workflow.Session) {
				f.serving(2)
				there(&f.service)
				p := workflow.Project{Services: []*awsecs.CreateServiceInput{{ServiceName: aws.String("web")}}}
				tt.set(p.Services[0])
				f.update = func(_ *fake, in *awsecs.UpdateServiceInput) {
					if in.ForceNewDeployment != (in.CapacityProviderStrategy != nil) {
						t.Errorf("it forces a new deployment: %v", in.ForceNewDeployment)
					}
				}
				r, err := s.Up(t.Context(), p)
				if err != nil {
					t.Fatal(err)
				}
				at := slices.IndexFunc(r.Steps, func(step workflow.UpStep) bool { return step.Kind == "service" })
				want := "as it should be"
				if tt.want != "" {
					want = "updated " + tt.want
				}
				if r.Steps[at].Detail != want {
					t.Errorf("the step says %q, want %q", r.Steps[at].Detail, want)
				}
			})
		})
	}
}
