package registry

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.etcd.io/bbolt"
)

// layerPath is where a layer's file is. The digest must have passed checkDigest:
// it becomes a file name.
func (r *Registry) layerPath(digest string) string {
	return filepath.Join(r.layerFolder(), strings.TrimPrefix(digest, "sha256:"))
}

// validDigest says whether the registry can hold content of this digest.
func (r *Registry) validDigest(digest string) bool { return r.rules.digest.MatchString(digest) }

// BlobAvailable returns the size of a layer (or config) of a repository and
// whether it is there. Layers belong to repositories: one that another
// repository holds is not available until it is pushed or mounted.
func (r *Registry) BlobAvailable(repository, digest string) (sizeBytes int64, available bool, err error) {
	if !r.validDigest(digest) {
		return 0, false, invalidParameter("layerDigests", "must satisfy regular expression '"+digestRule+"'")
	}
	err = r.db.View(func(tx *bbolt.Tx) error {
		if _, err := r.repository(tx, repository); err != nil {
			return err
		}
		sizeBytes, available, err = r.layer(tx, repository, digest)
		return err
	})
	return sizeBytes, available, storageError("look for layer "+digest, err)
}

// layer looks for a layer's entry and its file: an entry whose file somebody
// deleted counts as missing, so that the next push brings it back.
func (r *Registry) layer(tx *bbolt.Tx, repository, digest string) (sizeBytes int64, available bool, err error) {
	var record layerRecord
	found, err := get(tx, bucketLayers, key(repository, digest), &record)
	if err != nil || !found {
		return 0, false, err
	}
	info, err := os.Stat(r.layerPath(digest))
	if errors.Is(err, fs.ErrNotExist) || (err == nil && info.Size() != record.SizeBytes) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	return record.SizeBytes, true, nil
}

// Layer is what is known of a layer of a repository.
type Layer struct {
	SizeBytes int64
	Available bool
	Used      bool // an image of the repository has it
	Archived  bool // only images in the archive do
}

// Layer looks for a layer, and for the images of the repository that have it.
func (r *Registry) Layer(repository, digest string) (layer Layer, err error) {
	if layer.SizeBytes, layer.Available, err = r.BlobAvailable(repository, digest); err != nil || !layer.Available {
		return layer, err
	}
	err = r.db.View(func(tx *bbolt.Tx) error {
		records, err := imageRecords(tx, repository)
		active := false
		for _, record := range records {
			if slices.Contains(record.Layers, digest) {
				layer.Used = true
				active = active || record.status(r.now()) == StatusActive
			}
		}
		layer.Archived = layer.Used && !active
		return err
	})
	return layer, storageError("look for the images of layer "+digest, err)
}

// BlobReader opens a layer (or config) for reading. The caller closes it.
func (r *Registry) BlobReader(repository, digest string) (content io.ReadSeekCloser, sizeBytes int64, err error) {
	sizeBytes, available, err := r.BlobAvailable(repository, digest)
	if err != nil {
		return nil, 0, err
	}
	if !available {
		return nil, 0, r.layerNotFound(repository, digest)
	}
	file, err := os.Open(r.layerPath(digest))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, r.layerNotFound(repository, digest)
	}
	if err != nil {
		return nil, 0, storageError("read layer "+digest, err)
	}
	return file, sizeBytes, nil
}

// The account setting that lets repositories share layers, and the value that
// switches it on [ECR: PutAccountSetting].
const (
	BlobMounting   = "BLOB_MOUNTING"
	BlobMountingOn = "ENABLED"
)

// mayMount reports whether layers of one repository may be used in another: the
// account has to have it switched on, and the same key has to encrypt both
// [ECR-UG: blob mounting].
func (r *Registry) mayMount(tx *bbolt.Tx, from, to Repository) (bool, error) {
	var account map[string]string
	_, err := get(tx, bucketSettings, []byte(SettingAccount), &account)
	return account[BlobMounting] == BlobMountingOn && from.EncryptionType == to.EncryptionType && from.KMSKey == to.KMSKey, err
}

// mount makes a layer of one repository available in another without sending it
// again, and reports whether it could.
func (r *Registry) mount(from, to, digest string) (bool, error) {
	r.layers.Lock()
	defer r.layers.Unlock()
	mounted := false
	err := r.db.Update(func(tx *bbolt.Tx) error {
		target, err := r.repositoryFor(tx, to, ForCreateOnPush)
		if err != nil {
			return err
		}
		var source Repository
		if found, err := get(tx, bucketRepositories, []byte(from), &source); err != nil || !found {
			return err
		}
		if may, err := r.mayMount(tx, source, target); err != nil || !may {
			return err
		}
		sizeBytes, available, err := r.layer(tx, from, digest)
		if err != nil || !available {
			return err
		}
		mounted = true
		return put(tx, bucketLayers, key(to, digest), layerRecord{SizeBytes: sizeBytes})
	})
	r.rescheduled() // a repository that was made may have a lifecycle policy
	return mounted && err == nil, storageError("mount layer "+digest, err)
}

// adopt moves a finished upload to its place and enters it in the repository.
// existed tells that the repository had the layer already.
func (r *Registry) adopt(repository, path, digest string, sizeBytes int64) (existed bool, err error) {
	r.layers.Lock()
	defer r.layers.Unlock()
	place := r.layerPath(digest)
	if info, err := os.Stat(place); err == nil && info.Size() == sizeBytes {
		if err := os.Remove(path); err != nil {
			return false, err
		}
	} else if err := errors.Join(os.MkdirAll(r.layerFolder(), 0o700), os.Rename(path, place)); err != nil {
		return false, err
	}
	err = r.db.Update(func(tx *bbolt.Tx) error {
		if _, err := r.repository(tx, repository); err != nil {
			return err
		}
		existed, err = get(tx, bucketLayers, key(repository, digest), &layerRecord{})
		if err != nil {
			return err
		}
		return put(tx, bucketLayers, key(repository, digest), layerRecord{SizeBytes: sizeBytes})
	})
	return existed, err
}

// removeFiles deletes layers that no repository holds and uploads that have no
// repository any more. A file that cannot be deleted costs room and nothing
// else: no entry leads to it, so there is nothing to report to a client.
func (r *Registry) removeFiles(layers, uploads []string) {
	for _, digest := range layers {
		_ = os.Remove(r.layerPath(digest))
	}
	for _, id := range uploads {
		_ = os.Remove(r.uploadPath(id))
		r.uploading.Delete(id)
	}
}

// digestOf reads content to its end.
func digestOf(content io.Reader) (digest string, sizeBytes int64, err error) {
	hash := sha256.New()
	sizeBytes, err = io.Copy(hash, content)
	return "sha256:" + hex.EncodeToString(hash.Sum(nil)), sizeBytes, err
}
