package workflow_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"

	"gantry/ecs"
	"gantry/internal/hint"
	"gantry/workflow"
)

func names[T any](list []T, name func(T) string) string {
	var out []string
	for _, item := range list {
		out = append(out, name(item))
	}
	return strings.Join(out, " ")
}

func TestListsAreInOrder(t *testing.T) {
	play(t, func(t *testing.T, f *fake, s *workflow.Session) {
		f.serving(1)
		f.clusters = []ecs.Cluster{{Name: "prod", Status: "ACTIVE"}, {Name: "default", Status: "ACTIVE"}}
		f.definitions = append(f.definitions, definition("web", 10, "app", "x"), definition("web", 9, "app", "x"), definition("api", 2, "app", "x"))
		f.instances = []ecs.ContainerInstance{instance("c", "i-3", "us-east-1b", "t3.small"), instance("a", "i-1", "us-east-1a", "t3.small"), instance("b", "i-2", "us-east-1a", "m5.large")}
		clusters, err := s.Clusters(t.Context())
		if got := names(clusters, func(c ecs.Cluster) string { return string(c.Name) }); got != "default prod" || err != nil {
			t.Errorf("clusters: %s, %v", got, err)
		}
		definitions, err := s.TaskDefinitions(t.Context(), workflow.TaskDefinitionFilter{})
		if got := names(definitions, func(d ecs.TaskDefinition) string { return d.Name() }); got != "api:2 web:1 web:9 web:10" || err != nil {
			t.Errorf("definitions: %s, %v", got, err)
		}
		instances, err := s.Instances(t.Context(), "", "")
		if got := names(instances, func(i ecs.ContainerInstance) string { return i.EC2InstanceID }); got != "i-2 i-1 i-3" || err != nil {
			t.Errorf("instances: %s, %v", got, err)
		}
		services, err := s.Services(t.Context(), "")
		if len(services) != 1 || err != nil {
			t.Errorf("services: %v, %v", services, err)
		}
	})
}

// A list of nothing is an empty list, and asks for no descriptions.
func TestListsOfNothing(t *testing.T) {
	play(t, func(t *testing.T, f *fake, s *workflow.Session) {
		f.clusters = nil
		clusters, err1 := s.Clusters(t.Context())
		services, err2 := s.Services(t.Context(), "")
		tasks, err3 := s.Tasks(t.Context(), "", workflow.TaskFilter{})
		instances, err4 := s.Instances(t.Context(), "", "")
		deployments, err5 := s.ServiceDeployments(t.Context(), "", "web")
		if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
			t.Fatal(err)
		}
		if clusters == nil || services == nil || tasks == nil || instances == nil || deployments == nil {
			t.Error("an empty list is nil: it would be null in JSON")
		}
		for _, call := range f.calls {
			if strings.HasPrefix(call, "Describe") {
				t.Errorf("called %s for nothing", call)
			}
		}
	})
}

func TestTasksFilteredByWhoStartedThem(t *testing.T) {
	play(t, func(t *testing.T, f *fake, s *workflow.Session) {
		f.task("aaaa", ecs.TaskRunning, "me")
		f.task("bbbb", ecs.TaskRunning, "you")
		f.task("cccc", ecs.TaskRunning, "me")
		f.stop("cccc", ecs.UserInitiated, "enough", 0)
		id := func(task ecs.Task) string { return task.ARN.Short() }
		for _, tt := range []struct {
			filter workflow.TaskFilter
			want   string
		}{
			{workflow.TaskFilter{}, "aaaa bbbb cccc"},
			{workflow.TaskFilter{StartedBy: "me"}, "aaaa cccc"},
			{workflow.TaskFilter{StartedBy: "me", Status: ecs.TaskRunning}, "aaaa"},
			{workflow.TaskFilter{Status: ecs.TaskStopped}, "cccc"},
		} {
			tasks, err := s.Tasks(t.Context(), "", tt.filter)
			if got := names(tasks, id); got != tt.want || err != nil {
				t.Errorf("%+v: got %s, %v; want %s", tt.filter, got, err, tt.want)
			}
		}
	})
}

func instance(id, ec2, zone, kind string) ecs.ContainerInstance {
	return ecs.ContainerInstance{
		ARN: ecs.ARN(account + "container-instance/default/" + id), EC2InstanceID: ec2, Status: ecs.InstanceActive,
		Attributes: []ecs.Attribute{{Name: ecs.AttributeAvailabilityZone, Value: zone}, {Name: ecs.AttributeInstanceType, Value: kind}},
	}
}

func TestInstancesByAnyName(t *testing.T) {
	play(t, func(t *testing.T, f *fake, s *workflow.Session) {
		f.instances = []ecs.ContainerInstance{instance("a", "i-1", "us-east-1a", "t3.small"), instance("b", "i-2", "us-east-1b", "t3.small")}
		changed, _, err := s.Drain(t.Context(), "", []string{"i-2", "a"})
		if err != nil || len(changed) != 2 || f.instances[0].Status != ecs.InstanceDraining || f.instances[1].Status != ecs.InstanceDraining {
			t.Errorf("drain: %v, %v", changed, err)
		}
		// One name that is wrong leaves the others alone.
		if _, _, err := s.Activate(t.Context(), "", []string{"i-2", "i-9"}); hint.KindOf(err) != hint.NotFound || f.instances[1].Status != ecs.InstanceDraining {
			t.Errorf("activate: %v", err)
		}
		put, err := s.PutAttributes(t.Context(), "", string(f.instances[0].ARN), []ecs.Attribute{{Name: "stack", Value: "prod"}, {Name: "ssd"}})
		if err != nil || len(put) != 2 || put[1].TargetID != string(f.instances[0].ARN) {
			t.Errorf("put-attributes: %v, %v", put, err)
		}
	})
}

