// Package life is how the containers of one task fare: when they start, when
// they are healthy and their ports answer, how they end, and what the task itself
// goes through on the way (ECS semantics 5).
//
// It stands on the second floor and knows one task at a time: no cluster, no
// service, no clock. What becomes of a container is its fate, which is written
// in the task definition, in the container's dockerLabels; docs/fates.md tells
// what it may say:
//
//	"dockerLabels": {"gantry.fate": "pull=8s start=2s exit=137 after=30s chance=0.1"}
//
// A Plan is read once for a task definition, and a Life is one task that goes
// from step to step, each worked out when its turn has come:
//
//	l := life.PlanOf(def).Begin(nil, task, now, false)
//	for at, ok := l.Next(); ok; at, ok = l.Next() {
//		l.Take(&step)
//		if step.Pull {
//			l.Pulled(images)
//		}
//	}
//
// From outside it is told to Stop, and to Turn to other fates. The same steps and
// the same words in between give the same life again, so nobody has to save one.
//
// Plainest first: a task of one ordinary container costs less than a microsecond
// and one allocation, and what few tasks need hangs on pointers.
//
// engine/simulate plays lives under a virtual clock. Log lines are no steps:
// Lines works them out for any window of time. The package has no randomness of
// its own (numbers come from the task) and never looks at another task.
package life
