package emulator_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	registrytypes "github.com/google/go-containerregistry/pkg/v1/types"
)

// keep is a policy that keeps the newest images with a tag of a prefix.
func keep(count int, prefix, action string) *string {
	if action == "transition" {
		action = `transition","targetStorageClass":"archive`
	}
	return aws.String(fmt.Sprintf(`{"rules":[{"rulePriority":1,"description":"keep","selection":{"tagStatus":"tagged","tagPrefixList":[%q],"countType":"imageCountMoreThan","countNumber":%d},"action":{"type":"%s"}}]}`,
		prefix, count, action))
}

// A policy is previewed, kept, and applied in the world's time.
func TestLifecyclePolicies(t *testing.T) {
	r := freshImages(t)
	ctx, app := t.Context(), aws.String("app")
	r.repository("app")
	for _, tag := range []string{"v1", "v2", "v3", "other"} {
		r.push("app:" + tag)
		r.watch.pass(time.Minute)
	}
	_, err := r.ecr.GetLifecyclePolicyPreview(ctx, &ecr.GetLifecyclePolicyPreviewInput{RepositoryName: app})
	refusedWith(t, "LifecyclePolicyPreviewNotFoundException", err)
	_, err = r.ecr.StartLifecyclePolicyPreview(ctx, &ecr.StartLifecyclePolicyPreviewInput{RepositoryName: app})
	refusedWith(t, "LifecyclePolicyNotFoundException", err)
	begun := must[*ecr.StartLifecyclePolicyPreviewOutput](t)(r.ecr.StartLifecyclePolicyPreview(ctx, &ecr.StartLifecyclePolicyPreviewInput{RepositoryName: app, LifecyclePolicyText: keep(1, "v", "expire")}))
	if begun.Status != types.LifecyclePolicyPreviewStatusInProgress || *begun.LifecyclePolicyText != *keep(1, "v", "expire") {
		t.Errorf("begun %+v", begun)
	}
	_, err = r.ecr.StartLifecyclePolicyPreview(ctx, &ecr.StartLifecyclePolicyPreviewInput{RepositoryName: app, LifecyclePolicyText: keep(1, "v", "expire")})
	refusedWith(t, "LifecyclePolicyPreviewInProgressException", err)
	preview := func(in ecr.GetLifecyclePolicyPreviewInput) *ecr.GetLifecyclePolicyPreviewOutput {
		in.RepositoryName = app
		return must[*ecr.GetLifecyclePolicyPreviewOutput](t)(r.ecr.GetLifecyclePolicyPreview(ctx, &in))
	}
	if out := preview(ecr.GetLifecyclePolicyPreviewInput{}); out.Status != types.LifecyclePolicyPreviewStatusInProgress || out.Summary != nil {
		t.Errorf("at once %+v", out)
	}
	r.watch.pass(time.Minute)
	out := preview(ecr.GetLifecyclePolicyPreviewInput{})
	if out.Status != types.LifecyclePolicyPreviewStatusComplete || *out.Summary.ExpiringImageTotalCount != 2 || len(out.PreviewResults) != 2 ||
		out.PreviewResults[0].ImageTags[0] != "v1" || *out.PreviewResults[0].AppliedRulePriority != 1 || out.PreviewResults[0].Action.Type != types.ImageActionTypeExpire {
		t.Errorf("a minute later %+v", out)
	}
	if out := preview(ecr.GetLifecyclePolicyPreviewInput{ImageIds: []types.ImageIdentifier{*byTag("v2")}}); len(out.PreviewResults) != 1 || out.PreviewResults[0].ImageTags[0] != "v2" {
		t.Errorf("of one image %+v", out.PreviewResults)
	}
	if out := preview(ecr.GetLifecyclePolicyPreviewInput{Filter: &types.LifecyclePolicyPreviewFilter{TagStatus: types.TagStatusUntagged}}); len(out.PreviewResults) != 0 {
		t.Errorf("of untagged images %+v", out.PreviewResults)
	}
	pages := 0
	for p := ecr.NewGetLifecyclePolicyPreviewPaginator(r.ecr, &ecr.GetLifecyclePolicyPreviewInput{RepositoryName: app, MaxResults: aws.Int32(1)}); p.HasMorePages(); pages++ {
		if page := must[*ecr.GetLifecyclePolicyPreviewOutput](t)(p.NextPage(ctx)); len(page.PreviewResults) != 1 {
			t.Errorf("a page of %d", len(page.PreviewResults))
		}
	}
	if pages != 2 || r.tags(r.ecr, "app") != "v1 v2 v3 other" {
		t.Errorf("%d pages, images %s", pages, r.tags(r.ecr, "app"))
	}
	r.watch.pass(25 * time.Hour)
	if out := preview(ecr.GetLifecyclePolicyPreviewInput{}); out.Status != types.LifecyclePolicyPreviewStatusExpired {
		t.Errorf("a day later %s", out.Status)
	}

	put := must[*ecr.PutLifecyclePolicyOutput](t)(r.ecr.PutLifecyclePolicy(ctx, &ecr.PutLifecyclePolicyInput{RepositoryName: app, LifecyclePolicyText: keep(2, "v", "expire")}))
	got := must[*ecr.GetLifecyclePolicyOutput](t)(r.ecr.GetLifecyclePolicy(ctx, &ecr.GetLifecyclePolicyInput{RepositoryName: app}))
	if *put.LifecyclePolicyText != *got.LifecyclePolicyText || got.LastEvaluatedAt != nil {
		t.Errorf("put %+v, got %+v", put, got)
	}
	r.watch.pass(59 * time.Minute)
	if got := r.tags(r.ecr, "app"); got != "v1 v2 v3 other" {
		t.Errorf("before the hour: %s", got)
	}
	r.watch.pass(2 * time.Minute)
	if got := r.tags(r.ecr, "app"); got != "v2 v3 other" {
		t.Errorf("after the hour: %s", got)
	}
	// Whatever is pushed later goes at a later hour, and the time of the last one shows.
	r.push("app:v4")
	r.watch.pass(72 * time.Hour)
	deleted := must[*ecr.DeleteLifecyclePolicyOutput](t)(r.ecr.DeleteLifecyclePolicy(ctx, &ecr.DeleteLifecyclePolicyInput{RepositoryName: app}))
	if got := r.tags(r.ecr, "app"); got != "v3 other v4" || deleted.LastEvaluatedAt == nil || *deleted.LifecyclePolicyText != *put.LifecyclePolicyText {
		t.Errorf("three days later: %s, deleted %+v", got, deleted)
	}
	_, err = r.ecr.DeleteLifecyclePolicy(ctx, &ecr.DeleteLifecyclePolicyInput{RepositoryName: app})
	refusedWith(t, "LifecyclePolicyNotFoundException", err)
	r.watch.pass(72 * time.Hour)
	if got := r.tags(r.ecr, "app"); got != "v3 other v4" {
		t.Errorf("without a policy: %s", got)
	}
	_, err = r.ecr.PutLifecyclePolicy(ctx, &ecr.PutLifecyclePolicyInput{RepositoryName: app, LifecyclePolicyText: aws.String(strings.Replace(*keep(1, "v", "expire"), "tagged", "all", 1))})
	wantRefusal(t, err, "InvalidParameterException", `Lifecycle policy validation failure: instance value ("all") not found in enum`)
}

