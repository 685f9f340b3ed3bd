package ecs

import "time"

// Explanation is why a service is as it is. Amazon ECS does not tell it; gantry's
// own scheduler does.
type Explanation struct {
	Floor   int    `json:"floor"`   // tasks that have to stay healthy
	Ceiling int    `json:"ceiling"` // tasks that may be there
	Healthy int    `json:"healthy"`
	Total   int    `json:"total"`
	Waits   []Wait `json:"waits"` // none when the service is as it should be
}

// Wait is one thing that a service waits for.
type Wait struct {
	Kind       string       `json:"kind"` // such as BOUNDS, PLACE, HEALTH
	Deployment DeploymentID `json:"deployment,omitempty"`
	Tasks      int          `json:"tasks,omitempty"` // how many it is about
	Until      time.Time    `json:"until,omitzero"`  // when time alone ends it
	Text       string       `json:"text"`            // the same in a few words
}
