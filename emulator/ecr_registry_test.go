package emulator_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	registrytypes "github.com/google/go-containerregistry/pkg/v1/types"
)

// Policies are kept as they came when they have the form of one.
func TestPoliciesOfECR(t *testing.T) {
	r := freshImages(t)
	ctx, app, policy := t.Context(), aws.String("app"), aws.String(anyonePulls)
	r.repository("app")
	_, err := r.ecr.GetRepositoryPolicy(ctx, &ecr.GetRepositoryPolicyInput{RepositoryName: app})
	refusedWith(t, "RepositoryPolicyNotFoundException", err)
	set := must[*ecr.SetRepositoryPolicyOutput](t)(r.ecr.SetRepositoryPolicy(ctx, &ecr.SetRepositoryPolicyInput{RepositoryName: app, PolicyText: policy}))
	got := must[*ecr.GetRepositoryPolicyOutput](t)(r.ecr.GetRepositoryPolicy(ctx, &ecr.GetRepositoryPolicyInput{RepositoryName: app}))
	gone := must[*ecr.DeleteRepositoryPolicyOutput](t)(r.ecr.DeleteRepositoryPolicy(ctx, &ecr.DeleteRepositoryPolicyInput{RepositoryName: app}))
	if *set.PolicyText != *policy || *got.PolicyText != *policy || *gone.PolicyText != *policy || *got.RepositoryName != "app" {
		t.Errorf("set %+v, got %+v, gone %+v", set, got, gone)
	}
	_, err = r.ecr.DeleteRepositoryPolicy(ctx, &ecr.DeleteRepositoryPolicyInput{RepositoryName: app})
	refusedWith(t, "RepositoryPolicyNotFoundException", err)

	_, err = r.ecr.GetRegistryPolicy(ctx, &ecr.GetRegistryPolicyInput{})
	refusedWith(t, "RegistryPolicyNotFoundException", err)
	must[*ecr.PutRegistryPolicyOutput](t)(r.ecr.PutRegistryPolicy(ctx, &ecr.PutRegistryPolicyInput{PolicyText: policy}))
	registry := must[*ecr.GetRegistryPolicyOutput](t)(r.ecr.GetRegistryPolicy(ctx, &ecr.GetRegistryPolicyInput{}))
	deleted := must[*ecr.DeleteRegistryPolicyOutput](t)(r.ecr.DeleteRegistryPolicy(ctx, &ecr.DeleteRegistryPolicyInput{}))
	if *registry.PolicyText != *policy || *registry.RegistryId != "123456789012" || *deleted.PolicyText != *policy {
		t.Errorf("registry %+v, deleted %+v", registry, deleted)
	}
	_, err = r.ecr.DeleteRegistryPolicy(ctx, &ecr.DeleteRegistryPolicyInput{})
	refusedWith(t, "RegistryPolicyNotFoundException", err)

	for says, bad := range map[string]string{
		"no JSON object":           `[]`,
		"has no Statement":         `{"Version":"2012-10-17","Statement":[]}`,
		"its Version":              `{"Version":"2020-01-01","Statement":[{}]}`,
		"neither Allow nor Deny":   `{"Statement":{"Effect":"Maybe"}}`,
		"a statement has no Princ": `{"Statement":{"Effect":"Allow"}}`,
		"a statement has no Act":   `{"Statement":{"Effect":"Allow","Principal":"*"}}`,
		"must have length":         strings.Repeat("x", 10241),
	} {
		_, err := r.ecr.SetRepositoryPolicy(ctx, &ecr.SetRepositoryPolicyInput{RepositoryName: app, PolicyText: &bad})
		wantRefusal(t, err, "InvalidParameterException", says)
		_, err = r.ecr.PutRegistryPolicy(ctx, &ecr.PutRegistryPolicyInput{PolicyText: &bad})
		wantRefusal(t, err, "InvalidParameterException", says)
	}
}

