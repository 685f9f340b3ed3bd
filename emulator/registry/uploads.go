package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/google/uuid"
	"go.etcd.io/bbolt"
)

// anywhere is the start of a part that names none: it goes where the last ended.
const anywhere = -1

// unknownLength is the length of a part that names none.
const unknownLength = -1

// partError says that a part does not fit to what was received before.
type partError struct {
	received int64 // bytes that the upload holds
	reason   string
}

func (e *partError) Error() string { return e.reason }

func (r *Registry) uploadPath(id string) string { return filepath.Join(r.uploadFolder(), id) }

// startUpload opens an upload. Its file holds what was received, its entry the
// repository that it belongs to; both survive the process.
func (r *Registry) startUpload(repository string) (id string, err error) {
	id = uuid.NewString()
	err = r.db.Update(func(tx *bbolt.Tx) error {
		if _, err := r.repositoryFor(tx, repository, ForCreateOnPush); err != nil {
			return err
		}
		file, err := os.OpenFile(r.uploadPath(id), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		if err := file.Close(); err != nil {
			return err
		}
		return put(tx, bucketUploads, key(repository, id), uploadRecord{StartedAt: r.now()})
	})
	r.rescheduled() // a repository that was made may have a lifecycle policy
	return id, storageError("start a layer upload", err)
}

// withUpload calls use with the path of an upload, alone among its users.
func (r *Registry) withUpload(repository, id string, use func(path string) error) error {
	lock, _ := r.uploading.LoadOrStore(id, &sync.Mutex{})
	lock.(*sync.Mutex).Lock()
	defer lock.(*sync.Mutex).Unlock()
	err := r.db.View(func(tx *bbolt.Tx) error {
		if _, err := r.repository(tx, repository); err != nil {
			return err
		}
		found, err := get(tx, bucketUploads, key(repository, id), &uploadRecord{})
		if err == nil && !found {
			return r.uploadNotFound(repository, id)
		}
		return err
	})
	if err != nil {
		r.uploading.Delete(id) // an id that names nothing must not leave a lock behind
		return storageError("find upload "+id, err)
	}
	err = use(r.uploadPath(id))
	var misfit *partError
	var refused *protocolError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return r.uploadNotFound(repository, id)
	case errors.As(err, &misfit), errors.As(err, &refused):
		return err
	default:
		return storageError("store the upload of a layer", err)
	}
}

// uploaded returns how many bytes an upload holds.
func (r *Registry) uploaded(repository, id string) (received int64, err error) {
	err = r.withUpload(repository, id, func(path string) error {
		info, err := os.Stat(path)
		if err == nil {
			received = info.Size()
		}
		return err
	})
	return received, err
}

// appendUpload writes one part. start is where the client thinks the upload is
// (or anywhere), length how much it means to send (or unknownLength); a part
// that does not fit leaves the upload as it was. A client that goes away in the
// middle of a part of unknown length has sent what arrived.
func (r *Registry) appendUpload(repository, id string, start, length int64, part io.Reader) (received int64, err error) {
	err = r.withUpload(repository, id, func(path string) error {
		file, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }() // what matters is reported by write and by Sync
		before, err := file.Seek(0, io.SeekEnd)
		if err != nil {
			return err
		}
		if start != anywhere && start != before {
			return &partError{received: before, reason: fmt.Sprintf("the part starts at byte %d, the next byte is %d", start, before)}
		}
		sink := &tracked{to: file}
		sent, err := io.Copy(sink, io.LimitReader(part, maxLayerBytes-before+1))
		received = before + sent
		switch {
		case sink.err != nil:
			return errors.Join(sink.err, file.Truncate(before))
		case received > maxLayerBytes:
			return errors.Join(&partError{received: before, reason: fmt.Sprintf("a layer has at most %d bytes", int64(maxLayerBytes))}, file.Truncate(before))
		case length != unknownLength && sent != length:
			return errors.Join(&partError{received: before, reason: fmt.Sprintf("the part was announced with %d bytes and has %d", length, sent)}, file.Truncate(before))
		case err != nil:
			return &partError{received: received, reason: "the part broke off: " + err.Error()}
		}
		return nil
	})
	return received, err
}

// tracked remembers that writing failed: io.Copy does not tell which side did.
type tracked struct {
	to  io.Writer
	err error
}

func (t *tracked) Write(p []byte) (int, error) {
	n, err := t.to.Write(p)
	if err != nil {
		t.err = err
	}
	return n, err
}

// finishUpload checks that the upload's content has one of the digests and makes
// it a layer of the repository. An upload whose content is wrong is dropped:
// sending more cannot mend it.
func (r *Registry) finishUpload(repository, id string, digests []string) (digest string, sizeBytes int64, existed bool, err error) {
	err = r.withUpload(repository, id, func(path string) error {
		file, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			return err
		}
		digest, sizeBytes, err = digestOf(file)
		// Synced before the rename: a power cut must not leave a name without content.
		if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
			return err
		}
		matches := false
		for _, wanted := range digests {
			matches = matches || wanted == digest
		}
		if !matches {
			return errors.Join(refuse(CodeInvalidLayer,
				"The uploaded layer has digest '%s', not '%s'", digest, strings.Join(digests, ", ")), r.forgetUpload(repository, id))
		}
		if existed, err = r.adopt(repository, path, digest, sizeBytes); err != nil {
			return err
		}
		return r.forgetUpload(repository, id)
	})
	return digest, sizeBytes, existed, err
}

// cancelUpload drops an upload.
func (r *Registry) cancelUpload(repository, id string) error {
	return r.withUpload(repository, id, func(string) error { return r.forgetUpload(repository, id) })
}

// forgetUpload deletes the entry of an upload and what is left of its file. The
// caller holds the upload's lock.
func (r *Registry) forgetUpload(repository, id string) error {
	err := r.db.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte(bucketUploads)).Delete(key(repository, id))
	})
	r.removeFiles(nil, []string{id})
	return err
}

// dropStaleUploads clears what pushes that never ended left behind: uploads that
// are too old, and files that no entry knows.
func (r *Registry) dropStaleUploads() error {
	kept := map[string]bool{}
	err := r.db.Update(func(tx *bbolt.Tx) error {
		uploads := tx.Bucket([]byte(bucketUploads))
		var stale [][]byte
		err := uploads.ForEach(func(k, value []byte) error {
			var record uploadRecord
			if json.Unmarshal(value, &record) != nil || r.now().Sub(record.StartedAt) > uploadLifetime {
				stale = append(stale, bytes.Clone(k))
				return nil
			}
			_, id, _ := strings.Cut(string(k), "\x00")
			kept[id] = true
			return nil
		})
		for _, k := range stale {
			err = errors.Join(err, uploads.Delete(k))
		}
		return err
	})
	if err != nil {
		return err
	}
	files, err := os.ReadDir(r.uploadFolder())
	if err != nil {
		return err
	}
	for _, file := range files {
		if !kept[file.Name()] {
			_ = os.Remove(r.uploadPath(file.Name())) // tried again at the next opening
		}
	}
	return nil
}
