// Package life is how the containers of one task fare: when they start, when
// they are healthy, how they end, and what the task itself goes through on the
// way (ECS semantics 5).
//
// It stands on the second floor and knows one task at a time: no cluster, no
// service, no clock. What becomes of a container is its fate, which is written
// in the task definition, in the container's dockerLabels:
//
//	"dockerLabels": {"gantry.fate": "pull=8s start=2s exit=137 after=30s chance=0.1"}
//
//	t := life.Task{Definition: def, Fates: fates, At: at, Draw: draw}
//	for _, step := range t.Script() { … } // until the images are asked for
//
// engine/simulate plays the steps under a virtual clock. Log lines are no
// steps: Lines works them out for any window of time. The package has no
// randomness of its own (numbers come from a draw function) and keeps nothing
// between two questions.
package life
