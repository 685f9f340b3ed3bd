package emulator_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

func (r *images) findings(repository, tag string) (*ecr.DescribeImageScanFindingsOutput, error) {
	return r.ecr.DescribeImageScanFindings(r.t.Context(), &ecr.DescribeImageScanFindingsInput{RepositoryName: &repository, ImageId: byTag(tag)})
}

// A scan takes its time and finds what the image says of itself.
func TestScans(t *testing.T) {
	r := freshImages(t)
	ctx, app := t.Context(), aws.String("app")
	r.repository("app")
	digest := r.pushed("app:bad", r.built("high=2 critical=CVE-2024-3094@xz-utils:5.6.0,CVE-2024-1 takes=90s"))
	_, err := r.findings("app", "bad")
	refusedWith(t, "ScanNotFoundException", err)
	start := func(tag string) (*ecr.StartImageScanOutput, error) {
		return r.ecr.StartImageScan(ctx, &ecr.StartImageScanInput{RepositoryName: app, ImageId: byTag(tag)})
	}
	begun := must[*ecr.StartImageScanOutput](t)(start("bad"))
	if begun.ImageScanStatus.Status != types.ScanStatusInProgress || *begun.ImageId.ImageDigest != digest || *begun.ImageId.ImageTag != "bad" {
		t.Errorf("begun %+v", begun)
	}
	r.watch.pass(89 * time.Second)
	if out := must[*ecr.DescribeImageScanFindingsOutput](t)(r.findings("app", "bad")); out.ImageScanStatus.Status != types.ScanStatusInProgress || out.ImageScanFindings != nil {
		t.Errorf("before its time %+v", out)
	}
	r.watch.pass(2 * time.Second)
	out := must[*ecr.DescribeImageScanFindingsOutput](t)(r.findings("app", "bad"))
	found := out.ImageScanFindings
	if out.ImageScanStatus.Status != types.ScanStatusComplete || found.FindingSeverityCounts["CRITICAL"] != 2 || found.FindingSeverityCounts["HIGH"] != 2 || len(found.Findings) != 4 {
		t.Fatalf("found %+v", out)
	}
	worst := found.Findings[0]
	if *worst.Name != "CVE-2024-3094" || worst.Severity != types.FindingSeverityCritical || !strings.HasSuffix(*worst.Uri, "CVE-2024-3094") ||
		*worst.Attributes[0].Value != "xz-utils" || *worst.Attributes[1].Key != "package_version" || *worst.Attributes[1].Value != "5.6.0" {
		t.Errorf("the worst is %+v", worst)
	}
	described := must[*ecr.DescribeImagesOutput](t)(r.ecr.DescribeImages(ctx, &ecr.DescribeImagesInput{RepositoryName: app})).ImageDetails[0]
	if described.ImageScanStatus.Status != types.ScanStatusComplete || described.ImageScanFindingsSummary.FindingSeverityCounts["HIGH"] != 2 {
		t.Errorf("described %+v", described)
	}
	names := ""
	for p := ecr.NewDescribeImageScanFindingsPaginator(r.ecr, &ecr.DescribeImageScanFindingsInput{RepositoryName: app, ImageId: byTag("bad"), MaxResults: aws.Int32(3)}); p.HasMorePages(); {
		for _, one := range must[*ecr.DescribeImageScanFindingsOutput](t)(p.NextPage(ctx)).ImageScanFindings.Findings {
			names += *one.Name + " "
		}
	}
	if names != "CVE-2024-3094 CVE-2024-1 EXAMPLE-HIGH-1 EXAMPLE-HIGH-2 " {
		t.Errorf("pages of %s", names)
	}
	_, err = start("bad")
	refusedWith(t, "LimitExceededException", err)
	r.watch.pass(24 * time.Hour)
	must[*ecr.StartImageScanOutput](t)(start("bad"))

	// An image that says nothing has nothing; one that says nonsense hears of it.
	for tag, tt := range map[string]struct {
		label  string
		status types.ScanStatus
		says   string
	}{
		"clean":   {"", types.ScanStatusComplete, "successfully"},
		"broken":  {"fail", types.ScanStatusFailed, "label"},
		"strange": {"fail=unsupported", types.ScanStatusUnsupportedImage, "not supported"},
		"typo":    {"terrible=1", types.ScanStatusFailed, `"terrible=1" is none of critical=`},
		"time":    {"takes=soon", types.ScanStatusFailed, "not a time"},
		"name":    {"low=a@b@c", types.ScanStatusFailed, `"a@b@c" is no finding`},
		"many":    {"low=10001", types.ScanStatusFailed, "not between 0 and 10000"},
		"more":    {"low=6000 high=6000", types.ScanStatusFailed, "more than 10000 findings"},
	} {
		r.pushed("app:"+tag, r.built(tt.label))
		must[*ecr.StartImageScanOutput](t)(start(tag))
		r.watch.pass(time.Minute)
		out := must[*ecr.DescribeImageScanFindingsOutput](t)(r.findings("app", tag))
		if out.ImageScanStatus.Status != tt.status || !strings.Contains(aws.ToString(out.ImageScanStatus.Description), tt.says) {
			t.Errorf("%s: %s %s", tag, out.ImageScanStatus.Status, aws.ToString(out.ImageScanStatus.Description))
		}
		if complete := tt.status == types.ScanStatusComplete; complete != (out.ImageScanFindings != nil) || complete && len(out.ImageScanFindings.Findings) != 0 {
			t.Errorf("%s: found %+v", tag, out.ImageScanFindings)
		}
	}
	index := must[v1.ImageIndex](t)(random.Index(100, 1, 1))
	if err := remote.WriteIndex(r.ref("app:index"), index, remote.WithContext(ctx)); err != nil {
		t.Fatal(err)
	}
	_, err = start("index")
	refusedWith(t, "UnsupportedImageTypeException", err)
	must[*ecr.UpdateImageStorageClassOutput](t)(r.ecr.UpdateImageStorageClass(ctx, &ecr.UpdateImageStorageClassInput{RepositoryName: app, ImageId: byTag("typo"), TargetStorageClass: types.TargetStorageClassArchive}))
	r.watch.pass(24 * time.Hour)
	_, err = start("typo")
	refusedWith(t, "ImageArchivedException", err)
}

