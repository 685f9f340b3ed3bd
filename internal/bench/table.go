package bench

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// tables collects what is printed in the end.
type tables struct {
	about      []string
	names      []string // of the servers
	operations []operationRow
	starts     []string
	again      []string
}

type operationRow struct {
	name         string
	many, single []sample // by server
}

// world tells what the servers were given.
func (t *tables) world(r *run) {
	t.about = append(t.about, fmt.Sprintf("%d container instances, %d tasks, %d services; %d clients; %d processors",
		r.Instances, r.Tasks+r.Services, r.Services, r.Clients, runtime.NumCPU()))
	for _, s := range r.servers {
		t.names = append(t.names, s.name)
		switch {
		case s == r.gantry && r.Sync == "":
			t.about = append(t.about, fmt.Sprintf("%s: a saved world, --sync %s (the default)", s.name, s.mode))
		case s.mode != "":
			t.about = append(t.about, fmt.Sprintf("%s: --sync %s", s.name, s.mode))
		default:
			t.about = append(t.about, s.name+": it does not tell when it writes to the disk")
		}
	}
}

func (t *tables) operation(name string, many, single []sample) {
	t.operations = append(t.operations, operationRow{name, many, single})
}

func (t *tables) start(s *server, what string, took []time.Duration) {
	slices.Sort(took)
	line := fmt.Sprintf("%s\t%s\t%s", s.name, what, millis(took[len(took)/2]))
	if resident, proportional, own, ok := s.memory(); ok {
		line += fmt.Sprintf("\t%.1f\t%.1f\t%.1f", resident, proportional, own)
	} else {
		line += "\t-\t-\t-"
	}
	t.starts = append(t.starts, line)
}

func (t *tables) many(name string, tasks int, seen sample) {
	line := fmt.Sprintf("%s at %d tasks\t%.0f\t%s", name, tasks, seen.rate(), cpuText(seen))
	for _, row := range t.operations {
		if row.name == name {
			line += fmt.Sprintf("\t%.2f\t%s", seen.rate()/row.many[0].rate(), cpuText(row.many[0]))
		}
	}
	t.again = append(t.again, line)
}

func (t *tables) write(out io.Writer) error {
	if _, err := fmt.Fprintln(out, strings.Join(t.about, "\n")); err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	head := "\noperation"
	for _, name := range t.names {
		head += "\t" + name + " calls/s\tCPU ms/call\tp50 ms\tp99 ms\tp99 ms, 1 client"
	}
	for _, name := range t.names[min(1, len(t.names)):] {
		head += "\ttimes " + name
	}
	rows := []string{head}
	for _, row := range t.operations {
		rows = append(rows, row.text())
	}
	for _, row := range t.operations {
		if row.name == "RunTask(10)" {
			rows = append(rows, fmt.Sprintf("\ntasks/s through RunTask(10)\t%.0f", runAtOnce*row.many[0].rate()))
		}
	}
	if len(t.again) > 0 {
		rows = append(rows, "\n"+t.names[0]+"\tcalls/s\tCPU ms/call\ttimes the rate above\tCPU ms/call above")
		rows = append(rows, t.again...)
	}
	if len(t.starts) > 0 {
		rows = append(rows, "\nstart\ton\tms until it answers\tidle RSS MiB\tPSS MiB\tanonymous MiB")
		rows = append(rows, t.starts...)
	}
	for _, row := range rows {
		if _, err := fmt.Fprintln(w, row+"\t"); err != nil {
			return err
		}
	}
	return w.Flush()
}

func (o operationRow) text() string {
	line := o.name
	for i, s := range o.many {
		line += fmt.Sprintf("\t%.0f\t%s\t%s\t%s\t%s", s.rate(), cpuText(s), millis(s.quantile(0.5)), millis(s.quantile(0.99)), millis(o.single[i].quantile(0.99)))
	}
	for _, s := range o.many[1:] {
		line += fmt.Sprintf("\t%.1f", o.many[0].rate()/s.rate())
	}
	return line
}

func cpuText(s sample) string {
	if !s.cpuKnown {
		return "-"
	}
	return fmt.Sprintf("%.3f", s.cpuEach())
}

func millis(d time.Duration) string { return fmt.Sprintf("%.2f", d.Seconds()*1000) }
