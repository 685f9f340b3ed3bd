package api

import (
	"cmp"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"gantry/ecs"
	"gantry/emulator/runtime"
	"gantry/emulator/store"
	"gantry/engine/simulate"
)

// kindFaultNumber is the kind of the records that count: faults that got a name by
// their number, under the key "", and what else has to do with faults.
const kindFaultNumber = "gantry/fault-number"

// faultName is the rule for the names of faults.
var faultName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// makeFault lets something go wrong in the world, now or later.
func (s *Server) makeFault(r *http.Request) (any, error) {
	var given ecs.Fault
	if err := readBody(r, &given); err != nil {
		return nil, err
	}
	var made ecs.FaultState
	var name string
	err := s.update(func(tx *store.Tx) error {
		fault := given // the change may be made twice
		if err := s.settleFault(tx, &fault); err != nil {
			return err
		}
		name = fault.Name
		if fault.API != nil {
			return s.putAPIFault(tx, &fault)
		}
		var err error
		made, err = onECS(s, r, tx).makeFault(&fault)
		return err
	})
	if err == nil && given.API != nil {
		return s.madeAPIFault(name)
	}
	return made, err
}

// settleFault gives a fault its name and its beginning.
func (s *Server) settleFault(tx *store.Tx, f *ecs.Fault) error {
	all, err := s.faults(tx)
	if err != nil {
		return err
	}
	taken := func(name string) bool {
		return slices.ContainsFunc(all, func(x ecs.FaultState) bool { return x.Name == name })
	}
	switch {
	case f.Name == "":
		var number int
		if _, err := tx.Document(kindFaultNumber, "", &number); err != nil {
			return err
		}
		for f.Name == "" || taken(f.Name) {
			number++
			f.Name = fmt.Sprintf("fault-%d", number)
		}
		if err := tx.PutDocument(kindFaultNumber, "", number); err != nil {
			return err
		}
	case !faultName.MatchString(f.Name):
		return invalid("%.80q is no name for a fault: use up to 64 letters, digits, dots, - and _, the first of them a letter or a digit.", f.Name)
	case taken(f.Name):
		return invalid("There is a fault with the name %s already.", f.Name)
	}
	switch {
	case !f.At.IsZero() && f.After != 0:
		return invalid("A fault begins at a time or after a span of it, not both.")
	case f.After < 0:
		return invalid("A fault cannot begin %s ago.", -f.After)
	case f.After > 0:
		f.At = tx.Now().Add(f.After.Duration())
	case !f.At.IsZero() && f.At.Before(tx.Now()):
		return invalid("The time at which the fault is to begin, %s, is over: it is %s in the world.", f.At.Format(time.RFC3339), tx.Now().Format(time.RFC3339))
	}
	return nil
}

// makeFault gives a fault to the clusters that it is about.
func (s *ECS) makeFault(f *ecs.Fault) (made ecs.FaultState, err error) {
	clusters := s.tx.LiveClusters()
	if f.LoseZone == "" || f.Cluster != "" {
		given := string(f.Cluster)
		name, _, err := s.cluster(&given)
		if err != nil {
			return made, invalid("There is no cluster %s; %s.", cmp.Or(given, string(defaultCluster)), thereAre("clusters", clusters))
		}
		clusters = []ecs.ClusterName{name}
	}
	if len(clusters) == 0 {
		return made, invalid("There is no cluster that could lose a zone: make one first.")
	}
	for _, name := range clusters {
		engine, err := s.engine(name)
		if err != nil {
			return made, err
		}
		fault, err := (&faultReader{s: s.s, cluster: name, engine: engine, later: !f.At.IsZero()}).read(f)
		if err != nil {
			return made, err
		}
		if err := simulate.CheckFault(fault); err != nil {
			return made, err
		}
		made.Kind, made.Text = faultText(engine, fault)
		cmd := runtime.Command{Fault: fault}
		if !f.At.IsZero() {
			cmd = runtime.Command{Schedule: &simulate.Schedule{At: f.At, Command: simulate.Command{Fault: fault}}}
		}
		if _, err := s.tx.Apply(name, cmd); err != nil {
			return made, err
		}
	}
	all, err := s.s.faults(s.tx)
	if at := slices.IndexFunc(all, func(x ecs.FaultState) bool { return x.Name == f.Name }); at >= 0 {
		return all[at], err
	}
	made.Status, made.Name, made.From, made.Clusters = ecs.FaultOver, f.Name, s.tx.Now(), clusters
	return made, err
}

