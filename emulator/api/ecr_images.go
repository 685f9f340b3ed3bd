package api

import (
	"context"
	"fmt"
	"slices"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"gantry/awsapi/shape"
	"gantry/ecs"
	"gantry/emulator/registry"
)

// mostImageIDs is how many images a batch operation takes (ECS semantics 10.4).
const mostImageIDs = 100

func imageID(id types.ImageIdentifier) registry.ImageID {
	return registry.ImageID{Digest: text[string](id.ImageDigest), Tag: text[string](id.ImageTag)}
}

func showImageID(id registry.ImageID) types.ImageIdentifier {
	shown := types.ImageIdentifier{}
	if id.Digest != "" {
		shown.ImageDigest = &id.Digest
	}
	if id.Tag != "" {
		shown.ImageTag = &id.Tag
	}
	return shown
}

func showImageFailure(f registry.ImageFailure) types.ImageFailure {
	id := showImageID(f.ID)
	return types.ImageFailure{FailureCode: types.ImageFailureCode(f.Code), FailureReason: &f.Reason, ImageId: &id}
}

func (e *ECR) showImage(image registry.Image) types.ImageDetail {
	shown := shape.ImageToSDK(ecs.Image{
		Repository: image.Repository, Digest: image.Digest, Tags: image.Tags, SizeBytes: image.SizeBytes,
		MediaType: image.MediaType, PushedAt: image.PushedAt,
	}, e.scope.Account)
	if image.ArtifactMediaType != "" {
		shown.ArtifactMediaType = &image.ArtifactMediaType
	}
	if !image.LastPulledAt.IsZero() {
		shown.LastRecordedPullTime = &image.LastPulledAt
	}
	shown.ImageStatus, shown.SubjectManifestDigest = types.ImageStatus(image.Status), optional(image.Subject)
	if !image.ArchivedAt.IsZero() {
		shown.LastArchivedAt = &image.ArchivedAt
	}
	if !image.ActivatedAt.IsZero() {
		shown.LastActivatedAt = &image.ActivatedAt
	}
	if scan := image.Scan; scan != nil {
		shown.ImageScanStatus = scanStatus(scan)
		if !scan.CompletedAt.IsZero() {
			shown.ImageScanFindingsSummary = &types.ImageScanFindingsSummary{
				ImageScanCompletedAt: &scan.CompletedAt, VulnerabilitySourceUpdatedAt: &scan.StartedAt, FindingSeverityCounts: severityCounts(scan.Findings),
			}
		}
	}
	return shown
}

// tagged reports whether an image has the tag status that is asked for.
func tagged(has bool, status types.TagStatus) bool {
	switch status {
	case types.TagStatusTagged:
		return has
	case types.TagStatusUntagged:
		return !has
	}
	return true
}

// DescribeImages shows images by id, or all of a repository in pages.
func (e *ECR) DescribeImages(_ context.Context, in *sdk.DescribeImagesInput) (*sdk.DescribeImagesOutput, error) {
	name, err := e.repository(in.RepositoryName, in.RegistryId)
	if err != nil {
		return nil, err
	}
	filter := types.DescribeImagesFilter{}
	if in.Filter != nil {
		filter = *in.Filter
	}
	if err := first(checkEnum("filter.tagStatus", filter.TagStatus), checkEnum("filter.imageStatus", filter.ImageStatus)); err != nil {
		return nil, err
	}
	if len(in.ImageIds) > 0 {
		return e.describeByID(name, in)
	}
	images, err := e.images.Images(name)
	if err != nil {
		return nil, err
	}
	images = slices.DeleteFunc(images, func(image registry.Image) bool {
		return !tagged(len(image.Tags) > 0, filter.TagStatus) || !hasStatus(image, string(filter.ImageStatus))
	})
	part, next, err := cutPage(images, func(image registry.Image) string {
		return fmt.Sprintf("%020d %s", image.PushedAt.UnixNano(), image.Digest)
	}, in.NextToken, in.MaxResults, 100, 1000)
	out := &sdk.DescribeImagesOutput{ImageDetails: []types.ImageDetail{}, NextToken: next}
	for _, image := range part {
		out.ImageDetails = append(out.ImageDetails, e.showImage(image))
	}
	return out, err
}

func (e *ECR) describeByID(name string, in *sdk.DescribeImagesInput) (*sdk.DescribeImagesOutput, error) {
	if in.NextToken != nil || in.MaxResults != nil {
		return nil, unfit("imageIds", "cannot be given together with nextToken or maxResults")
	}
	if err := checkImageIDs(in.ImageIds); err != nil {
		return nil, err
	}
	out := &sdk.DescribeImagesOutput{ImageDetails: []types.ImageDetail{}}
	for _, id := range in.ImageIds {
		image, _, err := e.images.Image(name, imageID(id))
		if err != nil {
			return nil, err
		}
		out.ImageDetails = append(out.ImageDetails, e.showImage(image))
	}
	return out, nil
}

