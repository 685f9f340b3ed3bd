package api

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"gantry/ecs"
	"gantry/emulator/store"
)

// cloudInstance is an instance that somebody registered by hand, or what
// somebody said by hand of one that is a task of ECS.
type cloudInstance struct {
	Service    string            `json:"service"`
	ID         string            `json:"id"`
	Request    string            `json:"creatorRequestId,omitempty"`
	Attributes map[string]string `json:"attributes,omitempty"`
	Health     ecs.HealthStatus  `json:"health,omitempty"`
	CreatedAt  time.Time         `json:"createdAt"`
	// Of a task: that it was deregistered, and the health that ECS had told when
	// somebody told another. What ECS tells next counts again.
	Task bool             `json:"task,omitempty"`
	Gone bool             `json:"gone,omitempty"`
	Told ecs.HealthStatus `json:"told,omitempty"`
}

func instanceKey(service, id string) string { return service + "/" + id }

// instances are the instances of a service, by id: those that were registered,
// and the tasks of ECS, which are there from when ECS registers them until it
// lets them go.
func (a *around) instances(s *cloudService) ([]cloudInstance, error) {
	kept, err := store.Documents[cloudInstance](a.tx, kindInstance, s.ID+"/")
	if err != nil {
		return nil, err
	}
	byID := map[string]cloudInstance{}
	said := map[string]cloudInstance{}
	for _, i := range kept {
		if i.Task {
			said[i.ID] = i
		} else {
			byID[i.ID] = i
		}
	}
	for _, name := range a.tx.LiveClusters() {
		engine, _ := a.tx.Engine(name)
		for _, t := range engine.ServiceInstances(s.ARN) {
			i, by := s.task(&t), said[t.ID]
			if by.Gone {
				continue
			}
			if by.Health != "" && by.Told == t.HealthStatus {
				i.Health = by.Health
			}
			byID[i.ID] = i
		}
	}
	out := make([]cloudInstance, 0, len(byID))
	for _, id := range sortedKeys(byID) {
		i := byID[id]
		if s.Custom == nil {
			i.Health = ecs.HealthUnknown
			if s.Check != nil {
				i.Health = ecs.HealthHealthy // no Route 53 looks here
			}
		}
		out = append(out, i)
	}
	return out, nil
}

// task is a task of ECS as an instance. ECS registers it with the initial health
// HEALTHY where health is told at all (which one it gives a task with container
// health checks is not known).
func (s *cloudService) task(t *ecs.ServiceInstance) cloudInstance {
	i := cloudInstance{Service: s.ID, ID: t.ID, Health: t.HealthStatus, Task: true, Told: t.HealthStatus, Attributes: map[string]string{}}
	for _, x := range t.Attributes {
		i.Attributes[x.Name] = x.Value
	}
	if s.Custom != nil {
		i.Attributes[attributeHealth] = string(ecs.HealthHealthy)
	}
	return i
}

// instance finds an instance of a service.
func (a *around) instance(service, id string) (cloudService, cloudInstance, error) {
	s, err := a.cloudService(service)
	if err != nil {
		return s, cloudInstance{}, err
	}
	all, err := a.instances(&s)
	if err != nil {
		return s, cloudInstance{}, err
	}
	at := slices.IndexFunc(all, func(i cloudInstance) bool { return i.ID == id })
	if at < 0 {
		return s, cloudInstance{}, refuse(codeInstanceMissing, "Instance not found: %.64s", id)
	}
	return s, all[at], nil
}

// RegisterInstance makes an instance, or changes one.
func (a *around) RegisterInstance(_ context.Context, in *RegisterInstanceInput) (*OperationOutput, error) {
	s, err := a.cloudService(in.ServiceID)
	if err != nil {
		return nil, err
	}
	if !instanceRule.MatchString(in.InstanceID) {
		return nil, invalidInput("The InstanceId %.80q is not valid: 1 to 64 letters, digits and _ / : . @ -.", in.InstanceID)
	}
	n, err := a.cloudNamespace(s.Namespace)
	if err != nil {
		return nil, err
	}
	if err := a.checkAttributes(&s, &n, in.Attributes); err != nil {
		return nil, err
	}
	all, err := a.instances(&s)
	if err != nil {
		return nil, err
	}
	known := slices.IndexFunc(all, func(i cloudInstance) bool { return i.ID == in.InstanceID })
	if known < 0 && len(all) >= mostCloudInstances {
		return nil, refuse(codeDiscoveryLimit, "A service can have at most %d instances.", mostCloudInstances)
	}
	if known >= 0 && all[known].Task {
		return nil, invalidInput("The instance %s is a task of ECS, which keeps its attributes.", in.InstanceID)
	}
	id, err := a.operate(cloudOperation{Type: "REGISTER_INSTANCE", Namespace: s.Namespace, Service: s.ID, Request: in.CreatorRequestID,
		Targets: map[string]string{"SERVICE": s.ID, "INSTANCE": in.InstanceID}})
	if err != nil {
		return nil, err
	}
	i := cloudInstance{Service: s.ID, ID: in.InstanceID, Request: in.CreatorRequestID, Attributes: in.Attributes, CreatedAt: a.tx.Now(), Health: ecs.HealthHealthy}
	if given := in.Attributes[attributeHealth]; given != "" {
		i.Health = ecs.HealthStatus(given)
	}
	return &OperationOutput{id}, a.tx.PutDocument(kindInstance, instanceKey(s.ID, i.ID), i)
}