// mostNamed is how many of the things that there are a refusal names.
const mostNamed = 10

// thereAre tells what there is instead of what was not found.
func thereAre[T ~string](what string, all []T) string {
	if len(all) == 0 {
		return "there are no " + what
	}
	var names []string
	for _, name := range all[:min(len(all), mostNamed)] {
		names = append(names, string(name))
	}
	more := ""
	if n := len(all) - mostNamed; n > 0 {
		more = fmt.Sprintf(" and %d more", n)
	}
	return "the " + what + " are " + strings.Join(names, ", ") + more
}

// showFaults lists the faults that last, those that are to come, and those that were
// refused when their time had come.
func (s *Server) showFaults(*http.Request) (any, error) {
	out := map[string]any{}
	err := s.view(func(tx *store.Tx) error {
		all, err := s.faults(tx)
		out["faults"] = append([]ecs.FaultState{}, all...)
		return err
	})
	return out, err
}

// endFaults ends the faults that the query names, or all.
func (s *Server) endFaults(r *http.Request) (any, error) {
	names := r.URL.Query()["name"]
	ended := []string{}
	err := s.update(func(tx *store.Tx) error {
		ended = []string{}
		all, err := s.faults(tx)
		if err != nil {
			return err
		}
		var known []string
		for _, f := range all {
			known = append(known, f.Name)
		}
		for _, name := range names {
			if !slices.Contains(known, name) {
				return invalid("There is no fault with the name %s; %s.", name, thereAre("faults", known))
			}
		}
		for _, f := range all {
			if len(names) > 0 && !slices.Contains(names, f.Name) {
				continue
			}
			if err := tx.DeleteDocument(kindAPIFault, f.Name); err != nil {
				return err
			}
			for _, cluster := range f.Clusters {
				if _, err := tx.Apply(cluster, runtime.Command{EndFault: &simulate.EndFault{Name: f.Name}}); err != nil {
					return err
				}
			}
			ended = append(ended, f.Name)
		}
		return nil
	})
	s.ForgetFaults()
	return map[string]any{"ended": ended}, err
}

// faults are all faults of the realm, by when they begin.
func (s *Server) faults(tx *store.Tx) ([]ecs.FaultState, error) {
	var all []ecs.FaultState
	for _, cluster := range tx.LiveClusters() {
		rt, ok := tx.Runtime(cluster)
		if !ok || rt.World() == nil {
			continue
		}
		for _, f := range clusterFaults(rt) {
			at := slices.IndexFunc(all, func(x ecs.FaultState) bool {
				return x.Name == f.Name && x.Status == f.Status && x.From.Equal(f.From)
			})
			if at < 0 {
				all, at = append(all, f), len(all)
			}
			all[at].Clusters = append(all[at].Clusters, cluster)
		}
	}
	onCalls, err := readAPIFaults(tx)
	for _, f := range onCalls {
		all = append(all, f.state(tx.Now()))
	}
	slices.SortStableFunc(all, func(a, b ecs.FaultState) int { return a.From.Compare(b.From) })
	return all, err
}

// clusterFaults are the faults of one cluster.
func clusterFaults(rt runtime.Runtime) []ecs.FaultState {
	var all []ecs.FaultState
	add := func(f *simulate.Fault, status ecs.FaultStatus, from time.Time, reason string) {
		kind, text := faultText(rt.Cluster(), f)
		x := ecs.FaultState{Name: f.Name, Kind: kind, Status: status, From: from, Text: text, Reason: reason}
		if f.For > 0 && reason == "" {
			x.Until = from.Add(f.For.Duration())
		}
		all = append(all, x)
	}
	for _, f := range rt.World().LastingFaults() {
		add(&f.Fault, ecs.FaultActive, f.Since, "")
	}
	for _, p := range rt.World().Scheduled() {
		if p.Command.Fault != nil {
			add(p.Command.Fault, ecs.FaultPending, p.At, "")
		}
	}
	for _, r := range rt.World().Refused() {
		if r.Command.Fault != nil {
			add(r.Command.Fault, ecs.FaultRefused, r.At, r.Error)
		}
	}
	return all
}
