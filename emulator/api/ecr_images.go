package api

import (
	"context"
	"fmt"
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
	out := &sdk.DescribeImagesOutput{ImageDetails: []types.ImageDetail{}}
	if len(in.ImageIds) > 0 {
		for _, id := range in.ImageIds {
			image, _, err := e.images.Image(name, imageID(id))
			if err != nil {
				return nil, err
			}
			out.ImageDetails = append(out.ImageDetails, e.showImage(image))
		}
		return out, nil
	}
	images, err := e.images.Images(name)
	if err != nil {
		return nil, err
	}
	status := types.TagStatusAny
	if in.Filter != nil {
		status = in.Filter.TagStatus
	}
	by, keys := map[string]registry.Image{}, []string{}
	for _, image := range images {
		if tagged(len(image.Tags) > 0, status) {
			key := fmt.Sprintf("%020d %s", image.PushedAt.UnixNano(), image.Digest)
			by[key] = image
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	keys, out.NextToken, err = page(keys, in.NextToken, in.MaxResults, 100, 1000)
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		out.ImageDetails = append(out.ImageDetails, e.showImage(by[key]))
	}
	return out, nil
}

// ListImages lists one id for each tag, and one for each untagged image.
func (e *ECR) ListImages(_ context.Context, in *sdk.ListImagesInput) (*sdk.ListImagesOutput, error) {
	name, err := e.repository(in.RepositoryName, in.RegistryId)
	if err != nil {
		return nil, err
	}
	images, err := e.images.Images(name)
	if err != nil {
		return nil, err
	}
	status := types.TagStatusAny
	if in.Filter != nil {
		status = in.Filter.TagStatus
	}
	by, keys := map[string]registry.ImageID{}, []string{}
	for _, image := range images {
		tags := image.Tags
		if len(tags) == 0 {
			tags = []string{""}
		}
		for _, tag := range tags {
			if tagged(tag != "", status) {
				key := image.Digest + " " + tag
				by[key] = registry.ImageID{Digest: image.Digest, Tag: tag}
				keys = append(keys, key)
			}
		}
	}
	slices.Sort(keys)
	out := &sdk.ListImagesOutput{ImageIds: []types.ImageIdentifier{}}
	keys, out.NextToken, err = page(keys, in.NextToken, in.MaxResults, 100, 1000)
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		out.ImageIds = append(out.ImageIds, showImageID(by[key]))
	}
	return out, nil
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
		image, manifest, err := e.images.Image(name, id)
		if err != nil {
			failure, ok := e.images.FailureOf(id, err)
			if !ok {
				return nil, err
			}
			out.Failures = append(out.Failures, showImageFailure(failure))
			continue
		}
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
		bytes, available, err := e.images.BlobAvailable(found.Name, digest)
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
		if available {
			layer.LayerAvailability, layer.LayerSize = types.LayerAvailabilityAvailable, &bytes
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
	_, available, err := e.images.BlobAvailable(name, digest)
	if err != nil {
		return nil, err
	}
	if !available {
		return nil, refuse("LayersNotFoundException", "The layer with digest '%s' does not exist in the repository with name '%s' in the registry with id '%s'",
			digest, name, e.scope.Account)
	}
	path := "/v2/" + name + "/blobs/" + digest
	url := schemeOf(e.r) + "://" + e.r.Host + path
	if key, ok := sealOf(e.r); ok {
		url += "?" + PermitParameter + "=" + key.Permit(path, time.Now().Add(layerLife))
	}
	return &sdk.GetDownloadUrlForLayerOutput{DownloadUrl: &url, LayerDigest: &digest}, nil
}