// Ages are counted at each hour that has passed, not only at the last, whenever
// somebody looks; an index takes its images along, and a subject its referrers.
func TestLifecycleOfManyDays(t *testing.T) {
	r := freshImages(t)
	ctx, app := t.Context(), aws.String("app")
	r.repository("app")
	index := must[v1.ImageIndex](t)(random.Index(100, 1, 2))
	if err := remote.WriteIndex(r.ref("app:many"), index, remote.WithContext(ctx)); err != nil {
		t.Fatal(err)
	}
	subject := r.built("")
	r.pushed("app:signed", subject)
	described := must[*v1.Descriptor](t)(descriptor(subject))
	signature := mutate.Subject(mutate.ConfigMediaType(r.built(""), "application/vnd.example.signature"), *described).(v1.Image)
	r.pushed("app:sig", signature)
	policy := `{"rules":[
		{"rulePriority":1,"selection":{"tagStatus":"any","countType":"sinceImagePushed","countUnit":"days","countNumber":3},"action":{"type":"transition","targetStorageClass":"archive"}},
		{"rulePriority":2,"selection":{"tagStatus":"any","storageClass":"archive","countType":"sinceImageTransitioned","countUnit":"days","countNumber":90},"action":{"type":"expire"}}]}`
	must[*ecr.PutLifecyclePolicyOutput](t)(r.ecr.PutLifecyclePolicy(ctx, &ecr.PutLifecyclePolicyInput{RepositoryName: app, LifecyclePolicyText: &policy}))
	count := func(status types.ImageStatusFilter) int {
		out := must[*ecr.DescribeImagesOutput](t)(r.ecr.DescribeImages(ctx, &ecr.DescribeImagesInput{RepositoryName: app, Filter: &types.DescribeImagesFilter{ImageStatus: status}}))
		return len(out.ImageDetails)
	}
	if got := count("ANY"); got != 5 {
		t.Fatalf("%d images", got)
	}
	r.watch.pass(4 * 24 * time.Hour)
	if active, archived := count(""), count("ARCHIVED"); active != 0 || archived != 5 {
		t.Errorf("after four days %d are active, %d archived", active, archived)
	}
	out := must[*ecr.DescribeImagesOutput](t)(r.ecr.DescribeImages(ctx, &ecr.DescribeImagesInput{RepositoryName: app, ImageIds: []types.ImageIdentifier{*byTag("signed")}}))
	if image := out.ImageDetails[0]; image.ImageStatus != types.ImageStatusArchived || image.LastArchivedAt.Sub(*image.ImagePushedAt) > 73*time.Hour+time.Minute {
		t.Errorf("archived %v after %v", image.ImageStatus, image.LastArchivedAt.Sub(*image.ImagePushedAt))
	}
	r.watch.pass(400 * 24 * time.Hour)
	if got := count("ANY"); got != 0 {
		t.Errorf("after a year there are %d images", got)
	}
}