// Settings of the account are kept, and those with an effect have it.
func TestAccountSettingsOfECR(t *testing.T) {
	r := freshImages(t)
	ctx := t.Context()
	value := func(name string) string {
		return *must[*ecr.GetAccountSettingOutput](t)(r.ecr.GetAccountSetting(ctx, &ecr.GetAccountSettingInput{Name: &name})).Value
	}
	put := func(name, value string) error {
		_, err := r.ecr.PutAccountSetting(ctx, &ecr.PutAccountSettingInput{Name: &name, Value: &value})
		return err
	}
	if got := value("BASIC_SCAN_TYPE_VERSION") + " " + value("REGISTRY_POLICY_SCOPE") + " " + value("BLOB_MOUNTING"); got != "AWS_NATIVE V2 DISABLED" {
		t.Errorf("at first %s", got)
	}
	if err := put("BLOB_MOUNTING", "ENABLED"); err != nil || value("BLOB_MOUNTING") != "ENABLED" {
		t.Errorf("%v, %s", err, value("BLOB_MOUNTING"))
	}
	refusedWith(t, "InvalidParameterException", put("BLOB_MOUNTING", "SOMETIMES"))
	refusedWith(t, "InvalidParameterException", put("NONE", "ENABLED"))

	// Pulls of a principal that is excluded leave no time.
	r.repository("app")
	caller := must[*sts.GetCallerIdentityOutput](t)(sts.New(sts.Options{Region: "us-east-1", Credentials: keyed("any"), BaseEndpoint: aws.String("http://emulator.local"), HTTPClient: r.http}).
		GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})).Arn
	pull := func(tag string) *time.Time {
		r.push("app:" + tag)
		must[*ecr.BatchGetImageOutput](t)(r.ecr.BatchGetImage(ctx, &ecr.BatchGetImageInput{RepositoryName: aws.String("app"), ImageIds: []types.ImageIdentifier{*byTag(tag)}}))
		return must[*ecr.DescribeImagesOutput](t)(r.ecr.DescribeImages(ctx, &ecr.DescribeImagesInput{RepositoryName: aws.String("app"), ImageIds: []types.ImageIdentifier{*byTag(tag)}})).ImageDetails[0].LastRecordedPullTime
	}
	if pull("v1") == nil {
		t.Error("a pull leaves no time")
	}
	must[*ecr.RegisterPullTimeUpdateExclusionOutput](t)(r.ecr.RegisterPullTimeUpdateExclusion(ctx, &ecr.RegisterPullTimeUpdateExclusionInput{PrincipalArn: caller}))
	_, err := r.ecr.RegisterPullTimeUpdateExclusion(ctx, &ecr.RegisterPullTimeUpdateExclusionInput{PrincipalArn: caller})
	refusedWith(t, "ExclusionAlreadyExistsException", err)
	_, err = r.ecr.RegisterPullTimeUpdateExclusion(ctx, &ecr.RegisterPullTimeUpdateExclusionInput{PrincipalArn: aws.String("me")})
	refusedWith(t, "InvalidParameterException", err)
	if at := pull("v2"); at != nil {
		t.Errorf("an excluded pull leaves %s", at)
	}
	listed := must[*ecr.ListPullTimeUpdateExclusionsOutput](t)(r.ecr.ListPullTimeUpdateExclusions(ctx, &ecr.ListPullTimeUpdateExclusionsInput{}))
	if len(listed.PullTimeUpdateExclusions) != 1 || listed.PullTimeUpdateExclusions[0] != *caller {
		t.Errorf("listed %v", listed.PullTimeUpdateExclusions)
	}
	must[*ecr.DeregisterPullTimeUpdateExclusionOutput](t)(r.ecr.DeregisterPullTimeUpdateExclusion(ctx, &ecr.DeregisterPullTimeUpdateExclusionInput{PrincipalArn: caller}))
	_, err = r.ecr.DeregisterPullTimeUpdateExclusion(ctx, &ecr.DeregisterPullTimeUpdateExclusionInput{PrincipalArn: caller})
	refusedWith(t, "ExclusionNotFoundException", err)
}

