package registry

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"
	"go.etcd.io/bbolt"
)

// backfillPrepares is how long a backfill prepares, in world time; then its
// images are sent at once.
const backfillPrepares = 10 * time.Second

// mostBackfills is how many can be in progress [ECR: StartReplicationBackfill].
const mostBackfills = 10

// The error codes of backfills.
const (
	CodeBackfillInProgress    = "ReplicationBackfillInProgressException"
	CodeBackfillInvalidStatus = "ReplicationBackfillInvalidStatusException"
	CodeBackfillNotFound      = "ReplicationBackfillNotFoundException"
)

// The states of a backfill [ECR: ReplicationBackfillStatus] that it has here.
const (
	BackfillPreparing = "PREPARING"
	BackfillComplete  = "COMPLETE"
	BackfillFailed    = "FAILED"
	BackfillStopped   = "STOPPED"
)

// Backfill sends the images that are there already to a destination.
type Backfill struct {
	ID          string           `json:"id"`
	Destination Destination      `json:"destination"`
	StartedAt   time.Time        `json:"startedAt"`
	EndedAt     time.Time        `json:"endedAt,omitzero"`
	Status      string           `json:"status"`
	Failure     string           `json:"failure,omitempty"`
	Results     []BackfillResult `json:"results,omitempty"`
}

// BackfillResult is what became of one image and tag.
type BackfillResult struct {
	Repository string `json:"repository"`
	Digest     string `json:"digest"`
	Tag        string `json:"tag,omitempty"`
	Failure    string `json:"failure,omitempty"`
}

// StartBackfill begins a backfill to a destination of the replication rules.
func (r *Registry) StartBackfill(to Destination) (Backfill, error) {
	b := Backfill{ID: uuid.NewString(), Destination: to, StartedAt: r.now(), Status: BackfillPreparing}
	err := r.db.Update(func(tx *bbolt.Tx) error {
		var rules []ReplicationRule
		if _, err := get(tx, bucketSettings, []byte(SettingReplication), &rules); err != nil {
			return err
		}
		if !slices.ContainsFunc(rules, func(rule ReplicationRule) bool { return slices.Contains(rule.Destinations, to) }) {
			return invalidParameter("destination", fmt.Sprintf("The replication configuration of the registry has no destination %s in %s", to.Account, to.Region))
		}
		running := 0
		all, err := backfills(tx)
		for _, other := range all {
			if other.Status != BackfillPreparing {
				continue
			}
			if running++; other.Destination.Region == to.Region {
				return refuse(CodeBackfillInProgress, "The replication backfill with id '%s' to the Region %s is in progress", other.ID, to.Region)
			}
		}
		if running >= mostBackfills {
			return refuse(CodeLimitExceeded, "The registry with id '%s' has the maximum of %d replication backfills in progress", r.account, mostBackfills)
		}
		if err == nil {
			err = schedule(tx, b.StartedAt.Add(backfillPrepares), agendaBackfill, b.ID)
		}
		if err != nil {
			return err
		}
		return put(tx, bucketBackfills, []byte(b.ID), b)
	})
	r.rescheduled()
	return b, storageError("start a replication backfill", err)
}

func backfills(tx *bbolt.Tx) ([]Backfill, error) {
	var all []Backfill
	err := tx.Bucket([]byte(bucketBackfills)).ForEach(func(k, value []byte) error {
		var one Backfill
		if err := json.Unmarshal(value, &one); err != nil {
			return fmt.Errorf("the entry of backfill %s is damaged: %w", k, err)
		}
		all = append(all, one)
		return nil
	})
	slices.SortStableFunc(all, func(a, b Backfill) int { return b.StartedAt.Compare(a.StartedAt) })
	return all, err
}

// Backfills are all backfills of the registry, the latest first.
func (r *Registry) Backfills() ([]Backfill, error) {
	var all []Backfill
	err := r.db.View(func(tx *bbolt.Tx) (err error) {
		all, err = backfills(tx)
		return err
	})
	return all, storageError("list the replication backfills", err)
}