func TestStatus(t *testing.T) {
	play(t, func(t *testing.T, f *fake, s *workflow.Session) {
		f.serving(1)
		f.task("aaaa", ecs.TaskRunning, "ecs-svc/1")
		f.task("bbbb", ecs.TaskRunning, "ecs-svc/1")
		f.stop("bbbb", ecs.EssentialContainerExited, "Essential container in task exited", 2)
		f.task("cccc", ecs.TaskRunning, "ecs-svc/1")
		f.stop("cccc", ecs.ServiceSchedulerInitiated, "Scaling activity initiated by (deployment ecs-svc/1)", 0)
		f.refuse["ListServiceDeployments"] = unsupported{}
		all, err := s.Status(t.Context(), "", "")
		if err != nil || len(all.Services) != 1 || all.Tasks != nil {
			t.Errorf("the cluster: %+v, %v", all, err)
		}
		one, err := s.Status(t.Context(), "", "web")
		if err != nil || len(one.Tasks) != 3 || len(one.Stopped) != 1 || one.Stopped[0].Example != "bbbb" {
			t.Errorf("the service: %+v, %v", one, err)
		}
		f.refuse["ListServiceDeployments"] = errors.New("broken")
		if _, err := s.Status(t.Context(), "", "web"); err == nil {
			t.Error("an error was kept quiet")
		}
		if _, err := s.Status(t.Context(), "nope", ""); hint.KindOf(err) != hint.NotFound {
			t.Errorf("an unknown cluster: %v", err)
		}
	})
}

func TestCreateClusterSaysWhetherItDid(t *testing.T) {
	play(t, func(t *testing.T, _ *fake, s *workflow.Session) {
		name := "prod"
		for i, want := range []bool{true, false} {
			if _, created, err := s.CreateCluster(t.Context(), &awsecs.CreateClusterInput{ClusterName: &name}); err != nil || created != want {
				t.Errorf("time %d: %v, %v", i+1, created, err)
			}
		}
	})
}

func TestEventsAreOldestFirst(t *testing.T) {
	play(t, func(t *testing.T, f *fake, s *workflow.Session) {
		f.serving(1)
		f.event("one")
		time.Sleep(time.Second)
		f.event("two")
		events, err := s.Events(t.Context(), "", "web")
		if got := names(events, func(e ecs.ServiceEvent) string { return e.Message }); got != "one two" || err != nil {
			t.Errorf("got %s, %v", got, err)
		}
	})
}

func TestServiceDeploymentByAnyName(t *testing.T) {
	play(t, func(t *testing.T, f *fake, s *workflow.Session) {
		f.serving(1)
		deploys(f, &awsecs.UpdateServiceInput{})
		for _, id := range []string{"new", account + "service-deployment/default/web/new"} {
			if d, err := s.ServiceDeployment(t.Context(), "", "web", id); err != nil || d.ARN.Short() != "new" {
				t.Errorf("%s: %+v, %v", id, d, err)
			}
		}
		for _, id := range []string{"gone", account + "service-deployment/default/web/gone"} {
			if _, err := s.ServiceDeployment(t.Context(), "", "web", id); hint.KindOf(err) != hint.NotFound {
				t.Errorf("%s: %v", id, err)
			}
		}
		if _, err := s.ServiceDeployment(t.Context(), "", "", "new"); hint.KindOf(err) != hint.Usage {
			t.Errorf("an id alone: %v", err)
		}
	})
}

// Who brought the task down, whatever the others ended with.
func TestExitOfATaskWithManyContainers(t *testing.T) {
	type c struct {
		name   string
		exit   int // below 0 is none
		reason string
	}
	for _, tt := range []struct {
		name       string
		containers []c
		exit       int
	}{
		{"the main one ends well, the other is killed", []c{{"app", 0, ""}, {"proxy", 137, ""}}, 0},
		{"the main one fails, the other is killed", []c{{"app", 2, ""}, {"proxy", 143, ""}}, 1},
		{"killed for its memory, the other ends well", []c{{"app", 137, "OutOfMemoryError: Container killed due to memory usage"}, {"proxy", 0, ""}}, 1},
		{"all killed", []c{{"app", 137, ""}, {"proxy", 143, ""}}, 1},
		{"a helper fails", []c{{"app", 0, ""}, {"helper", 3, ""}}, 0},
		{"none ran", []c{{"app", -1, ""}}, 14},
	} {
		t.Run(tt.name, func(t *testing.T) {
			play(t, func(t *testing.T, f *fake, s *workflow.Session) {
				f.definitions[0].Containers = append(f.definitions[0].Containers,
					ecs.ContainerDefinition{Name: "proxy", Essential: true}, ecs.ContainerDefinition{Name: "helper"})
				f.run = func(f *fake, _ *awsecs.RunTaskInput) ([]ecs.Task, []ecs.Failure) {
					task := *f.task("aaaa", ecs.TaskStopped, "")
					f.tasks = nil
					task.StopCode, task.Containers = ecs.EssentialContainerExited, nil
					for _, c := range tt.containers {
						container := ecs.Container{Name: c.name, Reason: c.reason}
						if c.exit >= 0 {
							container.ExitCode = &c.exit
						}
						task.Containers = append(task.Containers, container)
					}
					return []ecs.Task{task}, nil
				}
				definition := "web"
				r, err := s.RunTask(t.Context(), &awsecs.RunTaskInput{TaskDefinition: &definition}, workflow.RunOptions{Wait: true})
				if got := hint.ExitCode(err); got != tt.exit {
					t.Errorf("exit code %d, want %d: %v, %s", got, tt.exit, err, fmt.Sprint(r.Stopped))
				}
			})
		})
	}
}
