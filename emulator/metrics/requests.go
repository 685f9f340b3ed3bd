package metrics

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// bounds are the upper ends of the histogram's buckets: most answers take less
// than a millisecond.
func bounds() [bounded]time.Duration {
	return [bounded]time.Duration{
		100 * time.Microsecond, 250 * time.Microsecond, 500 * time.Microsecond,
		time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond, 10 * time.Millisecond, 25 * time.Millisecond, 50 * time.Millisecond,
		100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond,
		time.Second, 2500 * time.Millisecond, 5 * time.Second, 10 * time.Second,
	}
}

// bounded is how many buckets have an end.
const bounded = 16

// Requests counts requests by service and operation. All of its methods may be
// called at once.
type Requests struct {
	services map[string]map[string]*Operation // not changed any more
	other    *Operation
}

// Other is the service and the operation of what is none that is known: names that
// clients make up are no labels.
const Other = "other"

// NewRequests counts the operations of services.
func NewRequests(operations map[string][]string) *Requests {
	r := &Requests{services: map[string]map[string]*Operation{}, other: &Operation{service: Other, name: Other}}
	for service, names := range operations {
		all := map[string]*Operation{Other: {service: service, name: Other}}
		for _, name := range names {
			all[name] = &Operation{service: service, name: name}
		}
		r.services[service] = all
	}
	return r
}

// Of is the counters of an operation.
func (r *Requests) Of(service, name string) *Operation {
	all, known := r.services[service]
	if !known {
		return r.other
	}
	if o, known := all[name]; known {
		return o
	}
	return all[Other]
}

// Operation is the counters of one operation.
type Operation struct {
	service, name string

	done    atomic.Uint64              // with status 200
	others  sync.Map                   // outcome -> *atomic.Uint64
	buckets [bounded + 1]atomic.Uint64 // each for itself
	nanos   atomic.Int64               // in all
}

// outcome is how a request ended that was not answered with status 200.
type outcome struct {
	status int
	code   string // of an AWS error
}

// Done counts a request that was answered with an HTTP status and, when it was
// refused, the code of an AWS error.
func (o *Operation) Done(status int, code string, took time.Duration) {
	if status == 200 && code == "" {
		o.done.Add(1)
	} else {
		key := outcome{status, code}
		count, known := o.others.Load(key)
		if !known {
			count, _ = o.others.LoadOrStore(key, &atomic.Uint64{})
		}
		count.(*atomic.Uint64).Add(1)
	}
	i, ends := 0, bounds()
	for i < bounded && took > ends[i] {
		i++
	}
	o.buckets[i].Add(1)
	o.nanos.Add(int64(took))
}

// outcomes are the counts by how requests ended, in order.
func (o *Operation) outcomes() (list []outcome, counts map[outcome]uint64) {
	counts = map[outcome]uint64{}
	if n := o.done.Load(); n > 0 {
		counts[outcome{status: 200}] = n
	}
	o.others.Range(func(key, count any) bool {
		counts[key.(outcome)] = count.(*atomic.Uint64).Load()
		return true
	})
	list = slices.SortedFunc(maps.Keys(counts), func(a, b outcome) int {
		return cmp.Or(cmp.Compare(a.status, b.status), cmp.Compare(a.code, b.code))
	})
	return list, counts
}

// The names of the families of requests.
const (
	requestsTotal   = "gantry_requests_total"
	requestsSeconds = "gantry_request_duration_seconds"
)

// Write writes what was counted, of operations that were asked for.
func (r *Requests) Write(p *Page) {
	asked := []*Operation{}
	for _, service := range slices.Sorted(maps.Keys(r.services)) {
		all := r.services[service]
		for _, name := range slices.Sorted(maps.Keys(all)) {
			asked = append(asked, all[name])
		}
	}
	asked = append(asked, r.other)
	p.Family(requestsTotal, Counter, "Requests that were answered, by HTTP status and the code of the AWS error.")
	for _, o := range asked {
		list, counts := o.outcomes()
		for _, out := range list {
			p.Sample(requestsTotal, float64(counts[out]), "service", o.service, "operation", o.name, "code", strconv.Itoa(out.status), "error", out.code)
		}
	}
	p.Family(requestsSeconds, Histogram, "How long answers took, in real time.")
	for _, o := range asked {
		o.writeDurations(p)
	}
}

func (o *Operation) writeDurations(p *Page) {
	var counts [bounded + 1]uint64
	total := uint64(0)
	for i := range o.buckets {
		total += o.buckets[i].Load()
		counts[i] = total
	}
	if total == 0 {
		return
	}
	labels := []string{"service", o.service, "operation", o.name}
	for i, count := range counts {
		end := "+Inf"
		if i < bounded {
			end = number(bounds()[i].Seconds())
		}
		p.Sample(requestsSeconds+"_bucket", float64(count), append(slices.Clone(labels), "le", end)...)
	}
	p.Sample(requestsSeconds+"_sum", time.Duration(o.nanos.Load()).Seconds(), labels...)
	p.Sample(requestsSeconds+"_count", float64(total), labels...)
}
