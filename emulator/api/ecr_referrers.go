package api

import (
	"context"
	"slices"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"gantry/emulator/registry"
)

// ListImageReferrers lists the artifacts whose subject an image is.
func (e *ECR) ListImageReferrers(_ context.Context, in *sdk.ListImageReferrersInput) (*sdk.ListImageReferrersOutput, error) {
	name, err := e.repository(in.RepositoryName, in.RegistryId)
	if err != nil {
		return nil, err
	}
	if err := needed("subjectId", in.SubjectId != nil && text[string](in.SubjectId.ImageDigest) != ""); err != nil {
		return nil, err
	}
	subject := registry.ImageID{Digest: *in.SubjectId.ImageDigest}
	if failure, ok := e.images.CheckImageID(subject); !ok {
		return nil, invalid("%s", failure.Reason)
	}
	filter := types.ListImageReferrersFilter{}
	if in.Filter != nil {
		filter = *in.Filter
	}
	if err := first(checkEnum("artifactStatus", filter.ArtifactStatus), checkLength("artifactTypes", len(filter.ArtifactTypes), 0, 5)); err != nil {
		return nil, err
	}
	all, err := e.images.Referrers(name, subject.Digest)
	if err != nil {
		return nil, e.upstreamInstead(name, err, registry.CodeUpstreamReferrers, "The referrers of '"+subject.Digest+"'")
	}
	all = slices.DeleteFunc(all, func(one registry.Referrer) bool {
		return !hasStatus(one.Image, string(filter.ArtifactStatus)) || len(filter.ArtifactTypes) > 0 && !slices.Contains(filter.ArtifactTypes, one.ArtifactMediaType)
	})
	part, next, err := cutPage(all, func(one registry.Referrer) string { return one.Digest }, in.NextToken, in.MaxResults, 50, 50)
	out := &sdk.ListImageReferrersOutput{NextToken: next, Referrers: []types.ImageReferrer{}}
	for _, one := range part {
		out.Referrers = append(out.Referrers, types.ImageReferrer{
			Digest: &one.Digest, MediaType: &one.MediaType, ArtifactType: optional(one.ArtifactMediaType), Size: &one.ManifestBytes,
			Annotations: one.Annotations, ArtifactStatus: types.ArtifactStatus(one.Status),
		})
	}
	return out, err
}

// hasStatus reports whether an image has the status that is asked for; nothing
// asks for active ones [ECR: ListImagesFilter].
func hasStatus(image registry.Image, wanted string) bool {
	switch wanted {
	case "":
		return image.Status == registry.StatusActive
	case string(types.ImageStatusFilterAny):
		return true
	}
	return image.Status == wanted
}

// upstreamInstead words that something is not there where a pull through cache
// rule covers the repository: it would come from upstream, which is out of reach.
func (e *ECR) upstreamInstead(repository string, err error, code, what string) error {
	found, _, refused := registryRefusal(err)
	if !refused || found != registry.CodeRepositoryNotFound && found != registry.CodeLayersNotFound {
		return err
	}
	rule, covered, failed := e.images.RuleFor(repository)
	if failed != nil || !covered {
		return first(failed, err)
	}
	return refuse(code, "%s cannot be had from %s by the pull through cache rule with prefix '%s': only whole images come from there, and %s",
		what, rule.UpstreamURL, rule.Prefix, registry.OnlyHere)
}

// UpdateImageStorageClass moves an image to the archive or brings it back.
func (e *ECR) UpdateImageStorageClass(_ context.Context, in *sdk.UpdateImageStorageClassInput) (*sdk.UpdateImageStorageClassOutput, error) {
	name, id, err := e.oneImage(in.RepositoryName, in.RegistryId, in.ImageId)
	if err != nil {
		return nil, err
	}
	if err := first(needed("targetStorageClass", in.TargetStorageClass != ""), checkEnum("targetStorageClass", in.TargetStorageClass)); err != nil {
		return nil, err
	}
	image, err := e.images.SetStorageClass(name, id, string(in.TargetStorageClass))
	if err != nil {
		return nil, err
	}
	shown := showImageID(registry.ImageID{Digest: image.Digest, Tag: id.Tag})
	return &sdk.UpdateImageStorageClassOutput{ImageId: &shown, ImageStatus: types.ImageStatus(image.Status), RegistryId: &e.scope.Account, RepositoryName: &name}, nil
}
