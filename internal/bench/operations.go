package bench

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// measured is an operation that is measured.
type measured struct {
	name   string // with what is asked of each call
	action string
	// requests makes the requests of a load before the clock starts; n is how many
	// there have to be when none may be sent twice.
	requests func(r *run, s *server, n int) ([][]byte, error)
	once     bool // none may be sent twice
	// answer is looked at before each load: the server must do what it is asked.
	answer func(r *run, s *server, a answer) error
}

// answer is what is looked at in answers.
type answer struct {
	TaskArns       []string
	Tasks          []struct{ TaskArn, ContainerInstanceArn string }
	Services       []struct{ ServiceName string }
	Service        struct{ ServiceName string }
	TaskDefinition struct{ Revision int }
	Failures       []any
}

func measuredOperations() []measured {
	return []measured{
		{name: "ListTasks", action: "ListTasks", requests: listTasks, answer: func(r *run, _ *server, a answer) error {
			page := min(pageOfTasks, r.Tasks)
			return want("task ARNs of a page", min(page, len(a.TaskArns)), page) // some do not page, and answer all
		}},
		{name: "DescribeTasks(100)", action: "DescribeTasks", requests: describeTasks, answer: placed(pageOfTasks)},
		{name: "DescribeServices(10)", action: "DescribeServices", requests: describeServices, answer: func(r *run, _ *server, a answer) error {
			return want("services", len(a.Services), min(10, r.Services))
		}},
		{name: "RegisterTaskDefinition", action: "RegisterTaskDefinition", requests: registerTaskDefinition, answer: func(_ *run, _ *server, a answer) error {
			return want("revision above 0", min(a.TaskDefinition.Revision, 1), 1)
		}},
		{name: "CreateService", action: "CreateService", once: true, requests: createService, answer: func(_ *run, _ *server, a answer) error {
			return want("service", min(len(a.Service.ServiceName), 1), 1)
		}},
		{name: "RunTask(10)", action: "RunTask", requests: runTask, answer: placed(runAtOnce)},
	}
}

func want(what string, got, want int) error {
	if got != want {
		return fmt.Errorf("the answer has %d %s instead of %d", got, what, want)
	}
	return nil
}

// placed is that an answer has so many tasks, each on a container instance.
func placed(n int) func(*run, *server, answer) error {
	return func(r *run, _ *server, a answer) error {
		for _, t := range a.Tasks {
			if t.ContainerInstanceArn == "" {
				return fmt.Errorf("the task %s is on no container instance", t.TaskArn)
			}
		}
		if n == pageOfTasks {
			n = min(n, r.Tasks)
		}
		return want("tasks", len(a.Tasks), n)
	}
}

// one is the requests of an operation that may be sent again and again.
func one(s *server, action string, in any) ([][]byte, error) {
	request, err := signed(s.url, action, in)
	return [][]byte{request}, err
}

func listTasks(_ *run, s *server, _ int) ([][]byte, error) {
	return one(s, "ListTasks", object{"cluster": s.cluster, "maxResults": pageOfTasks})
}

// describeTasks asks for tasks from all over the cluster.
func describeTasks(r *run, s *server, _ int) ([][]byte, error) {
	arns, err := s.tasks(max(r.Tasks, r.Many))
	if err != nil {
		return nil, err
	}
	var requests [][]byte
	for n := range 20 {
		random := rand.New(rand.NewPCG(uint64(n), 1)) //nolint:gosec // which ones is no secret
		random.Shuffle(len(arns), func(i, j int) { arns[i], arns[j] = arns[j], arns[i] })
		request, err := signed(s.url, "DescribeTasks", object{"cluster": s.cluster, "tasks": arns[:min(pageOfTasks, len(arns))]})
		if err != nil {
			return nil, err
		}
		requests = append(requests, request)
	}
	return requests, nil
}

func describeServices(r *run, s *server, _ int) ([][]byte, error) {
	var requests [][]byte
	for first := 0; first < r.Services; first += 10 {
		var names []string
		for i := first; i < min(first+10, r.Services); i++ {
			names = append(names, service+strconv.Itoa(i))
		}
		request, err := signed(s.url, "DescribeServices", object{"cluster": s.cluster, "services": names})
		if err != nil {
			return nil, err
		}
		requests = append(requests, request)
	}
	return requests, nil
}

// registerTaskDefinition registers revisions of some families.
func registerTaskDefinition(_ *run, s *server, _ int) ([][]byte, error) {
	var requests [][]byte
	for n := range 8 {
		request, err := signed(s.url, "RegisterTaskDefinition", definition("bench-family-"+strconv.Itoa(n)))
		if err != nil {
			return nil, err
		}
		requests = append(requests, request)
	}
	return requests, nil
}

func createService(_ *run, s *server, n int) ([][]byte, error) {
	requests := make([][]byte, n)
	for i := range requests {
		s.made++
		var err error
		if requests[i], err = signed(s.url, "CreateService", s.newService("made-"+strconv.Itoa(s.made))); err != nil {
			return nil, err
		}
	}
	return requests, nil
}

func runTask(_ *run, s *server, _ int) ([][]byte, error) {
	return one(s, "RunTask", s.runTasks())
}

// chosen are the operations of those names; none is all.
func chosen(names []string) ([]measured, error) {
	all := measuredOperations()
	if len(names) == 0 {
		return all, nil
	}
	var chosen []measured
	for _, name := range names {
		i := slices.IndexFunc(all, func(m measured) bool { return strings.EqualFold(m.action, name) })
		if i < 0 {
			var there []string
			for _, m := range all {
				there = append(there, m.action)
			}
			return nil, fmt.Errorf("%q is not measured here; %s are", name, strings.Join(there, ", "))
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}
