package api

import (
	"context"
	"regexp"
	"slices"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"gantry/emulator/registry"
	"gantry/emulator/store"
)

// mostCacheRules is how many rules a registry may have [ECR: service quotas].
const mostCacheRules = 50

const (
	codeCacheRuleExists     = "PullThroughCacheRuleAlreadyExistsException"
	codeCacheRuleMissing    = "PullThroughCacheRuleNotFoundException"
	codeUpstreamUnsupported = "UnsupportedUpstreamRegistryException"
	codeCacheSecretMissing  = "SecretNotFoundException"
	codeCacheSecretDenied   = "UnableToAccessSecretException"
)

var (
	cachePrefixRule = regexp.MustCompile(`^([a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*/?|ROOT)$`)
	credentialRule  = regexp.MustCompile(`^arn:aws(-\w+)*:secretsmanager:[a-zA-Z0-9-:]+:secret:ecr-pullthroughcache/[a-zA-Z0-9/_+=.@-]+$`)
)

// upstream is a kind of registry that rules can be for [ECR: CreatePullThroughCacheRule].
type upstream struct {
	name   types.UpstreamRegistry
	host   *regexp.Regexp
	secret bool // it asks everybody who he is
}

func upstreams() []upstream {
	at := func(host string) *regexp.Regexp { return regexp.MustCompile("^" + host + "$") }
	return []upstream{
		{types.UpstreamRegistryEcr, at(`[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com`), false},
		{types.UpstreamRegistryEcrPublic, at(`public\.ecr\.aws`), false},
		{types.UpstreamRegistryQuay, at(`quay\.io`), false},
		{types.UpstreamRegistryK8s, at(`registry\.k8s\.io`), false},
		{types.UpstreamRegistryDockerHub, at(`registry-1\.docker\.io`), true},
		{types.UpstreamRegistryGitHubContainerRegistry, at(`ghcr\.io`), true},
		{types.UpstreamRegistryAzureContainerRegistry, at(`[a-z0-9]+\.azurecr\.io`), true},
		{types.UpstreamRegistryGitLabContainerRegistry, at(`registry\.gitlab\.com`), true},
		{types.UpstreamRegistryChainguard, at(`cgr\.dev`), true},
	}
}

