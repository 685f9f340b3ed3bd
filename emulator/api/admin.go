package api

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"gantry/ecs"
	"gantry/emulator/store"
)

// The administration of the emulator, which is no AWS service: plain JSON over
// HTTP below /_gantry/.
func (s *Server) admin() map[string]func(*http.Request) (any, error) {
	return map[string]func(*http.Request) (any, error){
		"GET " + PathHealth:                 s.health,
		"GET /_gantry/metrics":              s.metrics,
		"GET /_gantry/clock":                s.showClock,
		"POST /_gantry/clock":               s.setClock,
		"GET /_gantry/world":                s.showWorld,
		"POST /_gantry/reset":               s.reset,
		"POST /_gantry/restore":             s.restore,
		"POST /_gantry/instances":           s.addInstances,
		"POST /_gantry/auto-scaling-groups": s.addAutoScalingGroup,
		"POST /_gantry/target-groups":       byHand(s, (*around).addTargetGroup),
		"POST /_gantry/load-balancers":      byHand(s, (*around).addLoadBalancer),
		"POST /_gantry/alarms":              byHand(s, (*around).addAlarm),
		"POST /_gantry/alarm-states":        byHand(s, (*around).setAlarm),
		"POST /_gantry/metric-data":         byHand(s, (*around).addMetricData),
		"POST /_gantry/secrets":             byHand(s, (*around).addSecret),
		"POST /_gantry/parameters":          byHand(s, (*around).addParameter),
		"POST /_gantry/namespaces":          byHand(s, (*around).addNamespace),
		"POST /_gantry/service-registries":  byHand(s, (*around).addServiceRegistry),
		"POST /_gantry/events":              s.recordEvents,
		"GET /_gantry/unplaced":             s.showUnplaced,
		"GET /_gantry/explain":              s.explain,
		"POST /_gantry/explain":             s.explainRun,
		"POST /_gantry/call":                s.call,
		"GET /_gantry/faults":               s.showFaults,
		"POST /_gantry/faults":              s.makeFault,
		"DELETE /_gantry/faults":            s.endFaults,
	}
}

func (s *Server) adminRoutes() {
	for path, answer := range s.admin() {
		s.mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			out, err := s.run(r, r.URL.Path, func() (any, error) { return answer(r) })
			if err != nil {
				s.writeError(w, r.URL.Path, err)
				return
			}
			if text, ok := out.(document); ok {
				send(w, http.StatusOK, text.kind, text.body)
				return
			}
			s.writeJSON(w, http.StatusOK, out)
		})
	}
	s.mux.HandleFunc("GET "+pathEvents, s.streamEvents)
	s.mux.HandleFunc(snapshotPath, s.snapshot)
	s.mux.HandleFunc("/_gantry/", func(w http.ResponseWriter, r *http.Request) {
		s.writeJSON(w, http.StatusNotFound, map[string]any{
			"__type":  codeUnknownOperation,
			"message": fmt.Sprintf("The emulator has no %s %s.", r.Method, r.URL.Path),
		})
	})
}

func (s *Server) reset(r *http.Request) (any, error) {
	if err := s.cfg.Admin.Reset(); err != nil {
		return nil, err
	}
	return s.showClock(r)
}

func (s *Server) showWorld(*http.Request) (any, error) {
	var answer struct {
		Name          string    `json:"name"`
		Dir           string    `json:"dir"`
		Account       string    `json:"account"`
		Region        string    `json:"region"`
		Seed          uint64    `json:"seed"`
		CreatedAt     time.Time `json:"createdAt"`
		Sync          string    `json:"sync"` // when changes are brought to the disk
		FormatVersion int       `json:"formatVersion"`
		Network
	}
	err := s.view(func(tx *store.Tx) error {
		world := tx.World()
		answer.Name, answer.Seed, answer.CreatedAt = world.Name, world.Seed, world.CreatedAt
		answer.Account, answer.Region, answer.Sync = world.Scope.Account, world.Scope.Region, tx.Syncs().String()
		return nil
	})
	answer.Dir, answer.Network, answer.FormatVersion = s.cfg.Dir, s.cfg.Network, store.FormatVersion
	return answer, err
}

// mostAdded bounds one call of addInstances: the quota of a cluster (ECS
// semantics 11).
const mostAdded = 5000

type addition struct {
	Cluster      string   `json:"cluster"`
	InstanceType string   `json:"instanceType"`
	Zones        []string `json:"zones"`
	Count        int      `json:"count"`
}

// checkZones is that the network has a subnet in each of the zones.
func (s *Server) checkZones(zones []string) error {
	for _, zone := range zones {
		if s.cfg.Network.Subnets[zone] == "" {
			return invalid("There is no zone %q; the zones are %s.", zone, strings.Join(sortedKeys(s.cfg.Network.Subnets), ", "))
		}
	}
	return nil
}

// addInstances registers container instances of an EC2 type, dealt over zones.
func (s *Server) addInstances(r *http.Request) (any, error) {
	in := addition{Count: 1}
	if err := readBody(r, &in); err != nil {
		return nil, err
	}
	kind, ok := ecs.InstanceTypeByName(in.InstanceType)
	if !ok {
		return nil, unknownType(in.InstanceType)
	}
	if in.Count < 1 || in.Count > mostAdded {
		return nil, invalid("The count of container instances must be between 1 and %d, but it is %d.", mostAdded, in.Count)
	}
	if len(in.Zones) == 0 {
		in.Zones = sortedKeys(s.cfg.Network.Subnets)[:1]
	}
	if err := s.checkZones(in.Zones); err != nil {
		return nil, err
	}
	added := []ecs.ARN{}
	err := s.update(func(tx *store.Tx) error {
		handler := onECS(s, r, tx)
		for i := range in.Count {
			zone := in.Zones[i%len(in.Zones)]
			instance, err := handler.register(&in.Cluster, simulatedInstance(kind, zone, s.cfg.Network))
			if err != nil {
				return err
			}
			added = append(added, instance.ARN)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return map[string]any{"containerInstanceArns": added}, nil
}

func unknownType(name string) error {
	message := fmt.Sprintf("The instance type %q is not known.", name)
	if near, ok := ecs.NearestInstanceType(name); ok {
		message += fmt.Sprintf(" Did you mean %s?", near.Name)
	} else {
		var names []string
		for _, t := range ecs.InstanceTypes() {
			names = append(names, t.Name)
		}
		message += " Known are " + strings.Join(names, ", ") + "."
	}
	return invalid("%s", message)
}
