package api

import (
	"context"
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"gantry/ecs"
	"gantry/emulator/registry"
	"gantry/emulator/store"
)

// ECR answers one request of Amazon ECR. The registry has transactions of its
// own, so there is none around the request.
type ECR struct {
	s      *Server
	r      *http.Request
	images *registry.Registry
	scope  ecs.Scope
	host   string // in the URIs of repositories
}

// onRegistry is an operation of ECR; changed says that it may take images away.
func onRegistry[I, O any](changed bool, handle func(*ECR, context.Context, *I) (*O, error)) named {
	return named{name: nameOf[I](), run: func(ctx context.Context, s *Server, r *http.Request, decode decoder) (any, error) {
		in, err := decodeInput[I](decode)
		if err != nil {
			return nil, err
		}
		if s.cfg.Registry == nil {
			return nil, &ecs.Error{Code: codeUnknownOperation, Message: "This emulator has no image registry."}
		}
		e := &ECR{s: s, r: r, images: s.cfg.Registry}
		if err := s.view(func(tx *store.Tx) error { e.scope = tx.Scope(); return nil }); err != nil {
			return nil, err
		}
		if e.host = s.registryHost(r); e.host == "" {
			e.host = ecrHost(e.scope)
		}
		out, err := handle(e, ctx, in)
		if err == nil && changed && s.cfg.ImagesChanged != nil {
			s.cfg.ImagesChanged()
		}
		return out, err
	}}
}

// ecrOperations are the operations of Amazon ECR that are emulated.
func ecrOperations() map[string]operation {
	return operations(
		onRegistry(false, (*ECR).GetAuthorizationToken),
		onRegistry(false, (*ECR).CreateRepository),
		onRegistry(true, (*ECR).DeleteRepository),
		onRegistry(false, (*ECR).DescribeRepositories),
		onRegistry(false, (*ECR).PutImageTagMutability),
		onRegistry(false, (*ECR).PutImageScanningConfiguration),
		onRegistry(false, (*ECR).SetRepositoryPolicy),
		onRegistry(false, (*ECR).GetRepositoryPolicy),
		onRegistry(false, (*ECR).DeleteRepositoryPolicy),
		onRegistry(false, (*ECR).PutLifecyclePolicy),
		onRegistry(false, (*ECR).GetLifecyclePolicy),
		onRegistry(false, (*ECR).DeleteLifecyclePolicy),
		onRegistry(false, (*ECR).DescribeImages),
		onRegistry(false, (*ECR).ListImages),
		onRegistry(false, (*ECR).BatchGetImage),
		onRegistry(true, (*ECR).BatchDeleteImage),
		onRegistry(false, (*ECR).PutImage),
		onRegistry(false, (*ECR).BatchCheckLayerAvailability),
		onRegistry(false, (*ECR).InitiateLayerUpload),
		onRegistry(false, (*ECR).UploadLayerPart),
		onRegistry(false, (*ECR).CompleteLayerUpload),
		onRegistry(false, (*ECR).GetDownloadUrlForLayer),
		onRegistry(false, (*ECR).TagResource),
		onRegistry(false, (*ECR).UntagResource),
		onRegistry(false, (*ECR).ListTagsForResource),
		onRegistry(false, (*ECR).DescribeRegistry),
		onRegistry(false, (*ECR).PutReplicationConfiguration),
		onRegistry(false, (*ECR).DescribeImageReplicationStatus),
		onRegistry(false, (*ECR).StartReplicationBackfill),
		onRegistry(false, (*ECR).StopReplicationBackfill),
		onRegistry(false, (*ECR).ListReplicationBackfills),
		onRegistry(false, (*ECR).DescribeReplicationBackfillResults),
		onRegistry(false, (*ECR).PutRegistryPolicy),
		onRegistry(false, (*ECR).GetRegistryPolicy),
		onRegistry(false, (*ECR).DeleteRegistryPolicy),
		onRegistry(false, (*ECR).StartLifecyclePolicyPreview),
		onRegistry(false, (*ECR).GetLifecyclePolicyPreview),
		onRegistry(false, (*ECR).StartImageScan),
		onRegistry(false, (*ECR).DescribeImageScanFindings),
		onRegistry(false, (*ECR).PutRegistryScanningConfiguration),
		onRegistry(false, (*ECR).GetRegistryScanningConfiguration),
		onRegistry(false, (*ECR).BatchGetRepositoryScanningConfiguration),
		onRegistry(false, (*ECR).CreatePullThroughCacheRule),
		onRegistry(false, (*ECR).DescribePullThroughCacheRules),
		onRegistry(false, (*ECR).UpdatePullThroughCacheRule),
		onRegistry(false, (*ECR).ValidatePullThroughCacheRule),
		onRegistry(false, (*ECR).DeletePullThroughCacheRule),
		onRegistry(false, (*ECR).CreateRepositoryCreationTemplate),
		onRegistry(false, (*ECR).DescribeRepositoryCreationTemplates),
		onRegistry(false, (*ECR).UpdateRepositoryCreationTemplate),
		onRegistry(false, (*ECR).DeleteRepositoryCreationTemplate),
		onRegistry(false, (*ECR).GetAccountSetting),
		onRegistry(false, (*ECR).PutAccountSetting),
		onRegistry(false, (*ECR).RegisterPullTimeUpdateExclusion),
		onRegistry(false, (*ECR).ListPullTimeUpdateExclusions),
		onRegistry(false, (*ECR).DeregisterPullTimeUpdateExclusion),
		onRegistry(false, (*ECR).PutSigningConfiguration),
		onRegistry(false, (*ECR).GetSigningConfiguration),
		onRegistry(false, (*ECR).DeleteSigningConfiguration),
		onRegistry(false, (*ECR).DescribeImageSigningStatus),
		onRegistry(false, (*ECR).ListImageReferrers),
		onRegistry(true, (*ECR).UpdateImageStorageClass),
	)
}

