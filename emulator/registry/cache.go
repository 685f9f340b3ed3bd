package registry

import (
	"errors"
	"strings"
	"time"
)

// CacheRule is a pull through cache rule: what is not in a repository below its
// prefix comes from upstream.
type CacheRule struct {
	Prefix         string    `json:"prefix"`
	UpstreamURL    string    `json:"upstreamUrl"`
	Upstream       string    `json:"upstream"` // the name of the kind of registry
	UpstreamPrefix string    `json:"upstreamPrefix"`
	Credential     string    `json:"credential,omitempty"` // the ARN of a secret
	CustomRole     string    `json:"customRole,omitempty"`
	CreatedAt      time.Time `json:"createdAt"`
	UpdatedAt      time.Time `json:"updatedAt,omitzero"`
}

// The error codes of what cannot be had from upstream.
const (
	CodeUpstreamImage     = "UnableToGetUpstreamImageException"
	CodeUpstreamLayer     = "UnableToGetUpstreamLayerException"
	CodeUpstreamReferrers = "UnableToListUpstreamImageReferrersException"
)

// OnlyHere says why nothing comes from a registry that is not of the world.
const OnlyHere = "the emulator contacts no registry outside of its world"

// RuleFor is the pull through cache rule that covers a repository: the one with
// the longest prefix.
func (r *Registry) RuleFor(repository string) (rule CacheRule, found bool, err error) {
	rules, err := SettingOf[map[string]CacheRule](r, SettingCacheRules)
	for _, one := range rules {
		if one.covers(repository) && (!found || rule.Prefix == TemplateRoot || one.Prefix != TemplateRoot && len(one.Prefix) > len(rule.Prefix)) {
			rule, found = one, true
		}
	}
	return rule, found, err
}

func (rule CacheRule) covers(repository string) bool {
	return rule.Prefix == TemplateRoot || strings.HasPrefix(repository, strings.TrimSuffix(rule.Prefix, "/")+"/")
}

// upstreamName is what a repository is called upstream.
func (rule CacheRule) upstreamName(repository string) string {
	name := repository
	if rule.Prefix != TemplateRoot {
		name = strings.TrimPrefix(repository, strings.TrimSuffix(rule.Prefix, "/")+"/")
	}
	if rule.UpstreamPrefix == "" || rule.UpstreamPrefix == TemplateRoot {
		return name
	}
	return strings.TrimSuffix(rule.UpstreamPrefix, "/") + "/" + name
}

// UpstreamOf is the registry of the world that a rule's upstream is. Any other
// one cannot be reached.
func (r *Registry) UpstreamOf(rule CacheRule) (*Registry, error) {
	host := strings.TrimPrefix(rule.UpstreamURL, "https://")
	parts := r.rules.ecrHost.FindStringSubmatch(host)
	if parts == nil {
		return nil, errors.New(OnlyHere)
	}
	region := strings.Split(host, ".")[3]
	return r.others(parts[1], region)
}

// pullThrough brings an image from upstream, and reports whether a rule covers
// its repository at all.
func (r *Registry) pullThrough(repository string, id ImageID) (covered bool, err error) {
	rule, covered, err := r.RuleFor(repository)
	if err != nil || !covered {
		return false, err
	}
	name := rule.upstreamName(repository)
	upstream, err := r.UpstreamOf(rule)
	if err == nil {
		var image Image
		if image, _, err = upstream.Image(name, id); err == nil {
			err = upstream.copyTo(r, name, repository, ForPullThrough, id.Tag, image.Digest)
		}
	}
	if err != nil {
		return true, refuse(CodeUpstreamImage, "The image of repository '%s' cannot be had from %s/%s by the pull through cache rule with prefix '%s': %v",
			repository, rule.UpstreamURL, name, rule.Prefix, err)
	}
	return true, nil
}
