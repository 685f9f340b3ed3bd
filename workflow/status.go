package workflow

import (
	"context"
	"errors"

	"gantry/ecs"
	"gantry/internal/hint"
)

// Status is a cluster with all its services, or with one and that one's tasks.
func (s *Session) Status(ctx context.Context, cluster, service string) (StatusResult, error) {
	r := StatusResult{Services: []ecs.Service{}}
	var err error
	if r.Cluster, err = s.Cluster(ctx, cluster); err != nil {
		return r, err
	}
	r.Now = s.now(ctx)
	if service == "" {
		r.Services, err = s.Services(ctx, cluster)
		return r, err
	}
	found, err := s.findService(ctx, cluster, service)
	if err != nil {
		return r, err
	}
	r.Services = append(r.Services, found)
	if r.Tasks, err = s.Tasks(ctx, cluster, TaskFilter{Service: string(found.Name)}); err != nil {
		return r, err
	}
	var stops tally
	for _, task := range r.Tasks {
		if task.LastStatus == ecs.TaskStopped && !ordinaryStop(task) {
			stops.add(task)
		}
	}
	r.Stopped = stops.list()
	r.ServiceDeployments, err = s.ServiceDeployments(ctx, cluster, string(found.Name))
	if err != nil && noServiceDeployments(err) {
		r.ServiceDeployments, err = nil, nil // the service's own list has to do
	}
	return r, err
}

// noServiceDeployments reports that they cannot be read here: the endpoint has none,
// or the permission is missing.
func noServiceDeployments(err error) bool {
	var unsupported interface{ Unsupported() bool }
	return hint.KindOf(err) == hint.Denied || errors.As(err, &unsupported) && unsupported.Unsupported()
}
