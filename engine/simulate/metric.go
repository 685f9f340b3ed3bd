package simulate

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"gantry/ecs"
)

// ECS sends a service's metrics once a minute, and none for a service without a
// RUNNING task [DG: Amazon ECS CloudWatch metrics].
const (
	metricPeriod = time.Minute
	metricsKept  = 180 // minutes, or as many as an alarm looks back
)

// gauge is a metric over one minute; N is 0 where there is none.
type gauge struct {
	Average float64 `json:"a"`
	Minimum float64 `json:"l"`
	Maximum float64 `json:"h"`
	N       int     `json:"n"`
}

// minute is what was measured in one minute: the utilisation by a service's
// tasks, or the reservation of the cluster's container instances.
type minute struct {
	CPU      gauge `json:"cpu,omitzero"`
	Memory   gauge `json:"memory,omitzero"`
	Requests gauge `json:"requests,omitzero"` // for each target
}

// series is what was measured of a service, or, with no service, of the
// cluster: minute by minute since First.
type series struct {
	Service ecs.ServiceName `json:"service,omitempty"`
	First   time.Time       `json:"first"` // when the first minute began
	Minutes []minute        `json:"minutes"`
}

// add puts the minute that began then behind the others.
func (x *series) add(began time.Time, m minute, keep int) {
	if len(x.Minutes) == 0 {
		x.First = began
	}
	x.Minutes = append(x.Minutes, m)
	if extra := len(x.Minutes) - keep; extra > 0 {
		n := copy(x.Minutes, x.Minutes[extra:])
		x.Minutes = x.Minutes[:n]
		x.First = x.First.Add(time.Duration(extra) * metricPeriod)
	}
}

// measure takes the minute that ends now, for everything that is watched.
func (s *Simulation) measure(now time.Time) {
	began := now.Add(-metricPeriod)
	for _, name := range s.scaling.watched() {
		x := s.scaling.series[name]
		if x == nil {
			x = &series{Service: name}
			s.scaling.series[name] = x
		}
		m := s.reservation()
		if name != "" {
			m = s.utilization(name, now)
			m.Requests = s.requestsPerTarget(name, now)
		}
		x.add(began, m, s.scaling.keep[name])
	}
}

// reservation is how much of the cluster's container instances is reserved.
func (s *Simulation) reservation() (m minute) {
	held, there := s.cluster.Reserved()
	if there.CPUUnits > 0 {
		m.CPU = steady(100 * float64(held.CPUUnits) / float64(there.CPUUnits))
	}
	if there.MemoryMiB > 0 {
		m.Memory = steady(100 * float64(held.MemoryMiB) / float64(there.MemoryMiB))
	}
	return m
}

func steady(x float64) gauge {
	x = hundredths(x)
	return gauge{Average: x, Minimum: x, Maximum: x, N: 1}
}

// utilization is what the running tasks of a service use of what they have
// reserved, in percent: what their fates say, and their share of the load [DG:
// Amazon ECS service utilization metrics]. It varies by one percent of itself,
// by (seed, service, minute) alone. A task does not use more than it has
// reserved unless its fate says so: bursting is not simulated.
func (s *Simulation) utilization(name ecs.ServiceName, now time.Time) (m minute) {
	load := s.scaling.loads[name].at(now)
	var groups []group
	for _, r := range s.cluster.Running(name) {
		g := group{count: float64(r.Count)}
		g.reservedCPU, g.reservedMemory = reservedBy(r.Definition)
		g.cpu, g.memory = s.ownUse(name, r.Definition)
		groups = append(groups, g)
	}
	at := now.Unix() / int64(metricPeriod/time.Second)
	m.CPU = spread(groups, load.cpu, s.sway(name, ecs.CPUUtilization, at), func(g group) (float64, float64) { return g.reservedCPU, g.cpu })
	m.Memory = spread(groups, load.memory, s.sway(name, ecs.MemoryUtilization, at), func(g group) (float64, float64) { return g.reservedMemory, g.memory })
	return m
}

// group is tasks that are alike.
type group struct {
	count, reservedCPU, reservedMemory float64
	cpu, memory                        float64 // percent that they use whatever the load
}

// spread shares work between groups of tasks. Tasks that have reserved nothing
// have no utilisation.
func spread(groups []group, work, sway float64, of func(group) (reserved, own float64)) (out gauge) {
	total, used := 0.0, 0.0
	for _, g := range groups {
		reserved, _ := of(g)
		total += g.count * reserved
	}
	for _, g := range groups {
		reserved, own := of(g)
		if reserved == 0 {
			continue
		}
		x := hundredths(min((own+100*work/total)*sway, max(100, own)))
		used += x * g.count * reserved
		if out.N == 0 {
			out.Minimum, out.Maximum = x, x
		}
		out.Minimum, out.Maximum = min(out.Minimum, x), max(out.Maximum, x)
		out.N += int(g.count)
	}
	if out.N > 0 {
		out.Average = hundredths(used / total)
	}
	return out
}

func hundredths(x float64) float64 { return math.Round(x*100) / 100 }

// sway is by how much a metric differs from what it should be.
func (s *Simulation) sway(name ecs.ServiceName, metric string, at int64) float64 {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s %s %d", s.cluster.Config().Seed, name, metric, at))
	return 0.99 + 0.02*float64(binary.BigEndian.Uint64(sum[:])>>11)/(1<<53)
}

