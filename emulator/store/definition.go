package store

import (
	"encoding/json"
	"time"

	"gantry/ecs"
)

func definitionKey(family ecs.Family, revision int) []byte {
	return append(join(string(family), ""), ordered(int64(revision))...)
}

// NextRevision takes the next revision of a family. Revisions only grow, also
// past deleted ones (ECS semantics 7.1 [DG: task definitions]).
func (t *Tx) NextRevision(family ecs.Family) (int, error) {
	var f Family
	if _, err := t.get(bucketFamilies, []byte(family), &f); err != nil {
		return 0, err
	}
	f.Last++
	return f.Last, t.put(bucketFamilies, []byte(family), f)
}

// PutTaskDefinition keeps one revision.
func (t *Tx) PutTaskDefinition(d TaskDefinition) error {
	return t.put(bucketTaskDefinitions, definitionKey(d.Family, d.Revision), d)
}

// TaskDefinition reads one revision. What it refers to must not be changed: it
// is remembered by its bytes, since every task that is run asks for it.
func (t *Tx) TaskDefinition(family ecs.Family, revision int) (TaskDefinition, bool, error) {
	key := definitionKey(family, revision)
	raw := t.bolt.Bucket([]byte(bucketTaskDefinitions)).Get(key)
	if raw == nil {
		return TaskDefinition{}, false, nil
	}
	if d, ok := t.s.definitions[string(raw)]; ok {
		return d, true, nil
	}
	d := TaskDefinition{made: new(any)}
	if err := json.Unmarshal(raw, &d); err != nil {
		return d, false, damaged(bucketTaskDefinitions, key, err)
	}
	if len(t.s.definitions) >= mostRemembered {
		clear(t.s.definitions)
	}
	t.s.definitions[string(raw)] = d
	return d, true, nil
}

// mostRemembered bounds how many task definitions are remembered.
const mostRemembered = 500

// Made is what turn makes of a revision. It is made once for all who read the
// same bytes, and must not be changed.
func Made[T any](d TaskDefinition, turn func(TaskDefinition) (T, error)) (T, error) {
	if d.made != nil {
		if made, ok := (*d.made).(T); ok {
			return made, nil
		}
	}
	made, err := turn(d)
	if err == nil && d.made != nil {
		*d.made = made
	}
	return made, err
}

// Revisions reads the revisions of a family, oldest first.
func (t *Tx) Revisions(family ecs.Family) ([]TaskDefinition, error) {
	return all[TaskDefinition](t, bucketTaskDefinitions, join(string(family), ""))
}

// TaskDefinitions reads every revision, by family and oldest first.
func (t *Tx) TaskDefinitions() ([]TaskDefinition, error) {
	return all[TaskDefinition](t, bucketTaskDefinitions, nil)
}

// DropTaskDefinition forgets a revision.
func (t *Tx) DropTaskDefinition(family ecs.Family, revision int) error {
	return t.delete(bucketTaskDefinitions, definitionKey(family, revision))
}

// Token reads what a client token stood for, if it still does.
func (t *Tx) Token(operation string, cluster ecs.ClusterName, token string) (Token, bool, error) {
	var kept Token
	ok, err := t.get(bucketTokens, join(operation, string(cluster), token), &kept)
	if err != nil || !ok || t.now.After(kept.Until) {
		return Token{}, false, err
	}
	return kept, true, nil
}

// tokenLife is how long a client token is remembered (ECS semantics 8.7 [API]).
const tokenLife = 24 * time.Hour

// PutToken remembers what a client token stands for.
func (t *Tx) PutToken(operation string, cluster ecs.ClusterName, token string, kept Token) error {
	if err := t.forgetTokens(); err != nil {
		return err
	}
	kept.Until = t.now.Add(tokenLife)
	return t.put(bucketTokens, join(operation, string(cluster), token), kept)
}

// forgetTokens forgets what is old. It looks at all tokens, so it does that only
// once as many have come as there were after the last look.
func (t *Tx) forgetTokens() error {
	if t.s.tokens--; t.s.tokens > 0 {
		return nil
	}
	var stale [][]byte
	left := 0
	err := each(t, bucketTokens, nil, func(key []byte, old Token) (bool, error) {
		if t.now.After(old.Until) {
			stale = append(stale, append([]byte(nil), key...))
		} else {
			left++
		}
		return true, nil
	})
	if err != nil {
		return err
	}
	for _, key := range stale {
		if err := t.delete(bucketTokens, key); err != nil {
			return err
		}
	}
	t.s.tokens = left
	return nil
}

// AccountSetting reads an account setting that was set.
func (t *Tx) AccountSetting(name string) (string, bool, error) {
	var value string
	ok, err := t.get(bucketSettings, []byte(name), &value)
	return value, ok, err
}

// PutAccountSetting sets an account setting; an empty value takes it away.
func (t *Tx) PutAccountSetting(name, value string) error {
	if value == "" {
		return t.delete(bucketSettings, []byte(name))
	}
	return t.put(bucketSettings, []byte(name), value)
}

// Images is what the clusters were told of the images that can be pulled.
func (t *Tx) Images() (map[string]string, error) {
	images := map[string]string{}
	err := each(t, bucketImages, nil, func(key []byte, digest string) (bool, error) {
		images[string(key)] = digest
		return true, nil
	})
	return images, err
}

// PutImages keeps changes to what the clusters were told; an empty digest takes
// a reference away.
func (t *Tx) PutImages(changes map[string]string) error {
	for reference, digest := range changes {
		var err error
		if digest == "" {
			err = t.delete(bucketImages, []byte(reference))
		} else {
			err = t.put(bucketImages, []byte(reference), digest)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
