package bench

import (
	"fmt"
	"strconv"
	"time"
)

// What every server is given: one cluster, and in it one family that tasks are of.
const (
	family      = "bench-task"
	service     = "bench-service-"
	runAtOnce   = 10
	pageOfTasks = 100
)

// The instances are dealt over the zones, each of a type of 4 vCPU.
func identityDocument(id string, n int) string {
	return fmt.Sprintf(`{"instanceId":%q,"instanceType":"m5.xlarge","availabilityZone":"us-east-1%c"}`, id, 'a'+rune(n%3))
}

func definition(family string) object {
	return object{"family": family, "containerDefinitions": []object{{
		"name": "app", "image": "nginx:1", "cpu": 10, "memory": 16, "essential": true,
		"portMappings": []object{{"containerPort": 80}},
		"environment":  []object{{"name": "STAGE", "value": "bench"}, {"name": "LEVEL", "value": "info"}},
	}}}
}

func (s *server) runTasks() object {
	return object{"cluster": s.cluster, "taskDefinition": family + ":1", "count": runAtOnce}
}

func (s *server) newService(name string) object {
	return object{"cluster": s.cluster, "serviceName": name, "taskDefinition": family + ":1", "desiredCount": 1}
}

// populate builds the population through the API.
func (r *run) populate(s *server) error {
	s.cluster = "bench-" + strconv.FormatInt(time.Now().UnixNano(), 36) // an endpoint may have others of before
	r.talk("%s: registering %d container instances, running %d tasks, creating %d services", s.name, r.Instances, r.Tasks, r.Services)
	if err := s.call("CreateCluster", object{"clusterName": s.cluster}, nil); err != nil {
		return err
	}
	if err := s.call("RegisterTaskDefinition", definition(family), nil); err != nil {
		return err
	}
	machines, err := s.machines(r.Instances)
	if err != nil {
		return err
	}
	err = r.each(s, "RegisterContainerInstance", r.Instances, func(i int) any {
		return object{"cluster": s.cluster, "instanceIdentityDocument": identityDocument(machines[i], i), "instanceIdentityDocumentSignature": "bench"}
	})
	if err == nil {
		err = r.each(s, "RunTask", (r.Tasks+runAtOnce-1)/runAtOnce, func(int) any { return s.runTasks() })
	}
	if err == nil {
		err = r.each(s, "CreateService", r.Services, func(i int) any { return s.newService(service + strconv.Itoa(i)) })
	}
	if err != nil {
		return err
	}
	var shown struct {
		Clusters []struct{ RegisteredContainerInstancesCount int }
	}
	if err := s.call("DescribeClusters", object{"clusters": []string{s.cluster}}, &shown); err != nil {
		return err
	}
	if len(shown.Clusters) != 1 || shown.Clusters[0].RegisteredContainerInstancesCount != r.Instances {
		return fmt.Errorf("%s has not the %d container instances that were registered: %+v", s.name, r.Instances, shown)
	}
	return nil
}

// each makes n calls from all clients.
func (r *run) each(s *server, operation string, n int, in func(i int) any) error {
	if n == 0 {
		return nil
	}
	requests := make([][]byte, n)
	for i := range requests {
		var err error
		if requests[i], err = signed(s.url, operation, in(i)); err != nil {
			return err
		}
	}
	_, err := s.load(inTurn(requests), r.Clients, longestPopulation)
	if err != nil {
		return fmt.Errorf("%s of %s: %w", operation, s.name, err)
	}
	return nil
}

// longestPopulation is how long one part of the population may take.
const longestPopulation = 20 * time.Minute

// tasks lists tasks of the cluster, up to a number of them.
func (s *server) tasks(most int) (arns []string, err error) {
	in := object{"cluster": s.cluster, "maxResults": pageOfTasks}
	for {
		var page struct {
			TaskArns  []string
			NextToken string
		}
		if err := s.call("ListTasks", in, &page); err != nil {
			return nil, err
		}
		arns = append(arns, page.TaskArns...)
		if page.NextToken == "" || len(arns) >= most {
			return arns[:min(most, len(arns))], nil
		}
		in["nextToken"] = page.NextToken
	}
}
