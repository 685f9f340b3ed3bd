package ecs

// RevisionConfiguration are the members of a service that Amazon ECS shows on
// its revisions, and some of them on its deployments, but not on the service
// [API:ServiceRevision, Deployment]. They are kept as they came; a change of one
// starts a deployment (ECS semantics 4.12; of monitoring and gatewayConnectors
// the API does not say: they belong to the revision, so we take them for such).
type RevisionConfiguration struct {
	ServiceConnect    Document `json:"serviceConnectConfiguration,omitempty"`
	Volumes           Document `json:"volumeConfigurations,omitempty"`
	VPCLattice        Document `json:"vpcLatticeConfigurations,omitempty"`
	Monitoring        Document `json:"monitoring,omitempty"`
	GatewayConnectors Document `json:"gatewayConnectors,omitempty"`
}

// Change lays a change over the configuration: "" leaves a member as it is, an
// empty list takes it away. It reports whether anything is another than before.
func (r *RevisionConfiguration) Change(to RevisionConfiguration) bool {
	before := *r
	for _, m := range []struct {
		field *Document
		to    Document
	}{
		{&r.ServiceConnect, to.ServiceConnect}, {&r.Volumes, to.Volumes}, {&r.VPCLattice, to.VPCLattice},
		{&r.Monitoring, to.Monitoring}, {&r.GatewayConnectors, to.GatewayConnectors},
	} {
		switch m.to {
		case "":
		case "[]", "{}":
			*m.field = ""
		default:
			*m.field = m.to
		}
	}
	return *r != before
}

// ServiceConnectEnabled reports whether the tasks take part in Service Connect.
func (r *RevisionConfiguration) ServiceConnectEnabled() bool {
	var c struct {
		Enabled bool `json:"enabled"`
	}
	r.ServiceConnect.read(&c)
	return c.Enabled
}

// ServiceConnectNamespace is the Cloud Map namespace that the configuration names,
// by its name or ARN, or "".
func (r *RevisionConfiguration) ServiceConnectNamespace() string {
	var c struct {
		Namespace string `json:"namespace"`
	}
	r.ServiceConnect.read(&c)
	return c.Namespace
}

// ManagedVolume is an Amazon EBS volume that ECS makes for one task.
type ManagedVolume struct {
	Name                string `json:"name"`
	RoleARN             string `json:"roleArn"`
	DeleteOnTermination bool   `json:"deleteOnTermination"`
}

// ManagedVolumes are the volumes of the volumeConfigurations of a service or a
// task. Those of a service's tasks are always deleted with the task
// [API:TaskManagedEBSVolumeTerminationPolicy].
func ManagedVolumes(configurations Document) []ManagedVolume {
	var list []struct {
		Name   string `json:"name"`
		Volume *struct {
			RoleARN     string `json:"roleArn"`
			Termination struct {
				Delete *bool `json:"deleteOnTermination"`
			} `json:"terminationPolicy"`
		} `json:"managedEBSVolume"`
	}
	configurations.read(&list)
	var out []ManagedVolume
	for _, v := range list {
		if v.Volume != nil {
			deleted := v.Volume.Termination.Delete
			out = append(out, ManagedVolume{Name: v.Name, RoleARN: v.Volume.RoleARN, DeleteOnTermination: deleted == nil || *deleted})
		}
	}
	return out
}
