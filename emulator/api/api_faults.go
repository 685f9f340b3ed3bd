package api

import (
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"gantry/ecs"
	"gantry/emulator/store"
	"gantry/taskdef"
)

// kindAPIFault is the kind of the records of faults of the API, by name.
const kindAPIFault = "gantry/api-fault"

// processes is the key of the number of processes that had faults of the API at hand.
const processes = "processes"

// apiFault is a fault of the API as it is kept.
type apiFault struct {
	ecs.Fault
	From time.Time `json:"from"`
	Hits int       `json:"hits,omitempty"` // of calls, when they are counted
}

// until is when the fault ends by itself; zero is never.
func (f *apiFault) until() time.Time {
	if f.For == 0 {
		return time.Time{}
	}
	return f.From.Add(f.For.Duration())
}

// over reports whether the fault has had its time, or its calls.
func (f *apiFault) over(now time.Time) bool {
	return f.For > 0 && !now.Before(f.until()) || f.API.Count > 0 && f.Hits >= f.API.Count
}

// falls reports whether the fault falls on calls of an operation now.
func (f *apiFault) falls(service, operation string, now time.Time) bool {
	return (f.API.Service == "" || f.API.Service == service) && (f.API.Operation == "" || f.API.Operation == operation) &&
		!now.Before(f.From) && !f.over(now)
}

// apiFaults are the faults of the API at hand, so that a call of a world without any
// asks nobody.
type apiFaults struct {
	known atomic.Bool // list is what the world has
	some  atomic.Bool // it is not empty

	loading sync.Mutex
	process uint64 // so many there have been that had faults at hand, this one included

	mu    sync.Mutex
	seed  uint64 // of the world
	list  []*apiFault
	calls map[string]uint64 // that a fault drew lots for, by fault and operation
}

// ForgetFaults lets the faults of the API be read again from the world, whose state
// was replaced.
func (s *Server) ForgetFaults() { s.apiFaults.known.Store(false) }

// readAPIFaults are the faults of the API that are not over.
func readAPIFaults(tx *store.Tx) ([]*apiFault, error) {
	all, err := store.Documents[*apiFault](tx, kindAPIFault, "")
	return slices.DeleteFunc(all, func(f *apiFault) bool { return f.over(tx.Now()) }), err
}

