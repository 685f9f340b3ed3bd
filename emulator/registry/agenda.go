package registry

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"strings"
	"time"

	"go.etcd.io/bbolt"
)

// The agenda is what happens in a registry by itself, in the world's time. It is
// seen to when somebody asks next, not at the very moment: whoever asks finds
// everything as if it had been, and nobody else can tell.

// The kinds of what is on the agenda, each with the subject that it is about.
const (
	agendaLifecycle = "lifecycle" // a repository whose lifecycle policy is to be applied
	agendaActive    = "active"    // a repository with an image that is back from the archive
	agendaBackfill  = "backfill"  // a replication backfill whose images are to be sent
)

// agendaPause is how long nothing is tried again when something failed.
const agendaPause = time.Minute

func agendaKey(at time.Time, kind, subject string) []byte {
	k := binary.BigEndian.AppendUint64(nil, uint64(at.UnixNano()))
	return append(k, kind+"\x00"+subject...)
}

func schedule(tx *bbolt.Tx, at time.Time, kind, subject string) error {
	return tx.Bucket([]byte(bucketAgenda)).Put(agendaKey(at, kind, subject), []byte{})
}

// upcoming is the first entry of the agenda.
func upcoming(tx *bbolt.Tx) (at time.Time, kind, subject string, key []byte) {
	k, _ := tx.Bucket([]byte(bucketAgenda)).Cursor().First()
	if len(k) < 8 {
		return time.Unix(0, math.MaxInt64), "", "", nil
	}
	kind, subject, _ = strings.Cut(string(k[8:]), "\x00")
	return time.Unix(0, int64(binary.BigEndian.Uint64(k[:8]))).UTC(), kind, subject, bytes.Clone(k)
}

// rescheduled is called after a change of the agenda.
func (r *Registry) rescheduled() {
	_ = r.db.View(func(tx *bbolt.Tx) error { // a closed file has no agenda
		at, _, _, _ := upcoming(tx)
		r.due.Store(at.UnixNano())
		return nil
	})
}

// NextDue is when CatchUp has something to do next.
func (r *Registry) NextDue() time.Time { return time.Unix(0, r.due.Load()).UTC() }

// Due reports whether CatchUp has something to do. It costs next to nothing.
func (r *Registry) Due() bool { return r.now().UnixNano() >= r.due.Load() }

// CatchUp lets everything happen that is due, and reports whether images have
// come or gone.
func (r *Registry) CatchUp() (changed bool, err error) {
	r.catching.Lock()
	defer r.catching.Unlock()
	for r.Due() {
		var at time.Time
		var kind, subject string
		var key []byte
		err := r.db.View(func(tx *bbolt.Tx) error {
			at, kind, subject, key = upcoming(tx)
			return nil
		})
		if err == nil && !at.After(r.now()) {
			var did bool
			did, err = r.happen(at, kind, subject)
			changed = changed || did
			err = errors.Join(err, r.done(key, err))
		}
		if err != nil {
			r.due.Store(r.now().Add(agendaPause).UnixNano())
			return changed, storageError("see to the agenda of the registry", err)
		}
		r.rescheduled()
	}
	return changed, nil
}

// done takes an entry off the agenda, unless it failed.
func (r *Registry) done(key []byte, failed error) error {
	if failed != nil {
		return nil
	}
	return r.db.Update(func(tx *bbolt.Tx) error { return tx.Bucket([]byte(bucketAgenda)).Delete(key) })
}

func (r *Registry) happen(at time.Time, kind, subject string) (changed bool, err error) {
	switch kind {
	case agendaLifecycle:
		return r.applyLifecycle(subject, at)
	case agendaActive:
		return true, nil
	case agendaBackfill:
		return false, r.sendBackfill(subject)
	}
	return false, nil
}
