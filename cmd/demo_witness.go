package cmd

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gantry/ecs"
	"gantry/logs"
	"gantry/report"
	"gantry/workflow"
)

// seen is what the demo saw: facts from the API's answers, not what it meant to
// do.
type seen struct {
	Instances    int           `json:"containerInstances"`
	Zones        []zoneCount   `json:"tasksByZone"`
	Images       int           `json:"imagesPushed"`
	LayersPushed int           `json:"layersPushed"`
	LayersSkips  int           `json:"layersThereAlready"`
	LogLines     int           `json:"logLines"`
	LogStreams   int           `json:"logStreams"`
	Rollouts     []seenRollout `json:"rollouts"`
}

type zoneCount struct {
	Zone  string `json:"availabilityZone"`
	Tasks int    `json:"tasks"`
}

// seenRollout is one deployment as it was watched.
type seenRollout struct {
	Name       string           `json:"name"`
	Outcome    workflow.Outcome `json:"outcome"`
	Definition string           `json:"taskDefinition"`
	Desired    int              `json:"desiredCount"`
	FewestUp   int              `json:"fewestRunning"`
	MostAlive  int              `json:"mostRunningAndPending"`
	Failures   int              `json:"failedTasks"`
	Threshold  int              `json:"circuitBreakerThreshold,omitempty"`
}

// witness collects what is seen from what the commands tell.
type witness struct {
	seen     seen
	streams  map[string]bool
	step     demoStep
	rollout  *seenRollout
	lines    int // of the step's tail
	endsTail func()
}

func newWitness() *witness { return &witness{streams: map[string]bool{}} }

// begin starts the watch over one step.
func (w *witness) begin(step demoStep, endsTail func()) {
	w.step, w.lines, w.endsTail, w.rollout = step, 0, endsTail, nil
	if step.rollout != "" {
		w.rollout = &seenRollout{Name: step.rollout, FewestUp: 1 << 30}
	}
}

// end closes it.
func (w *witness) end() {
	if w.rollout != nil {
		w.seen.Rollouts = append(w.seen.Rollouts, *w.rollout)
	}
}

// see is told whatever a command sees, one thing at a time.
func (w *witness) see(what any) {
	switch what := what.(type) {
	case newInstances:
		w.seen.Instances += len(what)
	case workflow.PushResult:
		w.seen.Images++
		w.seen.LayersPushed += what.Pushed
		w.seen.LayersSkips += what.Skipped
	case []ecs.Task:
		w.placed(what)
	case logs.Event:
		w.logged(what)
	case workflow.ProgressEvent:
		if w.rollout != nil {
			w.rollout.look(&what.Service)
		}
	case workflow.Result:
		if w.rollout != nil && what.Outcome != "" {
			w.rollout.close(what)
		}
	}
}

func (w *witness) logged(e logs.Event) {
	w.seen.LogLines++
	w.lines++
	w.streams[e.Stream] = true
	w.seen.LogStreams = len(w.streams)
	if w.step.tail > 0 && w.lines == w.step.tail {
		w.endsTail()
	}
}

func (w *witness) placed(tasks []ecs.Task) {
	byZone := map[string]int{}
	for i := range tasks {
		byZone[tasks[i].AvailabilityZone]++
	}
	w.seen.Zones = nil
	for zone, n := range byZone {
		w.seen.Zones = append(w.seen.Zones, zoneCount{zone, n})
	}
	slices.SortFunc(w.seen.Zones, func(a, b zoneCount) int { return strings.Compare(a.Zone, b.Zone) })
}

func (r *seenRollout) look(s *ecs.Service) {
	r.Desired = s.DesiredCount
	r.FewestUp = min(r.FewestUp, s.RunningCount)
	r.MostAlive = max(r.MostAlive, s.RunningCount+s.PendingCount)
}

func (r *seenRollout) close(result workflow.Result) {
	r.look(&result.Service)
	r.Outcome, r.Definition = result.Outcome, result.Service.TaskDefinition.Short()
	if d := result.ServiceDeployment; d != nil {
		r.Failures, r.Threshold = d.CircuitBreaker.FailureCount, d.CircuitBreaker.Threshold
	}
}

// lines is what was seen in words.
func (s seen) lines() []string {
	tasks, zones := 0, make([]string, 0, len(s.Zones))
	for _, z := range s.Zones {
		tasks += z.Tasks
		zones = append(zones, fmt.Sprintf("%s %d", z.Zone, z.Tasks))
	}
	out := []string{
		fmt.Sprintf("images      %d pushed: %s sent, %d there already", s.Images, report.Count(s.LayersPushed, "layer"), s.LayersSkips),
		fmt.Sprintf("placement   %s on %s: %s", report.Count(tasks, "task"), report.Count(s.Instances, "container instance"), strings.Join(zones, ", ")),
		fmt.Sprintf("logs        %s of %s", report.Count(s.LogLines, "line"), report.Count(s.LogStreams, "stream")),
	}
	for _, r := range s.Rollouts {
		if r.Threshold > 0 && r.Outcome == workflow.RolledBack {
			out = append(out, fmt.Sprintf("broken      circuit breaker tripped after %s failed (threshold %d), rolled back to %s; never fewer than %d of %d running",
				report.Count(r.Failures, "task"), r.Threshold, r.Definition, r.FewestUp, r.Desired))
			continue
		}
		out = append(out, fmt.Sprintf("%-11s %s deployed: never fewer than %d of %d running, never more than %d alive",
			r.Name, r.Definition, r.FewestUp, r.Desired, r.MostAlive))
	}
	return out
}

// complaint says what was not as ECS promises: a demo that shows a wrong thing
// must not end well.
func (w *witness) complaint() error {
	var wrong []error
	for _, r := range w.seen.Rollouts {
		var lower, upper int
		if _, err := fmt.Sscanf(r.Name, "%d/%d", &lower, &upper); err != nil {
			continue
		}
		// The bounds of ECS semantics 4.3: the minimum rounds up, the maximum down.
		if floor := (r.Desired*lower + 99) / 100; r.FewestUp < floor {
			wrong = append(wrong, fmt.Errorf("%s: %d running, fewer than the minimum of %d", r.Name, r.FewestUp, floor))
		}
		if ceiling := r.Desired * upper / 100; r.MostAlive > ceiling {
			wrong = append(wrong, fmt.Errorf("%s: %d alive, more than the maximum of %d", r.Name, r.MostAlive, ceiling))
		}
	}
	if w.seen.LogLines == 0 {
		wrong = append(wrong, errors.New("no log line was seen"))
	}
	return errors.Join(wrong...)
}
