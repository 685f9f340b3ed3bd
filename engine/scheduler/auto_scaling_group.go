package scheduler

import (
	"fmt"
	"maps"
	"slices"

	"gantry/ecs"
)

// group is an Auto Scaling group as the world last told of it.
type group struct {
	Spec      ecs.AutoScalingGroup `json:"spec"`
	Launching int                  `json:"launching,omitempty"` // instances on the way to their registration
}

// changeAutoScalingGroup takes news about an Auto Scaling group.
func (c *Cluster) changeAutoScalingGroup(cmd *ChangeAutoScalingGroup) error {
	g := cmd.Group
	if cmd.Gone {
		delete(c.scalingGroups, g.Name) // its instances end by themselves
		c.stir(c.providers[c.providerOf(g.Name)])
		return nil
	}
	if err := CheckAutoScalingGroup(&g); err != nil {
		return err
	}
	if cmd.Launching < 0 {
		return invalid(fmt.Sprintf("The Auto Scaling group %s cannot be launching %d instances. Tell how many are on the way, or 0.", g.Name, cmd.Launching))
	}
	g.AvailabilityZones = slices.Clone(g.AvailabilityZones)
	c.scalingGroups[g.Name] = &group{Spec: g, Launching: cmd.Launching}
	c.stir(c.providers[c.providerOf(g.Name)])
	return nil
}

// CheckAutoScalingGroup refuses a group that cannot be.
func CheckAutoScalingGroup(g *ecs.AutoScalingGroup) error {
	if g.Name == "" || g.MinSize < 0 || g.MinSize > g.DesiredCapacity || g.DesiredCapacity > g.MaxSize || g.InstanceType == "" {
		return invalid(badGroup)
	}
	return nil
}

// AutoScalingGroups are the Auto Scaling groups that the cluster has heard of,
// by name.
func (c *Cluster) AutoScalingGroups() []ecs.AutoScalingGroup {
	var out []ecs.AutoScalingGroup
	for _, name := range slices.Sorted(maps.Keys(c.scalingGroups)) {
		out = append(out, c.scalingGroups[name].Spec)
	}
	return out
}
