package awsapi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/smithy-go/logging"

	"gantry/internal/hint"
)

// Options says whom to talk to.
type Options struct {
	// Transport, when set, carries every request to an emulator in reach of this
	// process. No AWS setting is read then: no environment, no file.
	Transport http.RoundTripper

	Profile     string // else AWS_PROFILE
	Region      string // else AWS_REGION and the profile's
	EndpointURL string // for all services; beats every other way to set one

	Version       string // of gantry, for the User-Agent
	CommandPrefix string // what next steps start with; empty is "gantry"
}

// What local mode and loopback endpoints fall back to.
const (
	fallbackRegion = "us-east-1"
	localEndpoint  = "http://gantry.local"
	dummyKey       = "gantry"
)

// configuration is what the three clients are made from.
type configuration struct {
	aws      aws.Config
	endpoint string // explicit; empty leaves the choice to the SDK
}

// localConfig is made by hand, so that a broken ~/.aws/config or a profile that
// does not exist cannot disturb a user who wants nothing of AWS.
func localConfig(o Options) configuration {
	return configuration{
		endpoint: localEndpoint,
		aws: aws.Config{
			Region:      cmp.Or(o.Region, fallbackRegion),
			Credentials: dummyCredentials(),
			HTTPClient:  &http.Client{Transport: o.Transport},
			Retryer:     func() aws.Retryer { return retry.NewStandard() },
			Logger:      logging.Nop{},
		},
	}
}

// sdkConfig is the SDK's own chain, with the command line on top.
func sdkConfig(ctx context.Context, o Options) (configuration, error) {
	if err := checkEndpoint(o.EndpointURL); err != nil {
		return configuration{}, err
	}
	load := func(extra ...func(*config.LoadOptions) error) (aws.Config, error) {
		// The SDK's own lines would end up in the middle of ours; what matters of them
		// comes back as errors.
		opts := append([]func(*config.LoadOptions) error{config.WithLogger(logging.Nop{})}, extra...)
		if o.Profile != "" {
			opts = append(opts, config.WithSharedConfigProfile(o.Profile))
		}
		if o.Region != "" {
			opts = append(opts, config.WithRegion(o.Region))
		}
		return config.LoadDefaultConfig(ctx, opts...)
	}
	cfg, err := load()
	if err != nil {
		return configuration{}, settingsError(err)
	}
	c := configuration{aws: cfg, endpoint: o.EndpointURL}
	if !isLoopback(effectiveEndpoint(c)) {
		if cfg.Region == "" {
			return configuration{}, errNoRegion()
		}
		return c, nil
	}
	// Nothing on this machine is an EC2 instance's metadata service, and waiting
	// for one to answer takes seconds.
	if c.aws, err = load(config.WithEC2IMDSClientEnableState(imds.ClientDisabled)); err != nil {
		return configuration{}, settingsError(err)
	}
	if c.aws.Region == "" {
		c.aws.Region = fallbackRegion
	}
	c.aws.Credentials = aws.NewCredentialsCache(orDummy(c.aws.Credentials))
	return c, nil
}

// EndpointOfSettings is where the user's AWS settings send the requests for ECS
// (AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_ECS, endpoint_url of the profile); "" is AWS.
// The profile may be "", which leaves it to the settings.
func EndpointOfSettings(ctx context.Context, profile string) (string, error) {
	opts := []func(*config.LoadOptions) error{config.WithEC2IMDSClientEnableState(imds.ClientDisabled), config.WithLogger(logging.Nop{})}
	if profile != "" {
		opts = append(opts, config.WithSharedConfigProfile(profile))
	}
	cfg, err := config.LoadDefaultConfig(ctx, opts...)
	if err != nil {
		return "", settingsError(err)
	}
	return effectiveEndpoint(configuration{aws: cfg}), nil
}

// withUserAgent names the program in every request.
func withUserAgent(cfg aws.Config, version string) aws.Config {
	if version == "" {
		version = "devel"
	}
	cfg.APIOptions = append(cfg.APIOptions, middleware.AddUserAgentKeyValue("gantry", version))
	return cfg
}

func dummyCredentials() aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: dummyKey, SecretAccessKey: dummyKey, Source: "gantry's fallback for loopback endpoints"}, nil
	})
}

// orDummy falls back to dummy credentials where the SDK's chain finds none.
func orDummy(chain aws.CredentialsProvider) aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
		if chain != nil {
			found, err := chain.Retrieve(ctx)
			if err == nil && found.HasKeys() {
				return found, nil
			}
			if ctx.Err() != nil {
				return aws.Credentials{}, ctx.Err()
			}
		}
		return dummyCredentials().Retrieve(ctx)
	})
}

// checkEndpoint refuses what no request could be sent to, before anything is.
func checkEndpoint(endpoint string) error {
	if endpoint == "" {
		return nil
	}
	u, err := url.Parse(endpoint)
	if err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" {
		return nil
	}
	return hint.With(hint.As(hint.Usage, fmt.Errorf("endpoint %q is not a URL of the form http://HOST:PORT", endpoint)),
		"for example: --endpoint-url http://127.0.0.1:4599")
}

func errNoRegion() error {
	return hint.With(hint.As(hint.Usage, errors.New("no AWS Region is set")),
		"give --region, or set AWS_REGION or the profile's region; --local needs none")
}

// settingsError words what is wrong with the user's AWS settings.
func settingsError(err error) error {
	if missing := (config.SharedConfigProfileNotExistError{}); errors.As(err, &missing) {
		return hint.With(hint.As(hint.Denied, fmt.Errorf("the AWS profile %q does not exist", missing.Profile)),
			"list the profiles with: aws configure list-profiles")
	}
	return hint.With(hint.As(hint.Denied, fmt.Errorf("the AWS settings cannot be read: %w", err)),
		"mend ~/.aws/config and ~/.aws/credentials, or use --local, which reads neither")
}