// What is to be signed is kept; that nothing is, is said.
func TestSigningOfImages(t *testing.T) {
	r := freshImages(t)
	ctx := t.Context()
	r.repository("app")
	_, err := r.ecr.GetSigningConfiguration(ctx, &ecr.GetSigningConfigurationInput{})
	refusedWith(t, "SigningConfigurationNotFoundException", err)
	profile := aws.String("arn:aws:signer:us-east-1:123456789012:/signing-profiles/mine")
	configure := func(profile, filter *string) error {
		_, err := r.ecr.PutSigningConfiguration(ctx, &ecr.PutSigningConfigurationInput{SigningConfiguration: &types.SigningConfiguration{Rules: []types.SigningRule{{
			SigningProfileArn: profile, RepositoryFilters: []types.SigningRepositoryFilter{{Filter: filter, FilterType: types.SigningRepositoryFilterTypeWildcardMatch}},
		}}}})
		return err
	}
	status := func(tag string) []types.ImageSigningStatus {
		return must[*ecr.DescribeImageSigningStatusOutput](t)(r.ecr.DescribeImageSigningStatus(ctx, &ecr.DescribeImageSigningStatusInput{RepositoryName: aws.String("app"), ImageId: byTag(tag)})).SigningStatuses
	}
	r.push("app:before")
	r.watch.pass(time.Second)
	refusedWith(t, "InvalidParameterException", configure(aws.String("mine"), aws.String("a*")))
	refusedWith(t, "InvalidParameterException", configure(profile, aws.String("A*")))
	if err := configure(profile, aws.String("a*")); err != nil {
		t.Fatal(err)
	}
	got := must[*ecr.GetSigningConfigurationOutput](t)(r.ecr.GetSigningConfiguration(ctx, &ecr.GetSigningConfigurationInput{}))
	if rule := got.SigningConfiguration.Rules[0]; *rule.SigningProfileArn != *profile || *rule.RepositoryFilters[0].Filter != "a*" {
		t.Errorf("got %+v", rule)
	}
	r.push("app:after")
	if all := status("after"); len(status("before")) != 0 || len(all) != 1 || all[0].Status != types.SigningStatusFailed || !strings.Contains(*all[0].FailureReason, "no AWS Signer") {
		t.Errorf("before %+v, after %+v", status("before"), all)
	}
	must[*ecr.DeleteSigningConfigurationOutput](t)(r.ecr.DeleteSigningConfiguration(ctx, &ecr.DeleteSigningConfigurationInput{}))
	_, err = r.ecr.DeleteSigningConfiguration(ctx, &ecr.DeleteSigningConfigurationInput{})
	refusedWith(t, "SigningConfigurationNotFoundException", err)
}

// What refers to an image is listed by both doors.
func TestReferrers(t *testing.T) {
	r := freshImages(t)
	ctx := t.Context()
	r.repository("app")
	subject := r.built("")
	digest := r.pushed("app:v1", subject)
	about := must[*v1.Descriptor](t)(descriptor(subject))
	note := mutate.Subject(mutate.Annotations(mutate.ConfigMediaType(mutate.MediaType(r.built(""), registrytypes.OCIManifestSchema1), "application/vnd.example.sbom"), map[string]string{"by": "me"}), *about).(v1.Image)
	noted := r.pushed("app:sbom", note)
	list := func(kinds ...string) []types.ImageReferrer {
		in := &ecr.ListImageReferrersInput{RepositoryName: aws.String("app"), SubjectId: &types.SubjectIdentifier{ImageDigest: &digest}}
		if kinds != nil {
			in.Filter = &types.ListImageReferrersFilter{ArtifactTypes: kinds}
		}
		return must[*ecr.ListImageReferrersOutput](t)(r.ecr.ListImageReferrers(ctx, in)).Referrers
	}
	all := list()
	if len(all) != 1 || *all[0].Digest != noted || *all[0].ArtifactType != "application/vnd.example.sbom" || all[0].Annotations["by"] != "me" ||
		all[0].ArtifactStatus != types.ArtifactStatusActive || *all[0].Size != must[int64](t)(note.Size()) {
		t.Errorf("referrers %+v", all)
	}
	if len(list("application/vnd.example.sbom")) != 1 || len(list("other")) != 0 {
		t.Error("the filter is not heeded")
	}
	index := must[v1.ImageIndex](t)(remote.Referrers(r.ref("app:v1").Context().Digest(digest), remote.WithContext(ctx)))
	if manifest := must[*v1.IndexManifest](t)(index.IndexManifest()); len(manifest.Manifests) != 1 || manifest.Manifests[0].Digest.String() != noted {
		t.Errorf("over the registry's protocol %+v", manifest)
	}
	described := must[*ecr.DescribeImagesOutput](t)(r.ecr.DescribeImages(ctx, &ecr.DescribeImagesInput{RepositoryName: aws.String("app"), ImageIds: []types.ImageIdentifier{*byTag("sbom")}}))
	if *described.ImageDetails[0].SubjectManifestDigest != digest {
		t.Errorf("its subject is %s", *described.ImageDetails[0].SubjectManifestDigest)
	}
}
