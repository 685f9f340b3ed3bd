package registry

import (
	"go.etcd.io/bbolt"
)

// The names of what is set for the whole registry. What has no effect on images
// and repositories is known by its name alone; its type is its writer's.
const (
	SettingPolicy       = "policy"        // string
	SettingAccount      = "account"       // map[string]string, by the name of the setting
	SettingReplication  = "replication"   // []ReplicationRule
	SettingScanning     = "scanning"      // Scanning
	SettingSigning      = "signing"       // the rules of signing images
	SettingCacheRules   = "cacheRules"    // map[string]CacheRule, by prefix
	SettingTemplates    = "templates"     // map[string]Template, by prefix
	SettingPullTimeRule = "pullTimeRules" // principals whose pulls leave no time
)

// SettingOf reads a setting of the registry; it is the zero value where nothing
// was ever set.
func SettingOf[T any](r *Registry, name string) (T, error) {
	var value T
	err := r.db.View(func(tx *bbolt.Tx) error {
		_, err := get(tx, bucketSettings, []byte(name), &value)
		return err
	})
	return value, storageError("read a setting of the registry", err)
}

// ChangeSetting applies change to a setting and keeps what it makes of it. change
// runs inside the transaction: it must not call the registry.
func ChangeSetting[T any](r *Registry, name string, change func(*T) error) (T, error) {
	var value T
	err := r.db.Update(func(tx *bbolt.Tx) error {
		if _, err := get(tx, bucketSettings, []byte(name), &value); err != nil {
			return err
		}
		if err := change(&value); err != nil {
			return err
		}
		return put(tx, bucketSettings, []byte(name), value)
	})
	return value, storageError("change a setting of the registry", err)
}