// backfill reads a backfill that is there.
func (r *Registry) backfill(tx *bbolt.Tx, id string, b *Backfill) error {
	found, err := get(tx, bucketBackfills, []byte(id), b)
	if err == nil && !found {
		err = refuse(CodeBackfillNotFound, "The replication backfill with id '%s' does not exist in the registry with id '%s'", id, r.account)
	}
	return err
}

// changeBackfill changes a backfill that is there.
func (r *Registry) changeBackfill(id string, change func(*Backfill) error) (b Backfill, err error) {
	err = r.db.Update(func(tx *bbolt.Tx) error {
		err := r.backfill(tx, id, &b)
		if err == nil {
			err = change(&b)
		}
		if err != nil {
			return err
		}
		return put(tx, bucketBackfills, []byte(id), b)
	})
	return b, storageError("change a replication backfill", err)
}

// Backfill is one backfill.
func (r *Registry) Backfill(id string) (b Backfill, err error) {
	err = r.db.View(func(tx *bbolt.Tx) error { return r.backfill(tx, id, &b) })
	return b, storageError("read a replication backfill", err)
}

// StopBackfill ends a backfill that has not ended.
func (r *Registry) StopBackfill(id string) (Backfill, error) {
	return r.changeBackfill(id, func(b *Backfill) error {
		if b.Status != BackfillPreparing {
			return refuse(CodeBackfillInvalidStatus, "The replication backfill with id '%s' cannot be stopped, because its status is %s", id, b.Status)
		}
		b.Status, b.EndedAt = BackfillStopped, r.now()
		return nil
	})
}

// sendBackfill sends the images of a backfill that is prepared.
func (r *Registry) sendBackfill(id string) error {
	b, err := r.Backfill(id)
	if refused := (*Error)(nil); errors.As(err, &refused) && refused.Code == CodeBackfillNotFound || err == nil && b.Status != BackfillPreparing {
		return nil // it was stopped, or forgotten with everything else: there is nothing to send
	}
	if err != nil {
		return err
	}
	rules, err := SettingOf[[]ReplicationRule](r, SettingReplication)
	if err != nil {
		return err
	}
	repositories, err := r.Repositories()
	if err != nil {
		return err
	}
	var results []BackfillResult
	for _, repository := range repositories {
		if !slices.Contains(destinations(rules, repository.Name), b.Destination) {
			continue
		}
		images, err := r.Images(repository.Name)
		if err != nil {
			return err
		}
		for _, image := range images {
			tags := image.Tags
			if len(tags) == 0 {
				tags = []string{""}
			}
			for _, tag := range tags {
				one := BackfillResult{Repository: repository.Name, Digest: image.Digest, Tag: tag}
				if err := r.send(b.Destination, repository.Name, tag, image.Digest); err != nil {
					one.Failure = replicationError(err)
				}
				results = append(results, one)
			}
		}
	}
	_, err = r.changeBackfill(id, func(b *Backfill) error {
		b.Status, b.EndedAt, b.Results = BackfillComplete, r.now(), results
		if codes := b.FailureCodes(); len(codes) > 0 && b.Failed() == len(results) {
			b.Status, b.Failure = BackfillFailed, codes[0]
		}
		return nil
	})
	return err
}

// Failed counts the replications that failed.
func (b Backfill) Failed() int {
	failed := 0
	for _, result := range b.Results {
		if result.Failure != "" {
			failed++
		}
	}
	return failed
}

// FailureCodes are the distinct codes of those, in order.
func (b Backfill) FailureCodes() []string {
	codes := map[string]bool{}
	for _, result := range b.Results {
		if result.Failure != "" {
			codes[result.Failure] = true
		}
	}
	return slices.Sorted(maps.Keys(codes))
}
