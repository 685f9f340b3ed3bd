package api

import (
	"context"
	"slices"
	"strconv"
	"time"

	"gantry/emulator/store"
)

// What Cloud Map keeps of operations: them by time and id, where they are by id,
// the last one on each thing, and how many there were.
const (
	kindOperation    = "servicediscovery/operation"
	kindOperationKey = "servicediscovery/operation-key"
	kindLastOn       = "servicediscovery/last-operation"
	kindOperations   = "servicediscovery/operations"
)

// How long an operation is SUBMITTED and PENDING, and how long it can be asked
// for. On AWS a namespace with DNS takes a minute, all else some seconds; how
// long operations are kept is not said.
const (
	submittedFor    = time.Second
	pendingFor      = time.Second
	operationsKept  = 24 * time.Hour
	operationsSweep = 100 // how many there are from one sweep to the next
)

// cloudOperation is an operation as it is kept. What it does is done at once;
// its status tells as much a moment later, as clients that poll expect it.
type cloudOperation struct {
	ID        string            `json:"id"`
	Type      string            `json:"type"`
	Targets   map[string]string `json:"targets"`
	Namespace string            `json:"namespace,omitempty"`
	Service   string            `json:"service,omitempty"`
	Request   string            `json:"request,omitempty"`
	CreatedAt time.Time         `json:"createdAt"`
}

// status is the status of an operation, and since when it has that.
func (o *cloudOperation) status(now time.Time) (string, time.Time) {
	switch age := now.Sub(o.CreatedAt); {
	case age < submittedFor:
		return "SUBMITTED", o.CreatedAt
	case age < submittedFor+pendingFor:
		return "PENDING", o.CreatedAt.Add(submittedFor)
	}
	return "SUCCESS", o.CreatedAt.Add(submittedFor + pendingFor)
}

// on is what an operation is about.
func (o *cloudOperation) on() string {
	return o.Targets["NAMESPACE"] + "/" + o.Targets["SERVICE"] + "/" + o.Targets["INSTANCE"]
}

// operate keeps an operation, unless the one before on the same thing is not done
// yet: that is a DuplicateRequest.
func (a *around) operate(o cloudOperation) (id string, err error) {
	now := a.tx.Now()
	var last string
	if ok, err := a.tx.Document(kindLastOn, o.on(), &last); err != nil {
		return "", err
	} else if ok {
		var before cloudOperation
		if ok, err = a.tx.Document(kindOperation, last, &before); err != nil {
			return "", err
		}
		if status, _ := before.status(now); ok && status != "SUCCESS" {
			return "", &detailedError{refuse(codeDuplicateRequest, "Another operation of type %s and id %s is in progress", before.Type, before.ID),
				map[string]string{"DuplicateOperationId": before.ID}}
		}
	}
	var count int
	if _, err := a.tx.Document(kindOperations, "", &count); err != nil {
		return "", err
	}
	count++
	text := hashed(a.tx.World().Seed, "operation", count)
	o.ID = text + text + "-" + hashed("operation", text)[:8]
	o.CreatedAt = now
	key := operationKey(now, count)
	err = first(a.tx.PutDocument(kindOperations, "", count), a.tx.PutDocument(kindOperation, key, o),
		a.tx.PutDocument(kindOperationKey, o.ID, key), a.tx.PutDocument(kindLastOn, o.on(), key))
	if err == nil && count%operationsSweep == 0 {
		err = a.sweepOperations()
	}
	return o.ID, err
}

// operationKey sorts by time. The count is in it for those of one moment.
func operationKey(at time.Time, count int) string {
	return at.UTC().Format("20060102150405.000000000") + "-" + strconv.Itoa(1_000_000_000+count)
}

