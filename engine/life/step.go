package life

import (
	"time"

	"gantry/ecs"
)

// Task is what is known of a task that lives.
type Task struct {
	ARN        ecs.ARN
	Definition *ecs.TaskDefinition
	Fates      []Fate                   // of its containers
	Draw       func(salt string) uint64 // numbers derived for this task
	Fargate    bool
	At         time.Time // when it was started
	Pulled     bool      // its images were asked for; the next three are the answer
	PullError  string
	PullFailed int // container whose image is missing
	Digests    []string
}

// Step is one moment of a task's life, as news of it. What did not change is
// the zero value.
type Step struct {
	At            time.Time
	Pull          bool // the images are asked for now
	Status        ecs.TaskStatus
	Health        ecs.HealthStatus // of the task as a whole
	PullStarted   bool
	PullStopped   bool
	StopCode      ecs.StopCode
	StoppedReason string
	Containers    []Change
}

// Change is the part of a step about one container.
type Change struct {
	Name        string
	Status      ecs.TaskStatus
	Health      ecs.HealthStatus
	ExitCode    *int
	Reason      string
	ImageDigest string
}