// Images are scanned when they are pushed where the repository or the registry
// says so, and Inspector's findings have its own form.
func TestScanOnPush(t *testing.T) {
	r := freshImages(t)
	ctx := t.Context()
	for _, name := range []string{"app", "team/web", "other"} {
		r.repository(name)
	}
	put := must[*ecr.PutImageScanningConfigurationOutput](t)(r.ecr.PutImageScanningConfiguration(ctx, &ecr.PutImageScanningConfigurationInput{
		RepositoryName: aws.String("app"), ImageScanningConfiguration: &types.ImageScanningConfiguration{ScanOnPush: true},
	}))
	if !put.ImageScanningConfiguration.ScanOnPush {
		t.Errorf("put %+v", put)
	}
	configure := func(scanType types.ScanType, frequency types.ScanFrequency, filter string) (*ecr.PutRegistryScanningConfigurationOutput, error) {
		return r.ecr.PutRegistryScanningConfiguration(ctx, &ecr.PutRegistryScanningConfigurationInput{ScanType: scanType, Rules: []types.RegistryScanningRule{{
			ScanFrequency: frequency, RepositoryFilters: []types.ScanningRepositoryFilter{{Filter: &filter, FilterType: types.ScanningRepositoryFilterTypeWildcard}},
		}}})
	}
	first := must[*ecr.GetRegistryScanningConfigurationOutput](t)(r.ecr.GetRegistryScanningConfiguration(ctx, &ecr.GetRegistryScanningConfigurationInput{}))
	if first.ScanningConfiguration.ScanType != types.ScanTypeBasic || len(first.ScanningConfiguration.Rules) != 0 || *first.RegistryId != "123456789012" {
		t.Errorf("at first %+v", first)
	}
	_, err := configure(types.ScanTypeBasic, types.ScanFrequencyContinuousScan, "team/*")
	refusedWith(t, "InvalidParameterException", err)
	_, err = configure(types.ScanTypeBasic, types.ScanFrequencyScanOnPush, "Team")
	refusedWith(t, "InvalidParameterException", err)
	must[*ecr.PutRegistryScanningConfigurationOutput](t)(configure(types.ScanTypeBasic, types.ScanFrequencyScanOnPush, "team/*"))
	of := func() string {
		out := must[*ecr.BatchGetRepositoryScanningConfigurationOutput](t)(r.ecr.BatchGetRepositoryScanningConfiguration(ctx, &ecr.BatchGetRepositoryScanningConfigurationInput{
			RepositoryNames: []string{"app", "team/web", "other", "none"},
		}))
		if len(out.Failures) != 1 || out.Failures[0].FailureCode != types.ScanningConfigurationFailureCodeRepositoryNotFound {
			t.Errorf("failures %+v", out.Failures)
		}
		said := ""
		for _, one := range out.ScanningConfigurations {
			said += *one.RepositoryName + "=" + string(one.ScanFrequency)
			for _, filter := range one.AppliedScanFilters {
				said += "(" + *filter.Filter + ")"
			}
			if one.ScanOnPush != (one.ScanFrequency != types.ScanFrequencyManual) {
				t.Errorf("%+v", one)
			}
			said += " "
		}
		return said
	}
	if got := of(); got != "app=SCAN_ON_PUSH team/web=SCAN_ON_PUSH(team/*) other=MANUAL " {
		t.Error(got)
	}
	for _, repository := range []string{"app", "team/web", "other"} {
		r.pushed(repository+":v1", r.built("low=1"))
	}
	r.watch.pass(time.Minute)
	for repository, scanned := range map[string]bool{"app": true, "team/web": true, "other": false} {
		out, err := r.findings(repository, "v1")
		if !scanned {
			refusedWith(t, "ScanNotFoundException", err)
		} else if err != nil || len(out.ImageScanFindings.Findings) != 1 {
			t.Errorf("%s: %+v %v", repository, out, err)
		}
	}

	must[*ecr.PutRegistryScanningConfigurationOutput](t)(configure(types.ScanTypeEnhanced, types.ScanFrequencyContinuousScan, "web"))
	if got := of(); got != "app=MANUAL team/web=CONTINUOUS_SCAN(web) other=MANUAL " {
		t.Error(got)
	}
	_, err = r.ecr.StartImageScan(ctx, &ecr.StartImageScanInput{RepositoryName: aws.String("app"), ImageId: byTag("v1")})
	refusedWith(t, "ValidationException", err)
	digest := r.pushed("team/web:v2", r.built("critical=CVE-1@openssl:3.0 low=2"))
	if out := must[*ecr.DescribeImageScanFindingsOutput](t)(r.findings("team/web", "v2")); out.ImageScanStatus.Status != types.ScanStatusPending {
		t.Errorf("at once %s", out.ImageScanStatus.Status)
	}
	r.watch.pass(time.Minute)
	out := must[*ecr.DescribeImageScanFindingsOutput](t)(r.findings("team/web", "v2"))
	if out.ImageScanStatus.Status != types.ScanStatusActive || len(out.ImageScanFindings.EnhancedFindings) != 3 || out.ImageScanFindings.Findings != nil {
		t.Fatalf("found %+v", out)
	}
	worst := out.ImageScanFindings.EnhancedFindings[0]
	if *worst.Severity != "CRITICAL" || *worst.PackageVulnerabilityDetails.VulnerabilityId != "CVE-1" || *worst.PackageVulnerabilityDetails.VulnerablePackages[0].Version != "3.0" ||
		*worst.Resources[0].Details.AwsEcrContainerImage.ImageHash != digest || *worst.FindingArn == *out.ImageScanFindings.EnhancedFindings[1].FindingArn {
		t.Errorf("the worst is %+v", worst)
	}
}