// CreatePullThroughCacheRule makes a rule.
func (e *ECR) CreatePullThroughCacheRule(_ context.Context, in *sdk.CreatePullThroughCacheRuleInput) (*sdk.CreatePullThroughCacheRuleOutput, error) {
	rule := registry.CacheRule{
		Prefix: text[string](in.EcrRepositoryPrefix), UpstreamURL: strings.TrimPrefix(text[string](in.UpstreamRegistryUrl), "https://"),
		UpstreamPrefix: text[string](in.UpstreamRepositoryPrefix), Credential: text[string](in.CredentialArn), CustomRole: text[string](in.CustomRoleArn),
		CreatedAt: e.s.cfg.World.Now(),
	}
	if rule.UpstreamPrefix == "" {
		rule.UpstreamPrefix = registry.TemplateRoot
	}
	if err := first(e.own(in.RegistryId), e.checkCachePrefix("ecrRepositoryPrefix", rule.Prefix), e.checkCachePrefix("upstreamRepositoryPrefix", rule.UpstreamPrefix),
		checkEnum("upstreamRegistry", in.UpstreamRegistry), needed("upstreamRegistryUrl", rule.UpstreamURL != "")); err != nil {
		return nil, err
	}
	i := slices.IndexFunc(upstreams(), func(u upstream) bool { return u.host.MatchString(rule.UpstreamURL) })
	if i < 0 || in.UpstreamRegistry != "" && in.UpstreamRegistry != upstreams()[i].name {
		return nil, refuse(codeUpstreamUnsupported, "The upstream registry '%s' is not supported", text[string](in.UpstreamRegistryUrl))
	}
	kind := upstreams()[i]
	rule.Upstream = string(kind.name)
	if kind.secret && rule.Credential == "" {
		return nil, unfit("credentialArn", "must be given for the upstream registry %s", rule.UpstreamURL)
	}
	if err := e.checkCredential(rule.Credential); err != nil {
		return nil, err
	}
	_, err := registry.ChangeSetting(e.images, registry.SettingCacheRules, func(rules *map[string]registry.CacheRule) error {
		if _, there := (*rules)[rule.Prefix]; there {
			return refuse(codeCacheRuleExists, "A pull through cache rule with prefix '%s' already exists in the registry with id '%s'", rule.Prefix, e.scope.Account)
		}
		if len(*rules) >= mostCacheRules {
			return refuse(registry.CodeLimitExceeded, "The registry with id '%s' has the maximum of %d pull through cache rules", e.scope.Account, mostCacheRules)
		}
		*rules = with(*rules, rule.Prefix, rule)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &sdk.CreatePullThroughCacheRuleOutput{
		CreatedAt: &rule.CreatedAt, CredentialArn: in.CredentialArn, CustomRoleArn: in.CustomRoleArn, EcrRepositoryPrefix: &rule.Prefix, RegistryId: &e.scope.Account,
		UpstreamRegistry: kind.name, UpstreamRegistryUrl: &rule.UpstreamURL, UpstreamRepositoryPrefix: &rule.UpstreamPrefix,
	}, nil
}

// with is a map that has one more entry, or another one.
func with[V any](m map[string]V, key string, value V) map[string]V {
	if m == nil {
		m = map[string]V{}
	}
	m[key] = value
	return m
}

func (e *ECR) checkCachePrefix(member, prefix string) error {
	return first(checkLength(member, len(prefix), 2, 30), checkPattern(member, cachePrefixRule, prefix))
}

// checkCredential looks for the secret that a rule names.
func (e *ECR) checkCredential(arn string) error {
	if arn == "" {
		return nil
	}
	if err := checkPattern("credentialArn", credentialRule, arn); err != nil {
		return err
	}
	return e.s.view(func(tx *store.Tx) error {
		kept, err := onAround(e.s, e.r, tx).secret(arn)
		switch {
		case err != nil:
			return refuse(codeCacheSecretMissing, "The secret with ARN '%s' was not found", arn)
		case !kept.DeletedAt.IsZero():
			return refuse(codeCacheSecretDenied, "The secret with ARN '%s' is marked for deletion", arn)
		}
		return nil
	})
}

func (e *ECR) noCacheRule(prefix string) error {
	return refuse(codeCacheRuleMissing, "The pull through cache rule with prefix '%s' does not exist in the registry with id '%s'", prefix, e.scope.Account)
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// DescribePullThroughCacheRules shows rules by their prefixes, or all in pages.
func (e *ECR) DescribePullThroughCacheRules(_ context.Context, in *sdk.DescribePullThroughCacheRulesInput) (*sdk.DescribePullThroughCacheRulesOutput, error) {
	if err := first(e.own(in.RegistryId), checkLength("ecrRepositoryPrefixes", len(in.EcrRepositoryPrefixes), 0, 100)); err != nil {
		return nil, err
	}
	rules, err := registry.SettingOf[map[string]registry.CacheRule](e.images, registry.SettingCacheRules)
	if err != nil {
		return nil, err
	}
	out := &sdk.DescribePullThroughCacheRulesOutput{PullThroughCacheRules: []types.PullThroughCacheRule{}}
	prefixes := in.EcrRepositoryPrefixes
	for _, prefix := range prefixes {
		if _, there := rules[prefix]; !there {
			return nil, e.noCacheRule(prefix)
		}
	}
	if len(prefixes) == 0 {
		if prefixes, out.NextToken, err = page(sortedKeys(rules), in.NextToken, in.MaxResults, 100, 1000); err != nil {
			return nil, err
		}
	}
	for _, prefix := range prefixes {
		rule := rules[prefix]
		shown := types.PullThroughCacheRule{
			CreatedAt: &rule.CreatedAt, CredentialArn: optional(rule.Credential), CustomRoleArn: optional(rule.CustomRole), EcrRepositoryPrefix: &rule.Prefix, RegistryId: &e.scope.Account,
			UpstreamRegistry: types.UpstreamRegistry(rule.Upstream), UpstreamRegistryUrl: &rule.UpstreamURL, UpstreamRepositoryPrefix: &rule.UpstreamPrefix,
		}
		if !rule.UpdatedAt.IsZero() {
			shown.UpdatedAt = &rule.UpdatedAt
		}
		out.PullThroughCacheRules = append(out.PullThroughCacheRules, shown)
	}
	return out, nil
}

// changeCacheRule changes a rule that is there, or takes it away.
func (e *ECR) changeCacheRule(prefix *string, change func(*registry.CacheRule) (keep bool)) (rule registry.CacheRule, err error) {
	if err := needed("ecrRepositoryPrefix", text[string](prefix) != ""); err != nil {
		return rule, err
	}
	_, err = registry.ChangeSetting(e.images, registry.SettingCacheRules, func(rules *map[string]registry.CacheRule) error {
		found, there := (*rules)[*prefix]
		if !there {
			return e.noCacheRule(*prefix)
		}
		if rule = found; change(&rule) {
			(*rules)[*prefix] = rule
		} else {
			delete(*rules, *prefix)
		}
		return nil
	})
	return rule, err
}

// UpdatePullThroughCacheRule gives a rule another secret or role.
func (e *ECR) UpdatePullThroughCacheRule(_ context.Context, in *sdk.UpdatePullThroughCacheRuleInput) (*sdk.UpdatePullThroughCacheRuleOutput, error) {
	if err := first(e.own(in.RegistryId), e.checkCredential(text[string](in.CredentialArn))); err != nil {
		return nil, err
	}
	rule, err := e.changeCacheRule(in.EcrRepositoryPrefix, func(rule *registry.CacheRule) bool {
		if in.CredentialArn != nil {
			rule.Credential = *in.CredentialArn
		}
		if in.CustomRoleArn != nil {
			rule.CustomRole = *in.CustomRoleArn
		}
		rule.UpdatedAt = e.s.cfg.World.Now()
		return true
	})
	if err != nil {
		return nil, err
	}
	return &sdk.UpdatePullThroughCacheRuleOutput{
		CredentialArn: optional(rule.Credential), CustomRoleArn: optional(rule.CustomRole), EcrRepositoryPrefix: &rule.Prefix, RegistryId: &e.scope.Account,
		UpdatedAt: &rule.UpdatedAt, UpstreamRepositoryPrefix: &rule.UpstreamPrefix,
	}, nil
}

// ValidatePullThroughCacheRule says whether a rule's upstream can be reached: it
// can when it is a registry of the same world.
func (e *ECR) ValidatePullThroughCacheRule(_ context.Context, in *sdk.ValidatePullThroughCacheRuleInput) (*sdk.ValidatePullThroughCacheRuleOutput, error) {
	if err := e.own(in.RegistryId); err != nil {
		return nil, err
	}
	rules, err := registry.SettingOf[map[string]registry.CacheRule](e.images, registry.SettingCacheRules)
	if err != nil {
		return nil, err
	}
	prefix := text[string](in.EcrRepositoryPrefix)
	rule, there := rules[prefix]
	if !there {
		return nil, first(needed("ecrRepositoryPrefix", prefix != ""), e.noCacheRule(prefix))
	}
	out := &sdk.ValidatePullThroughCacheRuleOutput{
		CredentialArn: optional(rule.Credential), CustomRoleArn: optional(rule.CustomRole), EcrRepositoryPrefix: &rule.Prefix, RegistryId: &e.scope.Account,
		UpstreamRegistryUrl: &rule.UpstreamURL, UpstreamRepositoryPrefix: &rule.UpstreamPrefix, IsValid: true,
	}
	if _, err := e.images.UpstreamOf(rule); err != nil {
		failure := "The upstream registry cannot be reached: " + err.Error()
		out.IsValid, out.Failure = false, &failure
	}
	return out, nil
}

// DeletePullThroughCacheRule forgets a rule; what it brought stays.
func (e *ECR) DeletePullThroughCacheRule(_ context.Context, in *sdk.DeletePullThroughCacheRuleInput) (*sdk.DeletePullThroughCacheRuleOutput, error) {
	if err := e.own(in.RegistryId); err != nil {
		return nil, err
	}
	rule, err := e.changeCacheRule(in.EcrRepositoryPrefix, func(*registry.CacheRule) bool { return false })
	if err != nil {
		return nil, err
	}
	return &sdk.DeletePullThroughCacheRuleOutput{
		CreatedAt: &rule.CreatedAt, CredentialArn: optional(rule.Credential), CustomRoleArn: optional(rule.CustomRole), EcrRepositoryPrefix: &rule.Prefix, RegistryId: &e.scope.Account,
		UpstreamRegistryUrl: &rule.UpstreamURL, UpstreamRepositoryPrefix: &rule.UpstreamPrefix,
	}, nil
}