// reservedBy is what one task reserves: its own, or the sum of its containers.
func reservedBy(d *ecs.TaskDefinition) (cpu, memory float64) {
	for i := range d.Containers {
		c, m := reservedByContainer(&d.Containers[i])
		cpu, memory = cpu+c, memory+m
	}
	if d.CPUUnits > 0 {
		cpu = float64(d.CPUUnits)
	}
	if d.MemoryMiB > 0 {
		memory = float64(d.MemoryMiB)
	}
	return cpu, memory
}

// reservedByContainer takes the soft limit of the memory where there is one.
func reservedByContainer(c *ecs.ContainerDefinition) (cpu, memory float64) {
	memory = float64(c.MemoryReservationMiB)
	if memory == 0 {
		memory = float64(c.MemoryMiB)
	}
	return float64(c.CPUUnits), memory
}

// ownUse is what a task of a service uses whatever its load, in percent of what
// it has reserved: what the fates of its containers say, each of its own
// reservation, or the faults that change them.
func (s *Simulation) ownUse(service ecs.ServiceName, d *ecs.TaskDefinition) (cpu, memory float64) {
	totalCPU, totalMemory := reservedBy(d)
	for i := range d.Containers {
		f, _ := s.plansOf(d).plan.Fate(d.Containers[i].Name)
		for _, fault := range s.faults {
			if x := fault.Fault.OtherFate; x != nil && x.falls(service, d, i) {
				f, _ = f.Override(x.Fate) // it was read when the fault began
			}
		}
		c, m := reservedByContainer(&d.Containers[i])
		if len(d.Containers) == 1 {
			c, m = totalCPU, totalMemory
		}
		if totalCPU > 0 {
			cpu += f.CPU * c / totalCPU
		}
		if totalMemory > 0 {
			memory += f.Memory * m / totalMemory
		}
	}
	return cpu, memory
}

// Datapoints are the metric's datapoints that are kept, the oldest first, minutes
// without one left out. Metrics of a service are kept while it has a scalable
// target, an alarm or a load.
func (s *Simulation) Datapoints(namespace, metric string, dimensions []ecs.MetricDimension) []ecs.Datapoint {
	name, of := s.metric(namespace, metric, dimensions)
	x := s.scaling.series[name]
	if of == nil || x == nil {
		return nil
	}
	var out []ecs.Datapoint
	for i := range x.Minutes {
		if g := of(x.Minutes[i]); g.N > 0 {
			out = append(out, g.datapoint(x.First.Add(time.Duration(i)*metricPeriod)))
		}
	}
	return out
}

// Present is a metric in the minute that goes on now, whether anybody watches it
// or not; ok is false when there is nothing to measure.
func (s *Simulation) Present(namespace, metric string, dimensions []ecs.MetricDimension) (p ecs.Datapoint, ok bool) {
	name, of := s.metric(namespace, metric, dimensions)
	if of == nil {
		return p, false
	}
	now := s.cluster.Now()
	m := s.reservation()
	if name != "" {
		m = s.utilization(name, now)
	}
	g := of(m)
	return g.datapoint(now.Truncate(metricPeriod)), g.N > 0
}

// metric finds whose metric it is and how a minute shows it; of is nil for a
// metric that nothing here sends.
func (s *Simulation) metric(namespace, metric string, dimensions []ecs.MetricDimension) (name ecs.ServiceName, of func(minute) gauge) {
	if namespace == ecs.MetricsOfELB {
		return s.balancerMetric(metric, dimensions)
	}
	cluster := ""
	for _, d := range dimensions {
		switch d.Name {
		case ecs.DimensionCluster:
			cluster = d.Value
		case ecs.DimensionService:
			name = ecs.ServiceName(d.Value)
		default:
			return "", nil
		}
	}
	if cluster != string(s.cluster.Config().Name) {
		return "", nil
	}
	service := name != ""
	switch {
	case namespace == ecs.MetricsOfECS && metric == ecs.CPUUtilization && service,
		namespace == ecs.MetricsOfECS && metric == ecs.CPUReservation && !service:
		return name, func(m minute) gauge { return m.CPU }
	case namespace == ecs.MetricsOfECS && metric == ecs.MemoryUtilization && service,
		namespace == ecs.MetricsOfECS && metric == ecs.MemoryReservation && !service:
		return name, func(m minute) gauge { return m.Memory }
	case namespace == ecs.MetricsOfInsights && metric == ecs.RunningTaskCount && service:
		return name, func(m minute) gauge { return runningTasks(m) }
	}
	return "", nil
}

// runningTasks is the number of tasks behind a minute's metrics.
func runningTasks(m minute) gauge {
	n := max(m.CPU.N, m.Memory.N)
	if n == 0 {
		return gauge{}
	}
	return steady(float64(n))
}

func (g gauge) datapoint(at time.Time) ecs.Datapoint {
	return ecs.Datapoint{
		Timestamp: at, Average: g.Average, Minimum: g.Minimum, Maximum: g.Maximum,
		Sum: hundredths(g.Average * float64(g.N)), SampleCount: g.N,
	}
}
