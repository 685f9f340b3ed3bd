package emulator_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

const anyonePulls = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"ecr:BatchGetImage"}]}`

// Repositories come into being by a push where a template says how.
func TestCreationTemplates(t *testing.T) {
	r := freshImages(t)
	ctx := t.Context()
	// Under a name of its own: a part of this push may still come when there are templates.
	if err := remote.Write(r.ref("early/api:v1"), r.built(""), remote.WithContext(ctx)); err == nil || !strings.Contains(err.Error(), "NAME_UNKNOWN") {
		t.Errorf("a push to no repository: %v", err)
	}
	create := func(prefix string, change func(*ecr.CreateRepositoryCreationTemplateInput)) (*ecr.CreateRepositoryCreationTemplateOutput, error) {
		in := &ecr.CreateRepositoryCreationTemplateInput{Prefix: &prefix, AppliedFor: []types.RCTAppliedFor{types.RCTAppliedForCreateOnPush}}
		if change != nil {
			change(in)
		}
		return r.ecr.CreateRepositoryCreationTemplate(ctx, in)
	}
	must[*ecr.CreateRepositoryCreationTemplateOutput](t)(create("ROOT", nil))
	made := must[*ecr.CreateRepositoryCreationTemplateOutput](t)(create("team", func(in *ecr.CreateRepositoryCreationTemplateInput) {
		in.Description, in.ImageTagMutability = aws.String("of a team"), types.ImageTagMutabilityImmutableWithExclusion
		in.ImageTagMutabilityExclusionFilters = []types.ImageTagMutabilityExclusionFilter{{Filter: aws.String("latest"), FilterType: types.ImageTagMutabilityExclusionFilterTypeWildcard}}
		in.LifecyclePolicy, in.RepositoryPolicy = keep(1, "v", "expire"), aws.String(anyonePulls)
		in.ResourceTags = []types.Tag{{Key: aws.String("team"), Value: aws.String("blue")}}
		in.EncryptionConfiguration = &types.EncryptionConfigurationForRepositoryCreationTemplate{EncryptionType: types.EncryptionTypeKms}
	})).RepositoryCreationTemplate
	if *made.Description != "of a team" || *made.LifecyclePolicy != *keep(1, "v", "expire") || len(made.ImageTagMutabilityExclusionFilters) != 1 || *made.ResourceTags[0].Value != "blue" {
		t.Errorf("made %+v", made)
	}
	_, err := create("team", nil)
	refusedWith(t, "TemplateAlreadyExistsException", err)
	_, err = create("bad", func(in *ecr.CreateRepositoryCreationTemplateInput) {
		in.LifecyclePolicy = aws.String(strings.Repeat("x", 120))
	})
	refusedWith(t, "InvalidParameterException", err)

	r.push("team/api:v1")
	described := must[*ecr.DescribeRepositoriesOutput](t)(r.ecr.DescribeRepositories(ctx, &ecr.DescribeRepositoriesInput{RepositoryNames: []string{"team/api"}})).Repositories[0]
	if described.ImageTagMutability != types.ImageTagMutabilityImmutableWithExclusion || described.EncryptionConfiguration.EncryptionType != types.EncryptionTypeKms ||
		!strings.HasPrefix(*described.EncryptionConfiguration.KmsKey, "arn:aws:kms:us-east-1:123456789012:key/") {
		t.Errorf("made by a push %+v, %+v", described, described.EncryptionConfiguration)
	}
	r.watch.pass(time.Minute)
	r.push("team/api:v2")
	r.watch.pass(2 * time.Hour)
	if got := r.tags(r.ecr, "team/api"); got != "v2" {
		t.Errorf("the lifecycle policy of the template leaves %s", got)
	}
	r.push("plain:v1")
	must[*ecr.UpdateRepositoryCreationTemplateOutput](t)(r.ecr.UpdateRepositoryCreationTemplate(ctx, &ecr.UpdateRepositoryCreationTemplateInput{
		Prefix: aws.String("ROOT"), AppliedFor: []types.RCTAppliedFor{types.RCTAppliedForReplication},
	}))
	if err := remote.Write(r.ref("another:v1"), r.built(""), remote.WithContext(ctx)); err == nil {
		t.Error("a template that is not for pushes made a repository")
	}
	listed := must[*ecr.DescribeRepositoryCreationTemplatesOutput](t)(r.ecr.DescribeRepositoryCreationTemplates(ctx, &ecr.DescribeRepositoryCreationTemplatesInput{}))
	if len(listed.RepositoryCreationTemplates) != 2 || *listed.RepositoryCreationTemplates[1].Prefix != "team" {
		t.Errorf("listed %+v", listed.RepositoryCreationTemplates)
	}
	must[*ecr.DeleteRepositoryCreationTemplateOutput](t)(r.ecr.DeleteRepositoryCreationTemplate(ctx, &ecr.DeleteRepositoryCreationTemplateInput{Prefix: aws.String("team")}))
	_, err = r.ecr.DeleteRepositoryCreationTemplate(ctx, &ecr.DeleteRepositoryCreationTemplateInput{Prefix: aws.String("team")})
	refusedWith(t, "TemplateNotFoundException", err)
	_, err = r.ecr.UpdateRepositoryCreationTemplate(ctx, &ecr.UpdateRepositoryCreationTemplateInput{Prefix: aws.String("team")})
	refusedWith(t, "TemplateNotFoundException", err)
}

func (r *images) cacheRule(prefix, upstream, secret string) error {
	in := &ecr.CreatePullThroughCacheRuleInput{EcrRepositoryPrefix: &prefix, UpstreamRegistryUrl: &upstream}
	if secret != "" {
		in.CredentialArn = &secret
	}
	_, err := r.ecr.CreatePullThroughCacheRule(r.t.Context(), in)
	return err
}

// Rules for caches are kept and checked; what they bring comes from the world's
// own registries, and from nowhere else.
func TestPullThroughCaches(t *testing.T) {
	r := freshImages(t)
	ctx := t.Context()
	if err := r.cacheRule("k8s", "registry.k8s.io", ""); err != nil {
		t.Fatal(err)
	}
	if err := r.cacheRule("west", "123456789012.dkr.ecr.us-west-2.amazonaws.com", ""); err != nil {
		t.Fatal(err)
	}
	refusedWith(t, "PullThroughCacheRuleAlreadyExistsException", r.cacheRule("k8s", "registry.k8s.io", ""))
	refusedWith(t, "UnsupportedUpstreamRegistryException", r.cacheRule("mine", "registry.example.com", ""))
	refusedWith(t, "InvalidParameterException", r.cacheRule("hub", "registry-1.docker.io", ""))
	refusedWith(t, "InvalidParameterException", r.cacheRule("hub", "registry-1.docker.io", "arn:aws:secretsmanager:us-east-1:123456789012:secret:other-aaaaaa"))
	refusedWith(t, "SecretNotFoundException", r.cacheRule("hub", "registry-1.docker.io", "arn:aws:secretsmanager:us-east-1:123456789012:secret:ecr-pullthroughcache/hub-aaaaaa"))
	secrets := secretsmanager.New(secretsmanager.Options{Region: "us-east-1", Credentials: keyed("any"), BaseEndpoint: aws.String("http://emulator.local"), HTTPClient: r.http})
	secret := *must[*secretsmanager.CreateSecretOutput](t)(secrets.CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: aws.String("ecr-pullthroughcache/hub"), SecretString: aws.String("{}")})).ARN
	if err := r.cacheRule("hub", "registry-1.docker.io", secret); err != nil {
		t.Error(err)
	}
	must[*secretsmanager.DeleteSecretOutput](t)(secrets.DeleteSecret(ctx, &secretsmanager.DeleteSecretInput{SecretId: &secret}))
	_, err := r.ecr.UpdatePullThroughCacheRule(ctx, &ecr.UpdatePullThroughCacheRuleInput{EcrRepositoryPrefix: aws.String("hub"), CredentialArn: &secret})
	refusedWith(t, "UnableToAccessSecretException", err)
	updated := must[*ecr.UpdatePullThroughCacheRuleOutput](t)(r.ecr.UpdatePullThroughCacheRule(ctx, &ecr.UpdatePullThroughCacheRuleInput{EcrRepositoryPrefix: aws.String("hub"), CustomRoleArn: aws.String("arn:aws:iam::123456789012:role/x")}))
	if *updated.CredentialArn != secret || *updated.CustomRoleArn != "arn:aws:iam::123456789012:role/x" {
		t.Errorf("updated %+v", updated)
	}
	listed := must[*ecr.DescribePullThroughCacheRulesOutput](t)(r.ecr.DescribePullThroughCacheRules(ctx, &ecr.DescribePullThroughCacheRulesInput{}))
	if len(listed.PullThroughCacheRules) != 3 || listed.PullThroughCacheRules[0].UpstreamRegistry != types.UpstreamRegistryDockerHub || *listed.PullThroughCacheRules[1].UpstreamRepositoryPrefix != "ROOT" {
		t.Errorf("listed %+v", listed.PullThroughCacheRules)
	}
	for prefix, valid := range map[string]bool{"k8s": false, "west": true} {
		out := must[*ecr.ValidatePullThroughCacheRuleOutput](t)(r.ecr.ValidatePullThroughCacheRule(ctx, &ecr.ValidatePullThroughCacheRuleInput{EcrRepositoryPrefix: &prefix}))
		if out.IsValid != valid || (out.Failure == nil) != valid {
			t.Errorf("%s: %v %s", prefix, out.IsValid, aws.ToString(out.Failure))
		}
	}

	get := func(repository string) (*ecr.BatchGetImageOutput, error) {
		return r.ecr.BatchGetImage(ctx, &ecr.BatchGetImageInput{RepositoryName: &repository, ImageIds: []types.ImageIdentifier{*byTag("v1")}})
	}
	_, err = get("k8s/pause")
	wantRefusal(t, err, "UnableToGetUpstreamImageException", "contacts no registry outside of its world")
	_, err = r.ecr.GetDownloadUrlForLayer(ctx, &ecr.GetDownloadUrlForLayerInput{RepositoryName: aws.String("k8s/pause"), LayerDigest: aws.String("sha256:" + strings.Repeat("a", 64))})
	refusedWith(t, "UnableToGetUpstreamLayerException", err)
	_, err = r.ecr.ListImageReferrers(ctx, &ecr.ListImageReferrersInput{RepositoryName: aws.String("k8s/pause"), SubjectId: &types.SubjectIdentifier{ImageDigest: aws.String("sha256:" + strings.Repeat("a", 64))}})
	refusedWith(t, "UnableToListUpstreamImageReferrersException", err)
	if _, err := remote.Get(r.ref("k8s/pause:v1"), remote.WithContext(ctx)); err == nil || !strings.Contains(err.Error(), "registry.k8s.io") {
		t.Errorf("a pull over the registry's protocol: %v", err)
	}
	// The registry of another Region of the world can be had.
	r.repository("src")
	must[*ecr.PutReplicationConfigurationOutput](t)(r.replicate("src", to("123456789012", "us-west-2")))
	digest := r.push("src:v1")
	got := must[*ecr.BatchGetImageOutput](t)(get("west/src"))
	if len(got.Images) != 1 || *got.Images[0].ImageId.ImageDigest != digest {
		t.Errorf("pulled through %+v", got)
	}
	if got := r.tags(r.ecr, "west/src"); got != "v1" {
		t.Errorf("the cache has %s", got)
	}
	deleted := must[*ecr.DeletePullThroughCacheRuleOutput](t)(r.ecr.DeletePullThroughCacheRule(ctx, &ecr.DeletePullThroughCacheRuleInput{EcrRepositoryPrefix: aws.String("k8s")}))
	if *deleted.UpstreamRegistryUrl != "registry.k8s.io" {
		t.Errorf("deleted %+v", deleted)
	}
	for _, call := range []func() error{
		func() error {
			_, err := r.ecr.DeletePullThroughCacheRule(ctx, &ecr.DeletePullThroughCacheRuleInput{EcrRepositoryPrefix: aws.String("k8s")})
			return err
		},
		func() error {
			_, err := r.ecr.ValidatePullThroughCacheRule(ctx, &ecr.ValidatePullThroughCacheRuleInput{EcrRepositoryPrefix: aws.String("k8s")})
			return err
		},
		func() error {
			_, err := r.ecr.DescribePullThroughCacheRules(ctx, &ecr.DescribePullThroughCacheRulesInput{EcrRepositoryPrefixes: []string{"k8s"}})
			return err
		},
	} {
		refusedWith(t, "PullThroughCacheRuleNotFoundException", call())
	}
	_, err = get("k8s/pause")
	refusedWith(t, "RepositoryNotFoundException", err)
}