// sweepOperations forgets the operations that are kept no longer.
func (a *around) sweepOperations() error {
	all, err := a.operations()
	if err != nil {
		return err
	}
	for key, o := range all {
		if a.tx.Now().Sub(o.CreatedAt) <= operationsKept {
			continue
		}
		err := first(a.tx.DeleteDocument(kindOperation, key), a.tx.DeleteDocument(kindOperationKey, o.ID))
		var last string
		if ok, failed := a.tx.Document(kindLastOn, o.on(), &last); failed == nil && ok && last == key {
			err = first(err, a.tx.DeleteDocument(kindLastOn, o.on()))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *around) operations() (map[string]cloudOperation, error) {
	all, err := store.Documents[cloudOperation](a.tx, kindOperation, "")
	byKey := make(map[string]cloudOperation, len(all))
	for _, o := range all {
		var key string
		if _, failed := a.tx.Document(kindOperationKey, o.ID, &key); failed != nil {
			return nil, failed
		}
		byKey[key] = o
	}
	return byKey, err
}

// GetOperation tells an operation.
func (a *around) GetOperation(_ context.Context, in *GetOperationInput) (*GetOperationOutput, error) {
	var key string
	var o cloudOperation
	ok, err := a.tx.Document(kindOperationKey, in.OperationID, &key)
	if err == nil && ok {
		ok, err = a.tx.Document(kindOperation, key, &o)
	}
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, refuse(codeOperationMissing, "Operation not found: %.255s", in.OperationID)
	}
	status, since := o.status(a.tx.Now())
	return &GetOperationOutput{OperationShape{
		ID: o.ID, OwnerAccount: a.tx.Scope().Account, Type: o.Type, Status: status, CreateDate: o.CreatedAt, UpdateDate: since, Targets: o.Targets,
	}}, nil
}

// ListOperations lists operations, the oldest first.
func (a *around) ListOperations(_ context.Context, in *ListOperationsInput) (*ListOperationsOutput, error) {
	all, err := a.operations()
	if err != nil {
		return nil, err
	}
	var plain, spans []cloudFilterShape
	for _, f := range in.Filters {
		if f.Name == "UPDATE_DATE" {
			spans = append(spans, f)
			continue
		}
		f.Values = slices.Clone(f.Values)
		for i, v := range f.Values {
			if f.Name == "STATUS" && v == "SUCCEED" { // as the API calls it in this place
				f.Values[i] = "SUCCESS"
			}
		}
		plain = append(plain, f)
	}
	within, err := between(spans)
	if err != nil {
		return nil, err
	}
	if _, err := passesAll(plain, (&cloudOperation{}).facts(a.tx.Now()), filterEquals, filterIn); err != nil {
		return nil, err // said even where there is no operation
	}
	for key, o := range all {
		_, since := o.status(a.tx.Now())
		if ok, _ := passesAll(plain, o.facts(a.tx.Now()), filterEquals, filterIn); !ok || !within(since) {
			delete(all, key)
		}
	}
	cut, next, err := cloudMapPage(sortedKeys(all), in.NextToken, in.MaxResults)
	if err != nil {
		return nil, err
	}
	out := &ListOperationsOutput{Operations: []operationSummary{}, NextToken: next}
	for _, key := range cut {
		o := all[key]
		status, _ := o.status(a.tx.Now())
		out.Operations = append(out.Operations, operationSummary{o.ID, status})
	}
	return out, nil
}

func (o *cloudOperation) facts(now time.Time) map[string]string {
	status, _ := o.status(now)
	return map[string]string{"NAMESPACE_ID": o.Namespace, "SERVICE_ID": o.Service, "STATUS": status, "TYPE": o.Type}
}

// between reads filters by when an operation changed its status: two times in
// seconds since the epoch.
func between(filters []cloudFilterShape) (func(time.Time) bool, error) {
	type span struct{ from, to float64 }
	var spans []span
	for _, f := range filters {
		if f.Condition != filterBetween || len(f.Values) != 2 {
			return nil, invalidInput("The filter UPDATE_DATE takes the condition BETWEEN and two values, a start and an end.")
		}
		from, err := strconv.ParseFloat(f.Values[0], 64)
		to, failed := strconv.ParseFloat(f.Values[1], 64)
		if err != nil || failed != nil || from > to {
			return nil, invalidInput("The filter UPDATE_DATE takes two times in seconds since the epoch, the earlier one first, not %q.", f.Values)
		}
		spans = append(spans, span{from, to})
	}
	return func(at time.Time) bool {
		seconds := float64(at.UnixMilli()) / 1e3
		return !slices.ContainsFunc(spans, func(s span) bool { return seconds < s.from || seconds > s.to })
	}, nil
}
