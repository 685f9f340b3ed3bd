package simulate_test

import (
	"fmt"

	"gantry/ecs"
)

// explainWords:
//
//	> explain web                where the service stands, and what it waits for
func explainWords() speech {
	return speech{words: []word{{"explain", func(k *talk, a *arguments) {
		e, _ := k.sim.Cluster().Explain(ecs.ServiceName(a.name()))
		fmt.Fprintf(k.out, "  %d healthy of at least %d, %d of at most %d\n", e.Healthy, e.Floor, e.Total, e.Ceiling)
		for i := range e.Waits {
			w := &e.Waits[i]
			text := string(w.Kind)
			if w.Deployment != "" {
				text += " " + k.short(string(w.Deployment))
			}
			text += ": " + k.short(w.String())
			if !w.Until.IsZero() {
				text += fmt.Sprintf(" (until %s)", w.Until.Sub(birth))
			}
			fmt.Fprintf(k.out, "  waits: %s\n", text)
		}
	}}}}
}
