package ecs

// ServiceRegistry is a service of AWS Cloud Map that the tasks of a service are
// registered with [API:ServiceRegistry].
type ServiceRegistry struct {
	RegistryARN   string `json:"registryArn"`
	ContainerName string `json:"containerName,omitempty"`
	ContainerPort int    `json:"containerPort,omitempty"`
	Port          int    `json:"port,omitempty"` // of an SRV record, for an awsvpc task
}

// ServiceInstance is a task as AWS Cloud Map knows it [DG: Use service discovery
// to connect Amazon ECS services with DNS names]. It belongs to Cloud Map, not to
// ECS: the members have that service's names.
type ServiceInstance struct {
	ID           string       `json:"instanceId"` // of the task
	HealthStatus HealthStatus `json:"healthStatus"`
	Attributes   []KeyValue   `json:"attributes"` // by name
}
