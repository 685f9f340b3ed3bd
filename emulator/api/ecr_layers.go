package api

import (
	"context"
	"fmt"
	"net/url"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"gantry/emulator/registry"
)

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
