package emulator_test

import (
	"io"
	"slices"
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

func to(account, region string) types.ReplicationDestination { return *towards(account, region) }

func towards(account, region string) *types.ReplicationDestination {
	return &types.ReplicationDestination{RegistryId: &account, Region: &region}
}

func (r *images) replicate(prefix string, destinations ...types.ReplicationDestination) (*ecr.PutReplicationConfigurationOutput, error) {
	rule := types.ReplicationRule{Destinations: destinations}
	if prefix != "" {
		rule.RepositoryFilters = []types.RepositoryFilter{{Filter: &prefix, FilterType: types.RepositoryFilterTypePrefixMatch}}
	}
	return r.ecr.PutReplicationConfiguration(r.t.Context(), &ecr.PutReplicationConfigurationInput{
		ReplicationConfiguration: &types.ReplicationConfiguration{Rules: []types.ReplicationRule{rule}},
	})
}

// What is pushed arrives in the Regions and accounts that the registry names,
// whole, and goes no further from there.
func TestReplication(t *testing.T) {
	r := freshImages(t)
	ctx := t.Context()
	west, other := r.in("123456789012", "us-west-2"), r.in("111122223333", "eu-west-1")
	for _, name := range []string{"prod/app", "dev/app"} {
		r.repository(name)
	}
	before := r.push("prod/app:before")
	_, err := r.replicate("", to("123456789012", "us-east-1"))
	wantRefusal(t, err, "InvalidParameterException", "cannot be the same as the source registry")
	put := must[*ecr.PutReplicationConfigurationOutput](t)(r.replicate("prod", to("123456789012", "us-west-2"), to("111122223333", "eu-west-1")))
	registry := must[*ecr.DescribeRegistryOutput](t)(r.ecr.DescribeRegistry(ctx, &ecr.DescribeRegistryInput{}))
	if len(put.ReplicationConfiguration.Rules) != 1 || len(registry.ReplicationConfiguration.Rules[0].Destinations) != 2 || *registry.ReplicationConfiguration.Rules[0].RepositoryFilters[0].Filter != "prod" {
		t.Errorf("put %+v, registry %+v", put, registry)
	}
	back := types.ReplicationConfiguration{Rules: []types.ReplicationRule{{Destinations: []types.ReplicationDestination{to("123456789012", "us-east-1")}}}}
	must[*ecr.PutReplicationConfigurationOutput](t)(west.PutReplicationConfiguration(ctx, &ecr.PutReplicationConfigurationInput{ReplicationConfiguration: &back}))

	image := r.built("")
	digest := r.pushed("prod/app:v1", image)
	index := must[v1.ImageIndex](t)(random.Index(100, 1, 2))
	if err := remote.WriteIndex(r.ref("prod/app:many"), index, remote.WithContext(ctx)); err != nil {
		t.Fatal(err)
	}
	r.push("dev/app:v1")
	for name, client := range map[string]*ecr.Client{"west": west, "other": other} {
		got := strings.Fields(r.tags(client, "prod/app"))
		if slices.Sort(got); !slices.Equal(got, []string{"-", "-", "many", "v1"}) {
			t.Errorf("%s has %s", name, got)
		}
		_, err := client.DescribeImages(ctx, &ecr.DescribeImagesInput{RepositoryName: aws.String("dev/app")})
		refusedWith(t, "RepositoryNotFoundException", err)
		layers, err := image.Layers()
		if err != nil {
			t.Fatal(err)
		}
		layer := must[v1.Hash](t)(layers[0].Digest()).String()
		url := must[*ecr.GetDownloadUrlForLayerOutput](t)(client.GetDownloadUrlForLayer(ctx, &ecr.GetDownloadUrlForLayerInput{RepositoryName: aws.String("prod/app"), LayerDigest: &layer}))
		response, err := r.http.Get(*url.DownloadUrl)
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(response.Body)
		if size := must[int64](t)(layers[0].Size()); err != nil || int64(len(content)) != size {
			t.Errorf("%s: %d bytes of %d of the layer, %v", name, len(content), size, err)
		}
		_ = response.Body.Close()
	}
	status := func(tag string) string {
		out := must[*ecr.DescribeImageReplicationStatusOutput](t)(r.ecr.DescribeImageReplicationStatus(ctx, &ecr.DescribeImageReplicationStatusInput{RepositoryName: aws.String("prod/app"), ImageId: byTag(tag)}))
		said := ""
		for _, one := range out.ReplicationStatuses {
			said += *one.RegistryId + " " + *one.Region + " " + string(one.Status) + " " + aws.ToString(one.FailureCode) + "; "
		}
		return said
	}
	if got := status("v1"); got != "111122223333 eu-west-1 COMPLETE ; 123456789012 us-west-2 COMPLETE ; " {
		t.Errorf("the status is %s", got)
	}
	if got := status("before"); got != "" {
		t.Errorf("an image from before has %s", got)
	}
	// A tag that may not move there does not.
	must[*ecr.PutImageTagMutabilityOutput](t)(west.PutImageTagMutability(ctx, &ecr.PutImageTagMutabilityInput{RepositoryName: aws.String("prod/app"), ImageTagMutability: types.ImageTagMutabilityImmutable}))
	r.push("prod/app:v1")
	if got := status("v1"); got != "111122223333 eu-west-1 COMPLETE ; 123456789012 us-west-2 FAILED ImageTagAlreadyExistsException; " {
		t.Errorf("the status of what cannot be replicated is %s", got)
	}
	described := must[*ecr.DescribeImagesOutput](t)(west.DescribeImages(ctx, &ecr.DescribeImagesInput{RepositoryName: aws.String("prod/app"), ImageIds: []types.ImageIdentifier{*byTag("v1")}}))
	if *described.ImageDetails[0].ImageDigest != digest {
		t.Error("the tag moved all the same")
	}
	r.backfill(west, other, before)
}

// backfill sends what was there before.
func (r *images) backfill(west, other *ecr.Client, before string) {
	t, ctx := r.t, r.t.Context()
	_, err := r.ecr.StartReplicationBackfill(ctx, &ecr.StartReplicationBackfillInput{Destination: towards("123456789012", "eu-north-1")})
	refusedWith(t, "InvalidParameterException", err)
	begun := must[*ecr.StartReplicationBackfillOutput](t)(r.ecr.StartReplicationBackfill(ctx, &ecr.StartReplicationBackfillInput{Destination: towards("111122223333", "eu-west-1")}))
	_, err = r.ecr.StartReplicationBackfill(ctx, &ecr.StartReplicationBackfillInput{Destination: towards("111122223333", "eu-west-1")})
	refusedWith(t, "ReplicationBackfillInProgressException", err)
	stopped := must[*ecr.StartReplicationBackfillOutput](t)(r.ecr.StartReplicationBackfill(ctx, &ecr.StartReplicationBackfillInput{Destination: towards("123456789012", "us-west-2")}))
	if out := must[*ecr.StopReplicationBackfillOutput](t)(r.ecr.StopReplicationBackfill(ctx, &ecr.StopReplicationBackfillInput{ReplicationBackfillId: stopped.ReplicationBackfillId})); out.Status != types.ReplicationBackfillStatusStopped {
		t.Errorf("stopped: %s", out.Status)
	}
	_, err = r.ecr.StopReplicationBackfill(ctx, &ecr.StopReplicationBackfillInput{ReplicationBackfillId: stopped.ReplicationBackfillId})
	refusedWith(t, "ReplicationBackfillInvalidStatusException", err)
	_, err = r.ecr.StopReplicationBackfill(ctx, &ecr.StopReplicationBackfillInput{ReplicationBackfillId: aws.String("none")})
	refusedWith(t, "ReplicationBackfillNotFoundException", err)
	results := func(in ecr.DescribeReplicationBackfillResultsInput) *ecr.DescribeReplicationBackfillResultsOutput {
		in.ReplicationBackfillId = begun.ReplicationBackfillId
		return must[*ecr.DescribeReplicationBackfillResultsOutput](t)(r.ecr.DescribeReplicationBackfillResults(ctx, &in))
	}
	if out := results(ecr.DescribeReplicationBackfillResultsInput{}); out.Status != types.ReplicationBackfillStatusPreparing || out.Progress != nil || out.EndedAt != nil {
		t.Errorf("at once %+v", out)
	}
	r.watch.pass(time.Minute)
	out := results(ecr.DescribeReplicationBackfillResultsInput{MaxResults: aws.Int32(2)})
	// before, v1, the moved v1's old image, and an index with two images
	if out.Status != types.ReplicationBackfillStatusComplete || *out.Progress.TotalReplicationCount != 6 || *out.Progress.CompletedReplicationCount != 6 || len(out.Results) != 2 || out.NextToken == nil {
		t.Errorf("a minute later %+v, %+v", out, out.Progress)
	}
	if out := results(ecr.DescribeReplicationBackfillResultsInput{ResultStatusFilter: types.ReplicationBackfillResultStatusFailed}); len(out.Results) != 0 {
		t.Errorf("failed %+v", out.Results)
	}
	got := must[*ecr.DescribeImagesOutput](t)(other.DescribeImages(ctx, &ecr.DescribeImagesInput{RepositoryName: aws.String("prod/app"), ImageIds: []types.ImageIdentifier{*byTag("before")}}))
	if *got.ImageDetails[0].ImageDigest != before {
		t.Errorf("the backfill brought %+v", got.ImageDetails)
	}
	_, err = west.DescribeImages(ctx, &ecr.DescribeImagesInput{RepositoryName: aws.String("prod/app"), ImageIds: []types.ImageIdentifier{*byTag("before")}})
	refusedWith(t, "ImageNotFoundException", err)
	listed := must[*ecr.ListReplicationBackfillsOutput](t)(r.ecr.ListReplicationBackfills(ctx, &ecr.ListReplicationBackfillsInput{}))
	if len(listed.Backfills) != 2 {
		t.Errorf("listed %+v", listed.Backfills)
	}
}
