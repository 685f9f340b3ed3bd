package registry

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
)

// The account and Region of a registry that is given none.
const (
	DefaultAccountID = "123456789012"
	DefaultRegion    = "us-east-1"
)

// Limits of ECR, ECR semantics 10.5 [ECR: service quotas].
const (
	maxManifestBytes  = 4 << 20
	maxLayerBytes     = 52_000 << 20
	maxLayerPartBytes = 20_971_520
	layerPartMin      = 5 << 20
	layerPartBytes    = 10 << 20 // the part size that InitiateLayerUpload proposes
	maxTagsPerImage   = 1000
)

// uploadLifetime is how long an unfinished upload is kept, in world time.
const uploadLifetime = 24 * time.Hour

// Registry holds repositories, images and layers. All methods may be called at
// the same time.
type Registry struct {
	db      *bbolt.DB
	blobs   string // folder of layer files and unfinished uploads
	now     func() time.Time
	account string
	region  string
	caller  string
	others  func(account, region string) (*Registry, error)
	onPush  func(repository, tag, digest string)
	rules   rules

	// layers is held while a file comes into the folder with its entry, or goes
	// with it, so that a layer is never deleted between the two.
	layers sync.Mutex
	// uploading has one lock per upload in progress: two parts of one upload must
	// not be written at once.
	uploading sync.Map

	catching sync.Mutex   // held while what is due happens
	due      atomic.Int64 // when the next entry of the agenda is, in Unix nanoseconds
}

// Option changes how a registry is opened.
type Option func(*Registry)

// WithAccountID sets the registry id, which ECR names in most of its texts.
func WithAccountID(id string) Option { return func(r *Registry) { r.account = id } }

// WithRegion sets the Region that the registry is in.
func WithRegion(region string) Option { return func(r *Registry) { r.region = region } }

// WithCaller sets the principal that everybody is who uses the registry: pulls of
// one that is excluded from that leave no time.
func WithCaller(arn string) Option { return func(r *Registry) { r.caller = arn } }

// WithOthers has a registry find the one of another account or Region, which its
// images are replicated to.
func WithOthers(find func(account, region string) (*Registry, error)) Option {
	return func(r *Registry) { r.others = find }
}

// WithOnPush has pushed called after an image was stored or a tag was moved. It
// is called on the goroutine of the push, with no lock and no transaction held,
// so two pushes may call it at the same time.
// The tag is empty when the image was pushed by its digest.
func WithOnPush(pushed func(repository, tag, digest string)) Option {
	return func(r *Registry) { r.onPush = pushed }
}

// Open opens the registry of a world: metadata in db, layers below blobDir,
// which is made when missing. now is the world's clock. The database stays the
// caller's to close.
func Open(db *bbolt.DB, blobDir string, now func() time.Time, options ...Option) (*Registry, error) {
	r := &Registry{db: db, blobs: blobDir, now: now, account: DefaultAccountID, region: DefaultRegion, rules: compileRules(),
		others: func(account, region string) (*Registry, error) {
			return nil, fmt.Errorf("there is no registry of account %s in %s", account, region)
		}}
	for _, option := range options {
		option(r)
	}
	for _, folder := range []string{r.layerFolder(), r.uploadFolder()} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, fmt.Errorf("open the image registry: make the folder for its layers: %w", err)
		}
	}
	if err := r.openBuckets(); err != nil {
		return nil, fmt.Errorf("open the image registry: %w", err)
	}
	if err := r.dropStaleUploads(); err != nil {
		return nil, fmt.Errorf("open the image registry: clear old uploads: %w", err)
	}
	if err := r.adoptPolicies(); err != nil {
		return nil, fmt.Errorf("open the image registry: %w", err)
	}
	r.rescheduled()
	return r, nil
}

// Reset deletes everything: repositories, images, layers and uploads.
func (r *Registry) Reset() error {
	r.layers.Lock()
	defer r.layers.Unlock()
	err := r.db.Update(func(tx *bbolt.Tx) error {
		for _, name := range bucketNames() {
			if err := tx.DeleteBucket([]byte(name)); err != nil {
				return err
			}
			if _, err := tx.CreateBucket([]byte(name)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return storageError("reset the image registry", err)
	}
	for _, folder := range []string{r.layerFolder(), r.uploadFolder()} {
		if err := os.RemoveAll(folder); err != nil {
			return storageError("delete the image layers", err)
		}
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return storageError("delete the image layers", err)
		}
	}
	r.rescheduled()
	return nil
}

// AccountID is the registry id.
func (r *Registry) AccountID() string { return r.account }

func (r *Registry) layerFolder() string  { return filepath.Join(r.blobs, "sha256") }
func (r *Registry) uploadFolder() string { return filepath.Join(r.blobs, "uploads") }

func (r *Registry) pushed(repository, tag, digest string) {
	if r.onPush != nil {
		r.onPush(repository, tag, digest)
	}
}