// repository reads the name of a repository, which must be one of this account.
func (e *ECR) repository(name, registryID *string) (string, error) {
	given := text[string](name)
	if id := text[string](registryID); id != "" && id != e.scope.Account {
		return "", refuse(registry.CodeRepositoryNotFound,
			"The repository with name '%s' does not exist in the registry with id '%s'", given, id)
	}
	if given == "" {
		return "", invalid("Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must not be null'")
	}
	return given, nil
}

// tokenLife is how long an authorization token is good for (ECS semantics 10.2).
const tokenLife = 12 * time.Hour

// GetAuthorizationToken gives a token that any docker login takes. The emulator's
// registry asks nobody who he is, unless a gate asks for signatures, which then
// knows the token.
func (e *ECR) GetAuthorizationToken(_ context.Context, in *sdk.GetAuthorizationTokenInput) (*sdk.GetAuthorizationTokenOutput, error) {
	// The time is a real one: docker and its kind compare it with their clocks.
	expires, password := time.Now().Add(tokenLife), "gantry"
	if key, ok := sealOf(e.r); ok {
		password = key.Permit(PermitRegistry, expires)
	}
	token := base64.StdEncoding.EncodeToString([]byte("AWS:" + password))
	endpoint := "https://" + e.host
	if e.host != ecrHost(e.scope) {
		endpoint = schemeOf(e.r) + "://" + e.host
	}
	endpoints := []string{endpoint}
	if ids := in.RegistryIds; len(ids) > 0 { //nolint:staticcheck // it is deprecated, and older clients still send it
		if err := first(checkLength("registryIds", len(ids), 1, mostRegistries), checkPattern("registryIds", registryRule, ids...)); err != nil {
			return nil, err
		}
		endpoints = nil
		for _, id := range ids {
			if id == e.scope.Account {
				endpoints = append(endpoints, endpoint)
			} else {
				endpoints = append(endpoints, "https://"+ecrHost(ecs.Scope{Account: id, Region: e.scope.Region}))
			}
		}
	}
	out := &sdk.GetAuthorizationTokenOutput{}
	for _, one := range endpoints {
		out.AuthorizationData = append(out.AuthorizationData, types.AuthorizationData{AuthorizationToken: &token, ExpiresAt: &expires, ProxyEndpoint: &one})
	}
	return out, nil
}

// mostRegistries is how many registries a token can be asked for at once
// [ECR: GetAuthorizationTokenRegistryIdList].
const mostRegistries = 10

// repositoryARN is the ARN of a repository.
func (e *ECR) repositoryARN(name string) string {
	return string(e.scope.ARN("ecr", "repository/"+name))
}

// repositoryOfARN is the name of the repository of an ARN.
func repositoryOfARN(given *string) (string, error) {
	arn := text[ecs.ARN](given)
	name, ok := strings.CutPrefix(arn.Resource(), "repository/")
	if !arn.IsARN() || !ok {
		return "", invalid("Invalid parameter at 'resourceArn' failed to satisfy constraint: 'must be the ARN of a repository'")
	}
	return name, nil
}

// TagResource adds tags to a repository.
func (e *ECR) TagResource(_ context.Context, in *sdk.TagResourceInput) (*sdk.TagResourceOutput, error) {
	return &sdk.TagResourceOutput{}, e.changeTags(in.ResourceArn, func(tags map[string]string) error {
		return addECRTags(tags, in.Tags)
	})
}

// UntagResource takes tags of a repository away.
func (e *ECR) UntagResource(_ context.Context, in *sdk.UntagResourceInput) (*sdk.UntagResourceOutput, error) {
	return &sdk.UntagResourceOutput{}, e.changeTags(in.ResourceArn, func(tags map[string]string) error {
		for _, key := range in.TagKeys {
			delete(tags, key)
		}
		return nil
	})
}

func addECRTags(tags map[string]string, given []types.Tag) error {
	for _, tag := range given {
		if text[string](tag.Key) == "" || len(text[string](tag.Key)) > longestKey || len(text[string](tag.Value)) > longestValue {
			return refuse("InvalidTagParameterException", "A tag needs a key of 1 to %d and a value of at most %d characters.", longestKey, longestValue)
		}
		tags[*tag.Key] = text[string](tag.Value)
	}
	if len(tags) > mostTags {
		return refuse("TooManyTagsException", "A repository can have at most %d tags.", mostTags)
	}
	return nil
}

func (e *ECR) changeTags(arn *string, change func(map[string]string) error) error {
	name, err := repositoryOfARN(arn)
	if err != nil {
		return err
	}
	_, err = e.images.ChangeRepository(name, func(repository *registry.Repository) error {
		tags := map[string]string{}
		for key, value := range repository.Tags {
			tags[key] = value
		}
		repository.Tags = tags
		return change(tags)
	})
	return err
}

// ListTagsForResource shows the tags of a repository.
func (e *ECR) ListTagsForResource(_ context.Context, in *sdk.ListTagsForResourceInput) (*sdk.ListTagsForResourceOutput, error) {
	name, err := repositoryOfARN(in.ResourceArn)
	if err != nil {
		return nil, err
	}
	repository, err := e.images.Repository(name)
	if err != nil {
		return nil, err
	}
	return &sdk.ListTagsForResourceOutput{Tags: showECRTags(repository.Tags)}, nil
}

func showECRTags(tags map[string]string) []types.Tag {
	shown := []types.Tag{}
	for _, key := range sortedKeys(tags) {
		value := tags[key]
		shown = append(shown, types.Tag{Key: &key, Value: &value})
	}
	return shown
}
