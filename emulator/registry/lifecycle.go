package registry

import (
	"encoding/json"
	"errors"
	"sort"
	"time"

	"go.etcd.io/bbolt"

	"gantry/emulator/registry/policy"
)

// lifecyclePeriod is how often a lifecycle policy is applied, and how long after
// it was set for the first time. ECR promises 24 hours [ECR-UG] and says no more;
// an hour is our choice.
const lifecyclePeriod = time.Hour

// The lengths of a lifecycle policy [ECR: LifecyclePolicyText].
const (
	lifecycleTextMin = 100
	lifecycleTextMax = 30720
)

// ParseLifecyclePolicy reads a policy or refuses it as ECR does.
func ParseLifecyclePolicy(text string) (policy.Policy, error) {
	if len(text) < lifecycleTextMin || len(text) > lifecycleTextMax {
		return policy.Policy{}, invalidParameter("LifecyclePolicyText", "must have length between 100 and 30720")
	}
	p, err := policy.Parse(text)
	if err != nil {
		return policy.Policy{}, invalidParameter("LifecyclePolicyText", "Lifecycle policy validation failure: "+err.Error())
	}
	return p, nil
}

// SetLifecyclePolicy gives a repository a lifecycle policy, or takes it away when
// the text is empty. It returns what the repository was before.
func (r *Registry) SetLifecyclePolicy(name, text string) (before Repository, err error) {
	if text != "" {
		if _, err := ParseLifecyclePolicy(text); err != nil {
			return Repository{}, err
		}
	}
	err = r.db.Update(func(tx *bbolt.Tx) error {
		if before, err = r.repository(tx, name); err != nil {
			return err
		}
		if text == "" && before.LifecyclePolicy == "" {
			return refuse(CodeLifecyclePolicyNotFound, "Lifecycle policy does not exist for the repository with name '%s' in the registry with id '%s'", name, r.account)
		}
		changed := before
		changed.LifecyclePolicy, changed.LifecycleDue, changed.LifecycleAppliedAt = text, time.Time{}, time.Time{}
		if text != "" {
			if err := r.lifecycleFrom(tx, &changed, r.now()); err != nil {
				return err
			}
		}
		return put(tx, bucketRepositories, []byte(name), changed)
	})
	r.rescheduled()
	return before, storageError("set the lifecycle policy of "+name, err)
}

// lifecycleFrom puts the next application of a policy on the agenda.
func (r *Registry) lifecycleFrom(tx *bbolt.Tx, repository *Repository, from time.Time) error {
	repository.LifecycleDue = from.Add(lifecyclePeriod).Round(0).UTC()
	return schedule(tx, repository.LifecycleDue, agendaLifecycle, repository.Name)
}

// adoptPolicies puts the policies on the agenda that a world had before policies
// were applied.
func (r *Registry) adoptPolicies() error {
	return r.db.Update(func(tx *bbolt.Tx) error {
		var found []Repository
		err := tx.Bucket([]byte(bucketRepositories)).ForEach(func(_, value []byte) error {
			var one Repository
			if json.Unmarshal(value, &one) == nil && one.LifecyclePolicy != "" && one.LifecycleDue.IsZero() {
				found = append(found, one)
			}
			return nil
		})
		for _, one := range found {
			err = errors.Join(err, r.lifecycleFrom(tx, &one, r.now()), put(tx, bucketRepositories, []byte(one.Name), one))
		}
		return err
	})
}