// loadAPIFaults reads the faults of the API when they are not at hand.
func (s *Server) loadAPIFaults() error {
	x := &s.apiFaults
	x.loading.Lock() // never mu: who holds that does not wait for the world
	defer x.loading.Unlock()
	if x.known.Swap(true) { // before it reads: what changes meanwhile is read by the next call
		return nil
	}
	var list []*apiFault
	var seed uint64
	err := s.view(func(tx *store.Tx) (err error) {
		seed = tx.World().Seed
		list, err = readAPIFaults(tx)
		return err
	})
	if err == nil && len(list) > 0 && x.process == 0 {
		err = s.update(func(tx *store.Tx) error {
			if _, err := tx.Document(kindFaultNumber, processes, &x.process); err != nil {
				return err
			}
			x.process++
			return tx.PutDocument(kindFaultNumber, processes, x.process)
		})
	}
	if err != nil {
		x.known.Store(false)
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.list, x.seed = list, seed
	maps.DeleteFunc(x.calls, func(key string, _ uint64) bool {
		name, _, _ := strings.Cut(key, "\x00")
		return !slices.ContainsFunc(list, func(f *apiFault) bool { return f.Name == name })
	})
	x.some.Store(len(list) > 0)
	return nil
}

// call counts a call of an operation that a fault draws a lot for. The first call of
// a process is the one after the first of the process before: with --local every
// command is a process of its own.
func (x *apiFaults) call(fault, operation string) uint64 {
	if x.calls == nil {
		x.calls = map[string]uint64{}
	}
	key := fault + "\x00" + operation
	x.calls[key]++
	return x.process + x.calls[key]
}

// putAPIFault keeps a fault of the API, and forgets those that are over.
func (s *Server) putAPIFault(tx *store.Tx, f *ecs.Fault) error {
	if *f != (ecs.Fault{Name: f.Name, Cluster: f.Cluster, At: f.At, For: f.For, After: f.After, API: f.API}) {
		return invalid("A fault is of exactly one kind, but the API's is not alone.")
	}
	if f.Cluster != "" {
		return invalid("A fault of the API is of no cluster, but %s is named.", f.Cluster)
	}
	if f.For < 0 {
		return invalid("A fault cannot last %s.", f.For)
	}
	settled := *f.API
	if err := s.checkAPIFault(&settled); err != nil {
		return err
	}
	kept := apiFault{Fault: *f, From: f.At}
	if kept.API = &settled; kept.From.IsZero() {
		kept.From = tx.Now()
	}
	all, err := store.Documents[*apiFault](tx, kindAPIFault, "")
	if err != nil {
		return err
	}
	for _, old := range all {
		if old.over(tx.Now()) {
			if err := tx.DeleteDocument(kindAPIFault, old.Name); err != nil {
				return err
			}
		}
	}
	return tx.PutDocument(kindAPIFault, f.Name, kept)
}

// madeAPIFault is a fault of the API that was made, from now on known to all calls.
func (s *Server) madeAPIFault(name string) (any, error) {
	s.ForgetFaults()
	var made ecs.FaultState
	err := s.view(func(tx *store.Tx) error {
		var f apiFault
		_, err := tx.Document(kindAPIFault, name, &f)
		made = f.state(tx.Now())
		return err
	})
	return made, err
}

func (f *apiFault) state(now time.Time) ecs.FaultState {
	x := ecs.FaultState{Name: f.Name, Kind: faultAPI, Status: ecs.FaultActive, From: f.From, Until: f.until(), Text: apiFaultText(f.API)}
	if now.Before(f.From) {
		x.Status = ecs.FaultPending
	}
	return x
}

// spread is the golden ratio's fraction: its multiples, taken without their whole
// part, are spread more evenly over 0 to 1 than chance does. Of calls that follow one
// another a share of 20 % hits every third to eighth, and never two.
const spread = 0.6180339887498949

// lot is where between 0 and 1 the nth call of an operation falls. It depends on the
// seed and the names alone, so that the same calls are hit when they are made again.
func lot(seed uint64, fault, operation string, n uint64) float64 {
	_, x := math.Modf(chance(strconv.FormatUint(seed, 10), fault, operation) + float64(n%(1<<32))*spread)
	return x
}

// chance is a number between 0 and 1 that is the same for the same words.
func chance(words ...string) float64 {
	sum := sha256.Sum256([]byte(strings.Join(words, "\x00")))
	return float64(binary.BigEndian.Uint64(sum[:])>>11) / (1 << 53)
}

// apiServices are the services by the names that faults call them, and the names of
// their operations.
func (s *Server) apiServices() map[string][]string {
	all := map[string][]string{}
	for prefix, service := range s.services {
		all[coreService(prefix)] = sortedKeys(service.operations)
	}
	for _, f := range s.families() {
		all[f.service()] = sortedKeys(f.operations)
	}
	return all
}

// coreService is the name of one of the services that the SDK's codec is for.
func coreService(prefix string) string {
	switch prefix {
	case targetECS:
		return "ecs"
	case targetECR:
		return "ecr"
	}
	return "logs"
}

// service is the family's name in one word: secretsmanager.
func (f *family) service() string { return oneWord(f.name) }

func oneWord(name string) string {
	return strings.NewReplacer(" ", "", "-", "").Replace(strings.ToLower(name))
}

// otherNames are what the aws CLI calls services that are called otherwise here.
func otherNames() map[string]string {
	return map[string]string{"elbv2": "elasticloadbalancing", "monitoring": "cloudwatch", "cloudwatchlogs": "logs", "servicediscovery": "cloudmap", "events": "eventbridge"}
}

// checkAPIFault refuses a fault of the API that says nothing, too much, or something
// of what is not there. It writes the service as it is called here.
func (s *Server) checkAPIFault(f *ecs.APIFault) error {
	if err := checkShares(f); err != nil {
		return err
	}
	total := f.Throttle + f.Error + f.Reset
	logs := f.LateEvents != 0 || f.DuplicateEvents != 0
	switch {
	case f.Latency < 0 || f.Latency.Duration() > mostLatency:
		return invalid("A call cannot take %s longer: the most is %s.", f.Latency, mostLatency)
	case f.LateEvents < 0:
		return invalid("Log events cannot be late by %s.", f.LateEvents)
	case f.Count < 0:
		return invalid("A fault cannot fall on %d calls.", f.Count)
	case f.ErrorStatus != 0 && f.ErrorStatus != 500 && f.ErrorStatus != 503:
		return invalid("The status of a call that fails is 500 or 503, not %d.", f.ErrorStatus)
	case total == 0 && f.Latency == 0 && !logs:
		return invalid("A fault of the API has to do something: throttle, error, reset, latency, lateEvents or duplicateEvents.")
	case logs && (total > 0 || f.Latency > 0 || f.Service != "" || f.Operation != "" || f.Count > 0):
		return invalid("Late and duplicate log events are a fault of their own: what falls on calls is another one.")
	}
	return s.checkAPINames(f)
}

func checkShares(f *ecs.APIFault) error {
	for _, share := range []float64{f.Throttle, f.Error, f.Reset, f.DuplicateEvents} {
		if !(share >= 0 && share <= 1) {
			return invalid("A share of calls or events must be between 0 and 1, but was %g.", share)
		}
	}
	if total := f.Throttle + f.Error + f.Reset; total > 1 {
		return invalid("The shares of calls that are throttled, fail and are cut off must not be more than 1 together, but are %g.", total)
	}
	return nil
}

func (s *Server) checkAPINames(f *ecs.APIFault) error {
	all := s.apiServices()
	names := slices.Sorted(maps.Keys(all))
	var operations []string
	for _, name := range names {
		operations = append(operations, all[name]...)
	}
	if f.Service != "" {
		name := oneWord(f.Service)
		if other := otherNames()[name]; other != "" {
			name = other
		}
		if !slices.Contains(names, name) {
			return invalid("There is no service %s; the services are %s.", f.Service, strings.Join(names, ", "))
		}
		f.Service, operations = name, all[name]
	}
	if f.Operation == "" || slices.Contains(operations, f.Operation) {
		return nil
	}
	of := ""
	if f.Service != "" {
		of = " of " + f.Service
	}
	if near := taskdef.Nearest(f.Operation, operations); near != "" {
		return invalid("There is no operation %s%s; did you mean %s?", f.Operation, of, near)
	}
	return invalid("There is no operation %s%s.", f.Operation, of)
}

// mostLatency bounds how long a call waits for nothing.
const mostLatency = 10 * time.Minute
