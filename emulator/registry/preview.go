package registry

import (
	"time"

	"go.etcd.io/bbolt"

	"gantry/emulator/registry/policy"
)

// previewTakes is how long the preview of a lifecycle policy is in progress, in
// world time, and previewLasts how long it can be read: ECR has a status for one
// that has expired and does not say after which time.
const (
	previewTakes = 5 * time.Second
	previewLasts = 24 * time.Hour
)

// The states of a preview [ECR: LifecyclePolicyPreviewStatus].
const (
	PreviewInProgress = "IN_PROGRESS"
	PreviewComplete   = "COMPLETE"
	PreviewExpired    = "EXPIRED"
)

// Preview is what a lifecycle policy would do to a repository as it was.
type Preview struct {
	Policy    string            `json:"policy"`
	StartedAt time.Time         `json:"startedAt"`
	Decisions []policy.Decision `json:"decisions"`
}

// Status is how far the preview is at a time.
func (p Preview) Status(now time.Time) string {
	switch age := now.Sub(p.StartedAt); {
	case age < previewTakes:
		return PreviewInProgress
	case age < previewLasts:
		return PreviewComplete
	}
	return PreviewExpired
}

// StartPreview begins the preview of a policy, or of the repository's own when
// text is empty.
func (r *Registry) StartPreview(name, text string) (Preview, error) {
	preview := Preview{Policy: text, StartedAt: r.now()}
	err := r.db.Update(func(tx *bbolt.Tx) error {
		repository, err := r.repository(tx, name)
		if err != nil {
			return err
		}
		var before Preview
		switch found, err := get(tx, bucketPreviews, key(name, ""), &before); {
		case err != nil:
			return err
		case found && before.Status(r.now()) == PreviewInProgress:
			return refuse(CodePreviewInProgress,
				"The lifecycle policy preview of the repository with name '%s' in the registry with id '%s' is in progress", name, r.account)
		case text == "" && repository.LifecyclePolicy == "":
			return refuse(CodeLifecyclePolicyNotFound,
				"Lifecycle policy does not exist for the repository with name '%s' in the registry with id '%s'", name, r.account)
		case text == "":
			preview.Policy = repository.LifecyclePolicy
		}
		rules, err := ParseLifecyclePolicy(preview.Policy)
		if err != nil {
			return err
		}
		images, err := lifecycleImages(tx, name)
		if err != nil {
			return err
		}
		preview.Decisions = rules.Decide(images, r.now())
		return put(tx, bucketPreviews, key(name, ""), preview)
	})
	return preview, storageError("preview the lifecycle policy of "+name, err)
}

// LastPreview is the preview that was started last, and its status.
func (r *Registry) LastPreview(name string) (preview Preview, status string, err error) {
	err = r.db.View(func(tx *bbolt.Tx) error {
		if _, err := r.repository(tx, name); err != nil {
			return err
		}
		found, err := get(tx, bucketPreviews, key(name, ""), &preview)
		if err == nil && !found {
			return refuse(CodePreviewNotFound,
				"Lifecycle policy preview does not exist for the repository with name '%s' in the registry with id '%s'", name, r.account)
		}
		return err
	})
	return preview, preview.Status(r.now()), storageError("read the lifecycle policy preview of "+name, err)
}
