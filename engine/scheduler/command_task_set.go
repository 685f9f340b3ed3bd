package scheduler

import "gantry/ecs"

// CreateTaskSet adds a task set to a service with the EXTERNAL deployment
// controller. TaskSet carries what the caller asked for: external id, scale,
// where its tasks run and what balances their load; the rest is the engine's.
type CreateTaskSet struct {
	Service        ecs.ServiceName    `json:"service"`
	TaskSet        ecs.TaskSet        `json:"taskSet"`
	TaskDefinition ecs.TaskDefinition `json:"taskDefinition"`
}

// UpdateTaskSet changes the scale of a task set.
type UpdateTaskSet struct {
	Service ecs.ServiceName  `json:"service"`
	ID      ecs.DeploymentID `json:"id"`
	Scale   ecs.Scale        `json:"scale"`
}

// UpdateServicePrimaryTaskSet makes a task set the PRIMARY of its service.
type UpdateServicePrimaryTaskSet struct {
	Service ecs.ServiceName  `json:"service"`
	ID      ecs.DeploymentID `json:"id"`
}

// DeleteTaskSet drains a task set. One that is scaled above 0 needs force.
type DeleteTaskSet struct {
	Service ecs.ServiceName  `json:"service"`
	ID      ecs.DeploymentID `json:"id"`
	Force   bool             `json:"force,omitempty"`
}