// applyLifecycle does to a repository what its policy did at each hour from due
// until now. Nothing else has happened to the repository since, or this would
// have been done before, and what a policy decides it decides at any later time
// too; so the hours at which it decides nothing new are skipped.
func (r *Registry) applyLifecycle(name string, due time.Time) (changed bool, err error) {
	r.layers.Lock()
	defer r.layers.Unlock()
	var orphans []string
	err = r.db.Update(func(tx *bbolt.Tx) error {
		changed, orphans = false, nil
		var repository Repository
		found, err := get(tx, bucketRepositories, []byte(name), &repository)
		if err != nil || !found || !repository.LifecycleDue.Equal(due) {
			return err // it was deleted, or has another policy by now
		}
		rules, err := policy.Parse(repository.LifecyclePolicy)
		if err != nil {
			return nil // of a world from before policies were checked
		}
		last := int(r.now().Sub(due) / lifecyclePeriod)
		candidates := map[string]bool{}
		for hour := 0; hour <= last; hour++ {
			images, err := lifecycleImages(tx, name)
			if err != nil {
				return err
			}
			at := func(i int) time.Time { return due.Add(time.Duration(i) * lifecyclePeriod) }
			hour += sort.Search(last-hour+1, func(i int) bool { return len(rules.Decide(images, at(hour+i))) > 0 })
			if hour > last {
				break
			}
			changed = true
			if err := r.carryOut(tx, name, rules.Decide(images, at(hour)), at(hour), candidates); err != nil {
				return err
			}
		}
		if orphans, err = unlinkLayers(tx, name, candidates); err != nil {
			return err
		}
		repository.LifecycleAppliedAt = due.Add(time.Duration(last) * lifecyclePeriod)
		if err := r.lifecycleFrom(tx, &repository, repository.LifecycleAppliedAt); err != nil {
			return err
		}
		return put(tx, bucketRepositories, []byte(name), repository)
	})
	if err != nil {
		return false, err
	}
	r.removeFiles(orphans, nil)
	return changed, nil
}

// lifecycleImages are the images of a repository as a policy looks at them.
func lifecycleImages(tx *bbolt.Tx, repository string) ([]policy.Image, error) {
	records, err := imageRecords(tx, repository)
	if err != nil {
		return nil, err
	}
	tags, err := tagsByDigest(tx, repository)
	if err != nil {
		return nil, err
	}
	within := map[string][]string{}
	for _, record := range records {
		for _, child := range record.Children {
			within[child] = append(within[child], record.Digest)
		}
	}
	images := make([]policy.Image, 0, len(records))
	for _, record := range records {
		if record.Subject != "" {
			continue // a signature or the like goes with what it is about: see carryOut
		}
		images = append(images, policy.Image{
			Digest: record.Digest, Tags: tags[record.Digest], PushedAt: record.PushedAt, PulledAt: record.LastPulledAt,
			Archived: record.Archived, ArchivedAt: record.ArchivedAt, ActivatedAt: record.ActivatedAt, Within: within[record.Digest],
		})
	}
	return images, nil
}

// carryOut does what a policy has decided, also to what refers to an image
// ("reference artifacts are expired or archived with their subject" [ECR-UG]).
func (r *Registry) carryOut(tx *bbolt.Tx, repository string, decisions []policy.Decision, at time.Time, candidates map[string]bool) error {
	referrers, err := referrersBySubject(tx, repository)
	if err != nil {
		return err
	}
	tags, err := tagsByDigest(tx, repository)
	if err != nil {
		return err
	}
	for _, decision := range decisions {
		for about := []string{decision.Image.Digest}; len(about) > 0; about = about[1:] {
			about = append(about, referrers[about[0]]...)
			var record imageRecord
			found, err := get(tx, bucketImages, key(repository, about[0]), &record)
			if err != nil {
				return err
			}
			switch {
			case !found: // it went with another image that it belongs to
			case decision.Action.Type == policy.Transition:
				err = record.archive(tx, repository, at)
			default:
				err = record.erase(tx, repository, tags[record.Digest], candidates)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func referrersBySubject(tx *bbolt.Tx, repository string) (map[string][]string, error) {
	records, err := imageRecords(tx, repository)
	referrers := map[string][]string{}
	for _, record := range records {
		if record.Subject != "" {
			referrers[record.Subject] = append(referrers[record.Subject], record.Digest)
		}
	}
	return referrers, err
}
