package awsapi

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"gantry/awsapi/shape"
	"gantry/ecs"
	"gantry/internal/hint"
)

// ecrMostResults is the largest page that ECR gives (ECS semantics 10.4 [ECR]).
const ecrMostResults = int32(1000)

// EnsureRepository returns the repository, and whether it had to be made.
func (c *Client) EnsureRepository(ctx context.Context, name string) (ecs.Repository, bool, error) {
	described, err := c.ecr.DescribeRepositories(ctx, &ecr.DescribeRepositoriesInput{RepositoryNames: []string{name}})
	if err == nil && len(described.Repositories) == 1 {
		return shape.RepositoryFromSDK(described.Repositories[0]), false, nil
	}
	if err != nil && !errors.As(err, new(*types.RepositoryNotFoundException)) {
		return ecs.Repository{}, false, c.fail(subject{doing: "look for the repository " + name, name: name}, err)
	}
	made, err := c.ecr.CreateRepository(ctx, &ecr.CreateRepositoryInput{RepositoryName: &name})
	if errors.As(err, new(*types.RepositoryAlreadyExistsException)) { // another made it in between
		described, err = c.ecr.DescribeRepositories(ctx, &ecr.DescribeRepositoriesInput{RepositoryNames: []string{name}})
		if err == nil && len(described.Repositories) == 1 {
			return shape.RepositoryFromSDK(described.Repositories[0]), false, nil
		}
	}
	if err != nil {
		return ecs.Repository{}, false, c.fail(subject{doing: "make the repository " + name, name: name}, err)
	}
	return one(made.Repository, shape.RepositoryFromSDK), true, nil
}

// ListRepositories lists every repository of the account in this Region.
func (c *Client) ListRepositories(ctx context.Context) ([]ecs.Repository, error) {
	list, err := pages(ctx, func(ctx context.Context, token *string) ([]ecs.Repository, *string, error) {
		out, err := c.ecr.DescribeRepositories(ctx, &ecr.DescribeRepositoriesInput{NextToken: token, MaxResults: aws.Int32(ecrMostResults)})
		if err != nil {
			return nil, nil, err
		}
		return shape.List(out.Repositories, shape.RepositoryFromSDK), out.NextToken, nil
	})
	return list, c.fail(subject{doing: "list the repositories"}, err)
}

// ListImages lists every image of a repository, untagged ones too.
func (c *Client) ListImages(ctx context.Context, name string) ([]ecs.Image, error) {
	list, err := pages(ctx, func(ctx context.Context, token *string) ([]ecs.Image, *string, error) {
		out, err := c.ecr.DescribeImages(ctx, &ecr.DescribeImagesInput{
			RepositoryName: &name, NextToken: token, MaxResults: aws.Int32(ecrMostResults),
		})
		if err != nil {
			return nil, nil, err
		}
		return shape.List(out.ImageDetails, shape.ImageFromSDK), out.NextToken, nil
	})
	return list, c.fail(subject{doing: "list the images of " + name, name: name}, err)
}

// Registry is how to reach the registry behind a repository.
type Registry struct {
	Host      string
	PlainHTTP bool
	Username  string
	Password  string
	Transport http.RoundTripper // nil is the ordinary one
}

// RegistryOf is the registry to push to: the repository's own on AWS, else the
// endpoint's, since what plays ECR plays its registry on the same port. The URI to
// put into a task definition is the repository's in both cases.
func (c *Client) RegistryOf(ctx context.Context, of ecs.Repository) (Registry, error) {
	out, err := c.ecr.GetAuthorizationToken(ctx, &ecr.GetAuthorizationTokenInput{})
	if err != nil {
		return Registry{}, c.fail(subject{doing: "get credentials for the registry"}, err)
	}
	if len(out.AuthorizationData) == 0 {
		return Registry{}, hint.As(hint.Denied, errors.New("cannot get credentials for the registry: the answer has none"))
	}
	user, password, err := decodeToken(aws.ToString(out.AuthorizationData[0].AuthorizationToken))
	if err != nil {
		return Registry{}, err
	}
	access := Registry{Username: user, Password: password}
	if isAWS(c.registry) {
		access.Host, _, _ = strings.Cut(of.URI, "/")
		return access, nil
	}
	u, err := url.Parse(c.registry)
	if err != nil {
		return Registry{}, hint.As(hint.Usage, err)
	}
	access.Host, access.PlainHTTP, access.Transport = u.Host, u.Scheme == "http", c.admin.Transport
	return access, nil
}

// decodeToken takes "AWS:PASSWORD" out of its base64.
func decodeToken(token string) (user, password string, err error) {
	plain, err := base64.StdEncoding.DecodeString(token)
	if err != nil {
		return "", "", hint.As(hint.Unexpected, errors.New("cannot get credentials for the registry: the authorization token is not base64"))
	}
	user, password, found := strings.Cut(string(plain), ":")
	if !found {
		return "", "", hint.As(hint.Unexpected, errors.New("cannot get credentials for the registry: the authorization token is not of the form USER:PASSWORD"))
	}
	return user, password, nil
}