func descriptor(image v1.Image) (*v1.Descriptor, error) {
	digest, err := image.Digest()
	if err != nil {
		return nil, err
	}
	size, err := image.Size()
	return &v1.Descriptor{MediaType: registrytypes.DockerManifestSchema2, Digest: digest, Size: size}, err
}

// The SDK's waiters end when a preview and a scan do.
func TestWaitersOfECR(t *testing.T) {
	r := fastImages(t)
	ctx, app := t.Context(), aws.String("app")
	r.repository("app")
	r.push("app:v1")
	must[*ecr.StartLifecyclePolicyPreviewOutput](t)(r.ecr.StartLifecyclePolicyPreview(ctx, &ecr.StartLifecyclePolicyPreviewInput{RepositoryName: app, LifecyclePolicyText: keep(1, "v", "expire")}))
	previewed := ecr.NewLifecyclePolicyPreviewCompleteWaiter(r.ecr, func(o *ecr.LifecyclePolicyPreviewCompleteWaiterOptions) { o.MinDelay, o.MaxDelay = quick, quick })
	if err := previewed.Wait(ctx, &ecr.GetLifecyclePolicyPreviewInput{RepositoryName: app}, time.Minute); err != nil {
		t.Error(err)
	}
	must[*ecr.StartImageScanOutput](t)(r.ecr.StartImageScan(ctx, &ecr.StartImageScanInput{RepositoryName: app, ImageId: byTag("v1")}))
	scanned := ecr.NewImageScanCompleteWaiter(r.ecr, func(o *ecr.ImageScanCompleteWaiterOptions) { o.MinDelay, o.MaxDelay = quick, quick })
	if err := scanned.Wait(ctx, &ecr.DescribeImageScanFindingsInput{RepositoryName: app, ImageId: byTag("v1")}, time.Minute); err != nil {
		t.Error(err)
	}
}
