package api

import (
	"net/http"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecs"

	"gantry/awsapi/wire"
	"gantry/ecs"
	"gantry/emulator/store"
	"gantry/engine/scheduler"
)

// viewService reads about the service that the query names.
func (s *Server) viewService(r *http.Request, read func(engine *scheduler.Cluster, service ecs.ServiceName) error) error {
	query := r.URL.Query()
	cluster, service := query.Get("cluster"), query.Get("service")
	return s.view(func(tx *store.Tx) error {
		name, engine, err := onECS(s, r, tx).cluster(&cluster)
		if err != nil {
			return err
		}
		found, ok := serviceOf(engine, name, service)
		if !ok {
			return errNoService()
		}
		return read(engine, found.Name)
	})
}

// explain says what a service waits for, or why a task is where it is. Of a task
// of which that is not known it says nothing.
func (s *Server) explain(r *http.Request) (any, error) {
	if task := r.URL.Query().Get("task"); task != "" {
		return s.explainTask(r, task)
	}
	var out ecs.Explanation
	err := s.viewService(r, func(engine *scheduler.Cluster, service ecs.ServiceName) error {
		e, _ := engine.Explain(service)
		out = e.Noun()
		return nil
	})
	return out, err
}

func (s *Server) explainTask(r *http.Request, task string) (out ecs.Placement, err error) {
	cluster := r.URL.Query().Get("cluster")
	err = s.view(func(tx *store.Tx) error {
		name, engine, err := onECS(s, r, tx).cluster(&cluster)
		if err != nil {
			return err
		}
		known, err := taskOf(engine, name, task)
		if err != nil {
			return err
		}
		out, _ = engine.ExplainTask(known.ID)
		return nil
	})
	return out, err
}

// explainRun says where the next task of a RunTask, whose document is the body,
// would go, or why it finds no place. Nothing is started.
func (s *Server) explainRun(r *http.Request) (any, error) {
	body, err := readUpTo(r, 1<<20)
	if err != nil {
		return nil, err
	}
	in := &sdk.RunTaskInput{}
	if err := wire.Decode(body, in); err != nil {
		return nil, &ecs.Error{Code: codeSerialization, Message: "the request is no RunTask: " + err.Error()}
	}
	var out ecs.Placement
	err = s.view(func(tx *store.Tx) error {
		handler := onECS(s, r, tx)
		name, engine, err := handler.cluster(in.Cluster)
		if err != nil {
			return err
		}
		command, err := handler.runCommand(name, in)
		if err != nil {
			return err
		}
		out, err = engine.ExplainRun(command)
		return err
	})
	return out, err
}

// refusedInstance is why a container instance takes no task of a service now.
type refusedInstance struct {
	ContainerInstanceARN ecs.ARN `json:"containerInstanceArn"`
	EC2InstanceID        string  `json:"ec2InstanceId"`
	Reason               string  `json:"reason"`
	Detail               string  `json:"detail"`
}

// showUnplaced says why a task of a service finds no place. When nothing waits
// for a place, it says nothing.
func (s *Server) showUnplaced(r *http.Request) (any, error) {
	out := map[string]any{}
	err := s.viewService(r, func(engine *scheduler.Cluster, service ecs.ServiceName) error {
		unplaced := engine.Unplaced(service)
		if unplaced == nil {
			return nil
		}
		instances := []refusedInstance{}
		for _, refusal := range unplaced.Refusals {
			entry := refusedInstance{ContainerInstanceARN: refusal.ARN}
			if instance, ok := engine.Instance(refusal.Instance); ok {
				entry.EC2InstanceID = instance.EC2InstanceID
			}
			entry.Reason, entry.Detail = refusal.Reasons[0].Failure(), refusal.Text()
			instances = append(instances, entry)
		}
		out["instances"], out["summary"] = instances, unplaced.Error()
		return nil
	})
	return out, err
}