// ListImages lists one id for each tag, and one for each untagged image.
func (e *ECR) ListImages(_ context.Context, in *sdk.ListImagesInput) (*sdk.ListImagesOutput, error) {
	name, err := e.repository(in.RepositoryName, in.RegistryId)
	if err != nil {
		return nil, err
	}
	filter := types.ListImagesFilter{}
	if in.Filter != nil {
		filter = *in.Filter
	}
	if err := first(checkEnum("filter.tagStatus", filter.TagStatus), checkEnum("filter.imageStatus", filter.ImageStatus)); err != nil {
		return nil, err
	}
	images, err := e.images.Images(name)
	if err != nil {
		return nil, err
	}
	var ids []registry.ImageID
	for _, image := range images {
		tags := image.Tags
		if len(tags) == 0 {
			tags = []string{""}
		}
		for _, tag := range tags {
			if tagged(tag != "", filter.TagStatus) && hasStatus(image, string(filter.ImageStatus)) {
				ids = append(ids, registry.ImageID{Digest: image.Digest, Tag: tag})
			}
		}
	}
	part, next, err := cutPage(ids, func(id registry.ImageID) string { return id.Digest + " " + id.Tag }, in.NextToken, in.MaxResults, 100, 1000)
	out := &sdk.ListImagesOutput{ImageIds: []types.ImageIdentifier{}, NextToken: next}
	for _, id := range part {
		out.ImageIds = append(out.ImageIds, showImageID(id))
	}
	return out, err
}

func checkImageIDs(ids []types.ImageIdentifier) error {
	if len(ids) < 1 || len(ids) > mostImageIDs {
		return invalid("Invalid parameter at 'imageIds' failed to satisfy constraint: 'Member must have length between 1 and %d'", mostImageIDs)
	}
	return nil
}

// BatchGetImage gives the manifests of images.
func (e *ECR) BatchGetImage(_ context.Context, in *sdk.BatchGetImageInput) (*sdk.BatchGetImageOutput, error) {
	name, err := e.repository(in.RepositoryName, in.RegistryId)
	if err != nil {
		return nil, err
	}
	if err := checkImageIDs(in.ImageIds); err != nil {
		return nil, err
	}
	out := &sdk.BatchGetImageOutput{Images: []types.Image{}, Failures: []types.ImageFailure{}}
	for _, given := range in.ImageIds {
		id := imageID(given)
		if failure, ok := e.images.CheckImageID(id); !ok {
			out.Failures = append(out.Failures, showImageFailure(failure))
			continue
		}
		image, manifest, err := e.images.Pull(name, id)
		if err != nil {
			failure, ok := e.images.FailureOf(id, err)
			if !ok {
				return nil, err
			}
			out.Failures = append(out.Failures, showImageFailure(failure))
			continue
		}
		e.images.RecordPull(name, image)
		out.Images = append(out.Images, e.showManifest(image, manifest, id.Tag))
	}
	return out, nil
}

func (e *ECR) showManifest(image registry.Image, manifest []byte, tag string) types.Image {
	content, id := string(manifest), showImageID(registry.ImageID{Digest: image.Digest, Tag: tag})
	return types.Image{
		ImageId: &id, ImageManifest: &content, ImageManifestMediaType: &image.MediaType,
		RegistryId: &e.scope.Account, RepositoryName: &image.Repository,
	}
}

// BatchDeleteImage deletes tags and images.
func (e *ECR) BatchDeleteImage(_ context.Context, in *sdk.BatchDeleteImageInput) (*sdk.BatchDeleteImageOutput, error) {
	name, err := e.repository(in.RepositoryName, in.RegistryId)
	if err != nil {
		return nil, err
	}
	if err := checkImageIDs(in.ImageIds); err != nil {
		return nil, err
	}
	deleted, failures, err := e.images.DeleteImages(name, shape.List(in.ImageIds, imageID))
	if err != nil {
		return nil, err
	}
	return &sdk.BatchDeleteImageOutput{
		ImageIds: shape.List(deleted, showImageID), Failures: shape.List(failures, showImageFailure),
	}, nil
}

// PutImage stores the manifest of an image whose layers are there.
func (e *ECR) PutImage(_ context.Context, in *sdk.PutImageInput) (*sdk.PutImageOutput, error) {
	name, err := e.repository(in.RepositoryName, in.RegistryId)
	if err != nil {
		return nil, err
	}
	manifest := []byte(text[string](in.ImageManifest))
	image, err := e.images.PutImage(registry.Push{
		Repository: name, Manifest: manifest, MediaType: text[string](in.ImageManifestMediaType),
		Tag: text[string](in.ImageTag), Digest: text[string](in.ImageDigest),
	})
	if err != nil {
		return nil, err
	}
	shown := e.showManifest(image, manifest, text[string](in.ImageTag))
	return &sdk.PutImageOutput{Image: &shown}, nil
}
