package scheduler

import "gantry/ecs"

func (c *Cluster) registerInstance(*RegisterInstance) (Outcome, error) { return Outcome{}, errNotYet }
func (c *Cluster) deregisterInstance(*DeregisterInstance) error        { return errNotYet }
func (c *Cluster) setInstanceStatus(*SetInstanceStatus) error          { return errNotYet }
func (c *Cluster) setAgentConnected(*SetAgentConnected) error          { return errNotYet }
func (c *Cluster) putAttributes(*PutAttributes) error                  { return errNotYet }
func (c *Cluster) deleteAttributes(*DeleteAttributes) error            { return errNotYet }
func (c *Cluster) createService(*CreateService) error                  { return errNotYet }
func (c *Cluster) updateService(*UpdateService) error                  { return errNotYet }
func (c *Cluster) deleteService(*DeleteService) error                  { return errNotYet }
func (c *Cluster) stopServiceDeployment(*StopServiceDeployment) error  { return errNotYet }
func (c *Cluster) runTask(*RunTask) (Outcome, error)                   { return Outcome{}, errNotYet }
func (c *Cluster) startTask(*StartTask) (Outcome, error)               { return Outcome{}, errNotYet }
func (c *Cluster) stopTask(*StopTask) error                            { return errNotYet }
func (c *Cluster) changeTask(*ChangeTask) error                        { return errNotYet }
func (c *Cluster) setTags(*SetTags) error                              { return errNotYet }

const errNotYet = notYet("this command is not there yet")

type notYet string

func (e notYet) Error() string { return string(e) }

func (c *Cluster) pass(*service)                     {}
func (c *Cluster) repeat(*service)                   {}
func (c *Cluster) drop(retained)                     {}
func (s *service) desired() int                      { return s.Spec.DesiredCount }
func (c *Cluster) restore(*saved) error              { return nil }
func (c *Cluster) remaining(*instance) ecs.Resources { return ecs.Resources{} }

// Instances are the ids of the container instances that the filter chooses, sorted.
func (c *Cluster) Instances(InstanceFilter) ([]ecs.ContainerInstanceID, error) { return nil, nil }

// Instance is one container instance.
func (c *Cluster) Instance(id ecs.ContainerInstanceID) (ecs.ContainerInstance, bool) {
	i, ok := c.instances[id]
	if !ok {
		return ecs.ContainerInstance{}, false
	}
	return c.instanceNoun(i), true
}
