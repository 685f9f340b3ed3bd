package ecs

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
)

// ARN is an Amazon Resource Name.
type ARN string

// ClusterName names a cluster. It and its siblings are types of their own so
// that one cannot be passed for another.
type ClusterName string

// ServiceName names a service in its cluster.
type ServiceName string

// Family names the revisions of a task definition.
type Family string

// TaskID is 32 lower-case hex digits.
type TaskID string

// ContainerInstanceID is 32 lower-case hex digits.
type ContainerInstanceID string

// DeploymentID is "ecs-svc/" and 19 digits.
type DeploymentID string

// Scope is where a resource lives: the part of an ARN before the resource.
type Scope struct {
	Partition string `json:"partition"`
	Region    string `json:"region"`
	Account   string `json:"account"`
}

// ARN builds the name of a resource of a service ("ecs", "logs", "ecr") in this scope.
func (s Scope) ARN(service, resource string) ARN {
	return ARN("arn:" + s.Partition + ":" + service + ":" + s.Region + ":" + s.Account + ":" + resource)
}

// ClusterARN and its siblings build the long ARN forms of ECS semantics 8.3 [API].
func ClusterARN(s Scope, c ClusterName) ARN { return s.ARN("ecs", "cluster/"+string(c)) }

// ServiceARN is arn:…:service/CLUSTER/NAME.
func ServiceARN(s Scope, c ClusterName, n ServiceName) ARN {
	return s.ARN("ecs", "service/"+string(c)+"/"+string(n))
}

// TaskARN is arn:…:task/CLUSTER/ID.
func TaskARN(s Scope, c ClusterName, id TaskID) ARN {
	return s.ARN("ecs", "task/"+string(c)+"/"+string(id))
}

// ContainerInstanceARN is arn:…:container-instance/CLUSTER/ID.
func ContainerInstanceARN(s Scope, c ClusterName, id ContainerInstanceID) ARN {
	return s.ARN("ecs", "container-instance/"+string(c)+"/"+string(id))
}

// ContainerARN is arn:…:container/CLUSTER/TASKID/UUID.
func ContainerARN(s Scope, c ClusterName, task TaskID, uuid string) ARN {
	return s.ARN("ecs", "container/"+string(c)+"/"+string(task)+"/"+uuid)
}

// TaskDefinitionARN is arn:…:task-definition/FAMILY:REVISION.
func TaskDefinitionARN(s Scope, f Family, revision int) ARN {
	return s.ARN("ecs", "task-definition/"+string(f)+":"+strconv.Itoa(revision))
}

// CapacityProviderARN is arn:…:capacity-provider/NAME.
func CapacityProviderARN(s Scope, name string) ARN {
	return s.ARN("ecs", "capacity-provider/"+name)
}

// ServiceDeploymentARN is arn:…:service-deployment/CLUSTER/SERVICE/ID.
func ServiceDeploymentARN(s Scope, c ClusterName, n ServiceName, id string) ARN {
	return s.ARN("ecs", "service-deployment/"+string(c)+"/"+string(n)+"/"+id)
}

// ServiceRevisionARN is arn:…:service-revision/CLUSTER/SERVICE/ID.
func ServiceRevisionARN(s Scope, c ClusterName, n ServiceName, id string) ARN {
	return s.ARN("ecs", "service-revision/"+string(c)+"/"+string(n)+"/"+id)
}

// TaskSetARN is task-set/CLUSTER/SERVICE/ecs-svc/NUMBER.
func TaskSetARN(s Scope, c ClusterName, n ServiceName, id DeploymentID) ARN {
	return s.ARN("ecs", "task-set/"+string(c)+"/"+string(n)+"/"+string(id))
}

// AutoScalingGroupARN is autoScalingGroup:ID:autoScalingGroupName/NAME of Amazon
// EC2 Auto Scaling; the id follows from the name.
func AutoScalingGroupARN(s Scope, name string) ARN {
	sum := sha256.Sum256([]byte(name))
	return s.ARN("autoscaling", "autoScalingGroup:"+hex.EncodeToString(sum[:])[:12]+":autoScalingGroupName/"+name)
}

// Resource is the part after the account: "task/CLUSTER/ID". A name that is no
// ARN is its own resource.
func (a ARN) Resource() string {
	if !a.IsARN() {
		return string(a)
	}
	return strings.SplitN(string(a), ":", 6)[5]
}

// IsARN reports whether the text has the six parts of an ARN.
func (a ARN) IsARN() bool {
	return strings.HasPrefix(string(a), "arn:") && strings.Count(string(a), ":") >= 5
}

// Scope is the partition, Region and account of the ARN.
func (a ARN) Scope() Scope {
	if !a.IsARN() {
		return Scope{}
	}
	p := strings.SplitN(string(a), ":", 6)
	return Scope{Partition: p[1], Region: p[3], Account: p[4]}
}

// Short is the last segment of the ARN: what a person calls the thing. It is
// "web:7" for a task definition, the id for a task, the name for a service.
func (a ARN) Short() string {
	r := a.Resource()
	if i := strings.LastIndexByte(r, '/'); i >= 0 {
		return r[i+1:]
	}
	return r
}

// Cluster is the cluster segment of a long ARN (service, task, container
// instance …), or "" where there is none.
func (a ARN) Cluster() ClusterName {
	if !a.IsARN() {
		return ""
	}
	parts := strings.Split(a.Resource(), "/")
	switch {
	case parts[0] == "cluster" && len(parts) == 2:
		return ClusterName(parts[1])
	case len(parts) >= 3:
		return ClusterName(parts[1])
	}
	return ""
}
