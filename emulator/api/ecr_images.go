package api

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"time"

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

// BatchCheckLayerAvailability says which layers a repository has.
func (e *ECR) BatchCheckLayerAvailability(_ context.Context, in *sdk.BatchCheckLayerAvailabilityInput) (*sdk.BatchCheckLayerAvailabilityOutput, error) {
	found, err := e.found(in.RepositoryName, in.RegistryId)
	if err != nil {
		return nil, err
	}
	if len(in.LayerDigests) < 1 || len(in.LayerDigests) > mostImageIDs {
		return nil, invalid("Invalid parameter at 'layerDigests' failed to satisfy constraint: 'Member must have length between 1 and %d'", mostImageIDs)
	}
	out := &sdk.BatchCheckLayerAvailabilityOutput{Layers: []types.Layer{}, Failures: []types.LayerFailure{}}
	for _, digest := range in.LayerDigests {
		if digest == "" {
			reason := "The layer digest is missing."
			out.Failures = append(out.Failures, types.LayerFailure{FailureCode: types.LayerFailureCodeMissingLayerDigest, FailureReason: &reason, LayerDigest: &digest})
			continue
		}
		kept, err := e.images.Layer(found.Name, digest)
		if err != nil {
			if _, message, refused := registryRefusal(err); refused {
				out.Failures = append(out.Failures, types.LayerFailure{
					FailureCode: types.LayerFailureCodeInvalidLayerDigest, FailureReason: &message, LayerDigest: &digest,
				})
				continue
			}
			return nil, err
		}
		layer := types.Layer{LayerDigest: &digest, LayerAvailability: types.LayerAvailabilityUnavailable}
		if kept.Available {
			layer.LayerAvailability, layer.LayerSize = types.LayerAvailabilityAvailable, &kept.SizeBytes
		}
		if kept.Archived {
			layer.LayerAvailability = types.LayerAvailabilityArchived
		}
		out.Layers = append(out.Layers, layer)
	}
	return out, nil
}

// InitiateLayerUpload begins the upload of a layer in parts.
func (e *ECR) InitiateLayerUpload(_ context.Context, in *sdk.InitiateLayerUploadInput) (*sdk.InitiateLayerUploadOutput, error) {
	name, err := e.repository(in.RepositoryName, in.RegistryId)
	if err != nil {
		return nil, err
	}
	id, size, err := e.images.InitiateLayerUpload(name)
	if err != nil {
		return nil, err
	}
	return &sdk.InitiateLayerUploadOutput{UploadId: &id, PartSize: &size}, nil
}

// UploadLayerPart takes one part of a layer.
func (e *ECR) UploadLayerPart(_ context.Context, in *sdk.UploadLayerPartInput) (*sdk.UploadLayerPartOutput, error) {
	name, err := e.repository(in.RepositoryName, in.RegistryId)
	if err != nil {
		return nil, err
	}
	if in.PartFirstByte == nil || in.PartLastByte == nil {
		return nil, invalid("Invalid parameter at 'partFirstByte' failed to satisfy constraint: 'must not be null'")
	}
	received, err := e.images.UploadLayerPart(name, text[string](in.UploadId), *in.PartFirstByte, *in.PartLastByte, in.LayerPartBlob)
	if err != nil {
		return nil, err
	}
	return &sdk.UploadLayerPartOutput{
		LastByteReceived: &received, RegistryId: &e.scope.Account, RepositoryName: &name, UploadId: in.UploadId,
	}, nil
}

// CompleteLayerUpload makes a layer of the parts.
func (e *ECR) CompleteLayerUpload(_ context.Context, in *sdk.CompleteLayerUploadInput) (*sdk.CompleteLayerUploadOutput, error) {
	name, err := e.repository(in.RepositoryName, in.RegistryId)
	if err != nil {
		return nil, err
	}
	digest, err := e.images.CompleteLayerUpload(name, text[string](in.UploadId), in.LayerDigests)
	if err != nil {
		return nil, err
	}
	return &sdk.CompleteLayerUploadOutput{
		LayerDigest: &digest, RegistryId: &e.scope.Account, RepositoryName: &name, UploadId: in.UploadId,
	}, nil
}

// layerLife is how long the URL of a layer is good for where a gate asks.
const layerLife = time.Hour

// GetDownloadUrlForLayer says where a layer can be read: at the registry of the
// endpoint that was asked.
func (e *ECR) GetDownloadUrlForLayer(_ context.Context, in *sdk.GetDownloadUrlForLayerInput) (*sdk.GetDownloadUrlForLayerOutput, error) { //nolint:revive // the operation's own name
	name, err := e.repository(in.RepositoryName, in.RegistryId)
	if err != nil {
		return nil, err
	}
	digest := text[string](in.LayerDigest)
	layer, err := e.images.Layer(name, digest)
	switch {
	case err != nil:
		return nil, e.upstreamInstead(name, err, registry.CodeUpstreamLayer, "The layer '"+digest+"'")
	case !layer.Available:
		return nil, refuse(registry.CodeLayersNotFound, "The layer with digest '%s' does not exist in the repository with name '%s' in the registry with id '%s'",
			digest, name, e.scope.Account)
	case !layer.Used, layer.Archived:
		return nil, refuse(registry.CodeLayerInaccessible, "The layer with digest '%s' in the repository with name '%s' is not available: no image has it that is not archived", digest, name)
	}
	address := e.downloadURL(name, digest)
	return &sdk.GetDownloadUrlForLayerOutput{DownloadUrl: &address, LayerDigest: &digest}, nil
}

// downloadURL is where a layer can be read. It is presigned as ECR's is, as far
// as it says whose it is; whoever asks for it need not be a client of AWS.
func (e *ECR) downloadURL(name, digest string) string {
	path := "/v2/" + name + "/blobs/" + digest
	query := url.Values{"X-Amz-Credential": {fmt.Sprintf("%s/%s/%s/ecr/aws4_request", e.scope.Account, e.s.cfg.World.Now().UTC().Format("20060102"), e.scope.Region)}}
	if key, ok := sealOf(e.r); ok {
		query.Set(PermitParameter, key.Permit(path, time.Now().Add(layerLife)))
	}
	return schemeOf(e.r) + "://" + e.r.Host + path + "?" + query.Encode()
}
