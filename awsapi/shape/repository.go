package shape

import (
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"gantry/ecs"
)

// RepositoryFromSDK reads an ECR repository.
func RepositoryFromSDK(r types.Repository) ecs.Repository {
	return ecs.Repository{
		ARN: text[ecs.ARN](r.RepositoryArn), Name: text[string](r.RepositoryName),
		URI: text[string](r.RepositoryUri), CreatedAt: instant(r.CreatedAt),
	}
}

// RepositoryToSDK writes an ECR repository. The registry is the account of its ARN.
func RepositoryToSDK(r ecs.Repository) types.Repository {
	return types.Repository{
		RegistryId: optional(r.ARN.Scope().Account), RepositoryArn: optional(r.ARN), RepositoryName: optional(r.Name),
		RepositoryUri: optional(r.URI), CreatedAt: moment(r.CreatedAt),
	}
}

// ImageFromSDK reads an image of an ECR repository.
func ImageFromSDK(i types.ImageDetail) ecs.Image {
	image := ecs.Image{
		Repository: text[string](i.RepositoryName), Digest: text[string](i.ImageDigest), Tags: List(i.ImageTags, same),
		MediaType: text[string](i.ImageManifestMediaType), PushedAt: instant(i.ImagePushedAt),
	}
	if i.ImageSizeInBytes != nil {
		image.SizeBytes = *i.ImageSizeInBytes
	}
	return image
}

// ImageToSDK writes an image of an ECR repository in the registry of that account. An image without a tag has no list of
// tags [API:ImageDetail].
func ImageToSDK(i ecs.Image, account string) types.ImageDetail {
	return types.ImageDetail{
		RegistryId: optional(account), RepositoryName: optional(i.Repository), ImageDigest: optional(i.Digest),
		ImageTags: some(i.Tags, same), ImageSizeInBytes: &i.SizeBytes,
		ImageManifestMediaType: optional(i.MediaType), ImagePushedAt: moment(i.PushedAt),
	}
}
