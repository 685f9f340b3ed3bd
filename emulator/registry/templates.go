package registry

import (
	"slices"
	"strings"
	"time"

	"go.etcd.io/bbolt"
)

// What a template for repositories can be applied for [ECR: RCTAppliedFor].
const (
	ForReplication  = "REPLICATION"
	ForPullThrough  = "PULL_THROUGH_CACHE"
	ForCreateOnPush = "CREATE_ON_PUSH"
)

// TemplateRoot is the prefix of the template for all repositories that no other
// is for.
const TemplateRoot = "ROOT"

// Template says how repositories are made that nobody creates himself.
type Template struct {
	Prefix      string     `json:"prefix"`
	Description string     `json:"description,omitempty"`
	AppliedFor  []string   `json:"appliedFor"`
	Settings    Repository `json:"settings"` // of the repositories; it has no name
	CustomRole  string     `json:"customRole,omitempty"`
	CreatedAt   time.Time  `json:"createdAt"`
	UpdatedAt   time.Time  `json:"updatedAt"`
}

// covers reports whether a name lies below the template's prefix.
func (t Template) covers(name string) bool {
	return t.Prefix == TemplateRoot || strings.HasPrefix(name, strings.TrimSuffix(t.Prefix, "/")+"/")
}

// templateFor is the template with the longest prefix that covers a name.
func templateFor(tx *bbolt.Tx, name, what string) (best Template, found bool, err error) {
	var templates map[string]Template
	if _, err := get(tx, bucketSettings, []byte(SettingTemplates), &templates); err != nil {
		return Template{}, false, err
	}
	for _, t := range templates {
		if !slices.Contains(t.AppliedFor, what) || !t.covers(name) {
			continue
		}
		if !found || best.Prefix == TemplateRoot || t.Prefix != TemplateRoot && len(t.Prefix) > len(best.Prefix) {
			best, found = t, true
		}
	}
	return best, found, nil
}

// repositoryFor is the repository that something is pushed to. One that is not
// there is made by the template that covers it, if there is one for pushes; what
// is replicated or pulled through needs none.
func (r *Registry) repositoryFor(tx *bbolt.Tx, name, what string) (Repository, error) {
	if tx.Bucket([]byte(bucketRepositories)).Get([]byte(name)) != nil {
		return r.repository(tx, name)
	}
	template, ok, err := templateFor(tx, name, what)
	switch {
	case err != nil:
		return Repository{}, err
	case !ok && what == ForCreateOnPush:
		return Repository{}, r.repositoryNotFound(name)
	}
	if err := r.checkName(name); err != nil {
		return Repository{}, err
	}
	made := template.Settings
	made.Name = name
	r.withDefaults(&made)
	return made, r.enter(tx, &made)
}