// DeregisterInstance takes an instance out of its service. A task of ECS stays
// out, too: ECS does not look after it.
func (a *around) DeregisterInstance(_ context.Context, in *DeregisterInstanceInput) (*OperationOutput, error) {
	s, i, err := a.instance(in.ServiceID, in.InstanceID)
	if err != nil {
		return nil, err
	}
	id, err := a.operate(cloudOperation{Type: "DEREGISTER_INSTANCE", Namespace: s.Namespace, Service: s.ID,
		Targets: map[string]string{"SERVICE": s.ID, "INSTANCE": i.ID}})
	if err != nil {
		return nil, err
	}
	if i.Task {
		i.Gone, i.Attributes = true, nil
		return &OperationOutput{id}, a.tx.PutDocument(kindInstance, instanceKey(s.ID, i.ID), i)
	}
	return &OperationOutput{id}, a.tx.DeleteDocument(kindInstance, instanceKey(s.ID, i.ID))
}

// GetInstance tells an instance.
func (a *around) GetInstance(_ context.Context, in *GetInstanceInput) (*GetInstanceOutput, error) {
	_, i, err := a.instance(in.ServiceID, in.InstanceID)
	if err != nil {
		return nil, err
	}
	account := a.tx.Scope().Account
	return &GetInstanceOutput{account, InstanceShape{ID: i.ID, CreatorRequestID: i.Request, Attributes: i.Attributes, CreatedByAccount: account}}, nil
}

// ListInstances lists the instances of a service.
func (a *around) ListInstances(_ context.Context, in *ListInstancesInput) (*ListInstancesOutput, error) {
	byID, cut, next, err := a.instancePage(in.ServiceID, nil, in.NextToken, in.MaxResults)
	if err != nil {
		return nil, err
	}
	account := a.tx.Scope().Account
	out := &ListInstancesOutput{ResourceOwner: account, Instances: []InstanceShape{}, NextToken: next}
	for _, id := range cut {
		out.Instances = append(out.Instances, InstanceShape{ID: id, Attributes: byID[id].Attributes, CreatedByAccount: account})
	}
	return out, nil
}

// GetInstancesHealthStatus tells how instances are.
func (a *around) GetInstancesHealthStatus(_ context.Context, in *GetInstancesHealthStatusInput) (*GetInstancesHealthStatusOutput, error) {
	byID, cut, next, err := a.instancePage(in.ServiceID, in.Instances, in.NextToken, in.MaxResults)
	if err != nil {
		return nil, err
	}
	out := &GetInstancesHealthStatusOutput{Status: map[string]string{}, NextToken: next}
	for _, id := range cut {
		out.Status[id] = string(byID[id].Health)
	}
	return out, nil
}

// instancePage is a page of the instances of a service: of those with the ids, or
// of all.
func (a *around) instancePage(service string, ids []string, token *string, size *int32) (byID map[string]cloudInstance, cut []string, next *string, err error) {
	s, err := a.cloudService(service)
	if err != nil {
		return nil, nil, nil, err
	}
	all, err := a.instances(&s)
	if err != nil {
		return nil, nil, nil, err
	}
	byID = map[string]cloudInstance{}
	for _, i := range all {
		if len(ids) == 0 || slices.Contains(ids, i.ID) {
			byID[i.ID] = i
		}
	}
	for _, id := range ids {
		if _, ok := byID[id]; !ok {
			return nil, nil, nil, refuse(codeInstanceMissing, "Instance not found: %.64s", id)
		}
	}
	cut, next, err = cloudMapPage(sortedKeys(byID), token, size)
	return byID, cut, next, err
}

// UpdateInstanceCustomHealthStatus tells how an instance is.
func (a *around) UpdateInstanceCustomHealthStatus(_ context.Context, in *UpdateInstanceCustomHealthStatusInput) (*EmptyOutput, error) {
	s, i, err := a.instance(in.ServiceID, in.InstanceID)
	switch {
	case err != nil:
		return nil, err
	case s.Custom == nil:
		return nil, refuse(codeHealthNotCustom, "The service %s has no HealthCheckCustomConfig.", s.ID)
	case in.Status != string(ecs.HealthHealthy) && in.Status != string(ecs.HealthUnhealthy):
		return nil, invalidInput("The Status must be HEALTHY or UNHEALTHY, but is %.20q.", in.Status)
	}
	i.Health = ecs.HealthStatus(in.Status)
	if i.Task {
		i.Attributes = nil // ECS has them
	}
	return &EmptyOutput{}, a.tx.PutDocument(kindInstance, instanceKey(s.ID, i.ID), i)
}

// found is an instance as DiscoverInstances shows it, which leaves its initial
// health out.
func (i *cloudInstance) found() map[string]string {
	out := maps.Clone(i.Attributes)
	delete(out, attributeHealth)
	return out
}

// matches reports whether an instance has attributes.
func (i *cloudInstance) matches(wanted map[string]string) bool {
	for key, value := range wanted {
		if i.Attributes[key] != value {
			return false
		}
	}
	return true
}

// membership tells one set of instances from another.
func membership(all []cloudInstance) string {
	var ids strings.Builder
	for _, i := range all {
		ids.WriteString(i.ID + "\n")
		for _, key := range sortedKeys(i.Attributes) {
			ids.WriteString(key + "=" + i.Attributes[key] + "\n")
		}
	}
	return hashed(ids.String())
}
