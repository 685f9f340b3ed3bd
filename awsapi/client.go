package awsapi

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Client talks to ECS, ECR and CloudWatch Logs, wherever they are. It is safe for
// concurrent use.
type Client struct {
	ecs  *awsecs.Client
	ecr  *ecr.Client
	logs *cloudwatchlogs.Client

	admin    *http.Client // for what an emulator answers besides AWS's operations
	endpoint string       // of ECS; empty is AWS's own
	registry string       // of ECR; empty is AWS's own
	region   string
	keys     aws.CredentialsProvider
	local    bool
	prefix   string // of command lines in next steps
	probe    probe
}

// New makes a client. It reads the user's AWS settings unless Options.Transport is
// set, and sends nothing yet.
func New(ctx context.Context, o Options) (*Client, error) {
	c, err := configure(ctx, o)
	if err != nil {
		return nil, err
	}
	cfg := withUserAgent(c.aws, o.Version)
	client := &Client{
		ecs: awsecs.NewFromConfig(cfg, func(opt *awsecs.Options) {
			opt.BaseEndpoint = explicit(c.endpoint, opt.BaseEndpoint)
		}),
		ecr: ecr.NewFromConfig(cfg, func(opt *ecr.Options) {
			opt.BaseEndpoint = explicit(c.endpoint, opt.BaseEndpoint)
		}),
		logs: cloudwatchlogs.NewFromConfig(cfg, func(opt *cloudwatchlogs.Options) {
			opt.BaseEndpoint = explicit(c.endpoint, opt.BaseEndpoint)
			if !isAWS(aws.ToString(opt.BaseEndpoint)) {
				opt.APIOptions = append(opt.APIOptions, withoutHostPrefix)
			}
		}),
		region: cfg.Region,
		keys:   cfg.Credentials,
		local:  o.Transport != nil,
		prefix: o.CommandPrefix,
		admin:  &http.Client{Transport: transportOf(cfg, o)},
	}
	if client.prefix == "" {
		client.prefix = "gantry"
	}
	client.endpoint = aws.ToString(client.ecs.Options().BaseEndpoint)
	client.registry = aws.ToString(client.ecr.Options().BaseEndpoint)
	return client, nil
}

// transportOf carries what is no operation of AWS's on the way of all others, with
// the trust that the settings name (AWS_CA_BUNDLE).
func transportOf(cfg aws.Config, o Options) http.RoundTripper {
	if o.Transport != nil {
		return o.Transport
	}
	if built, ok := cfg.HTTPClient.(*awshttp.BuildableClient); ok {
		return built.GetTransport()
	}
	return nil
}

func configure(ctx context.Context, o Options) (configuration, error) {
	if o.Transport != nil {
		return localConfig(o), nil
	}
	return sdkConfig(ctx, o)
}

// withoutHostPrefix keeps the host of an endpoint that is not AWS's as it is: the
// SDK puts stream- before it for some operations, and stream-127.0.0.1 is nobody.
func withoutHostPrefix(stack *middleware.Stack) error {
	return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("WithoutHostPrefix",
		func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			return next.HandleInitialize(smithyhttp.DisableEndpointHostPrefix(ctx, true), in)
		}), middleware.Before)
}

// Region is the Region that requests are signed for.
func (c *Client) Region() string { return c.region }

// Endpoint is the URL of ECS, or "" for AWS's own.
func (c *Client) Endpoint() string { return c.endpoint }

// explicit is the endpoint of the command line, else what the SDK found.
func explicit(endpoint string, found *string) *string {
	if endpoint != "" {
		return aws.String(endpoint)
	}
	return found
}

// effectiveEndpoint is where ECS requests will go; "" is AWS.
func effectiveEndpoint(c configuration) string {
	if c.endpoint != "" {
		return c.endpoint
	}
	return aws.ToString(awsecs.NewFromConfig(c.aws).Options().BaseEndpoint)
}

// isLoopback reports whether the URL names this machine.
func isLoopback(endpoint string) bool {
	u, err := url.Parse(endpoint)
	if err != nil || endpoint == "" {
		return false
	}
	host := u.Hostname()
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

// isAWS reports whether the URL is AWS's own: none given, or a host of AWS's
// domains (a VPC endpoint, a FIPS endpoint).
func isAWS(endpoint string) bool {
	if endpoint == "" {
		return true
	}
	u, err := url.Parse(endpoint)
	if err != nil {
		return false
	}
	host := u.Hostname()
	for _, domain := range []string{"amazonaws.com", "amazonaws.com.cn", "api.aws", "on.aws"} {
		if host == domain || strings.HasSuffix(host, "."+domain) {
			return true
		}
	}
	return false
}
