package sim

import (
	"fmt"
	"time"

	"gantry/emulator/runtime"
	"gantry/engine/life"
	"gantry/engine/scheduler"
	"gantry/engine/simulate"
)

// Factory makes simulated clusters.
type Factory struct {
	// SubnetZones is the availability zone of each subnet of the world.
	SubnetZones map[string]string
}

// New makes an empty cluster.
func (f Factory) New(cfg scheduler.Config) (runtime.Runtime, error) {
	cfg.SubnetZones = f.SubnetZones
	return cluster{simulate.New(cfg, simulate.Options{ECRHost: cfg.Scope.Account + ".dkr.ecr." + cfg.Scope.Region + ".amazonaws.com"})}, nil
}

// Load makes the cluster that was saved.
func (f Factory) Load(saved []byte) (runtime.Runtime, error) {
	s, err := simulate.Load(saved)
	if err != nil {
		return nil, fmt.Errorf("load a simulated cluster: %w", err)
	}
	return cluster{s}, nil
}

// Check reads the label that says how a container fares.
func (f Factory) Check(labels map[string]string) error {
	if _, err := life.ParseFate(labels[life.FateLabel]); err != nil {
		return fmt.Errorf("docker label %s: %w", life.FateLabel, err)
	}
	return nil
}

// cluster is a simulation, as a runtime.
type cluster struct{ *simulate.Simulation }

func (c cluster) Apply(now time.Time, cmd runtime.Command) (scheduler.Outcome, error) {
	command := simulate.Command{
		Command: cmd.Command, Scaling: cmd.Scaling, PutAutoScalingGroup: cmd.PutAutoScalingGroup,
		Fault: cmd.Fault, EndFault: cmd.EndFault, Schedule: cmd.Schedule,
	}
	if cmd.Images != nil {
		command.Images = &simulate.SetImages{ECRHost: cmd.Images.Host, Images: cmd.Images.Digests}
	}
	return c.Simulation.Apply(now, command)
}

func (c cluster) World() *simulate.Simulation { return c.Simulation }

func (c cluster) Advance(to time.Time) []runtime.Change {
	var changes []runtime.Change
	for _, change := range c.Simulation.Advance(to) {
		if !change.Gone {
			changes = append(changes, runtime.Change{At: change.At, Task: change.Task, Status: change.Status})
		}
	}
	return changes
}
