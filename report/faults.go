package report

import (
	"strings"
	"time"

	"gantry/ecs"
)

// Faults lists the faults of an emulated world.
func (p Printer) Faults(faults []ecs.FaultState) {
	rows := make([][]string, 0, len(faults))
	for i := range faults {
		f := &faults[i]
		var clusters []string
		for _, name := range f.Clusters {
			clusters = append(clusters, string(name))
		}
		text := f.Text
		if f.Reason != "" {
			text += ": " + f.Reason
		}
		rows = append(rows, []string{
			f.Name, f.Kind, p.Style.Status(string(f.Status)), orDash(strings.Join(clusters, ", ")), moment(f.From), moment(f.Until), text,
		})
	}
	p.list([]string{"FAULT", "KIND", "STATUS", "CLUSTER", "FROM", "UNTIL", "WHAT"}, rows, "faults")
}

// moment is a time of the world, to the second.
func moment(at time.Time) string {
	if at.IsZero() {
		return "-"
	}
	return at.UTC().Format(time.RFC3339)
}
