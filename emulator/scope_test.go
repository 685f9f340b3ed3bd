package emulator_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"gantry/emulator"
	"gantry/emulator/api"
)

// as is a client of another account and Region of the same world.
func (r *rig) as(key, region string) *ecs.Client {
	o := r.ecs.Options()
	o.Region, o.Credentials = region, keyed(key)
	return ecs.New(o)
}

func keyed(key string) aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: key, SecretAccessKey: "any"}, nil
	})
}

// TestScopes is that each account has things of its own in each Region, which
// outlive the process, and that the world's clock is one.
func TestScopes(t *testing.T) {
	dir := t.TempDir()
	scopes := []struct{ key, region, arn string }{
		{"AKIAIOSFODNN7EXAMPLE", "us-east-1", "arn:aws:ecs:us-east-1:123456789012:cluster/shop"},
		{"any", "eu-west-1", "arn:aws:ecs:eu-west-1:123456789012:cluster/shop"},
		{"210987654321", "eu-west-1", "arn:aws:ecs:eu-west-1:210987654321:cluster/shop"},
		{"ASIAGANTRY210987654321", "us-east-1", "arn:aws:ecs:us-east-1:210987654321:cluster/shop"},
		{"any", "cn-north-1", "arn:aws-cn:ecs:cn-north-1:123456789012:cluster/shop"},
		{"any", "us-gov-west-1", "arn:aws-us-gov:ecs:us-gov-west-1:123456789012:cluster/shop"},
	}
	r := attach(t, emulator.Options{Dir: dir})
	for _, s := range scopes {
		out, err := r.as(s.key, s.region).CreateCluster(t.Context(), &ecs.CreateClusterInput{ClusterName: aws.String("shop")})
		if err != nil {
			t.Fatal(err)
		}
		if *out.Cluster.ClusterArn != s.arn {
			t.Errorf("%s in %s made %s, want %s", s.key, s.region, *out.Cluster.ClusterArn, s.arn)
		}
	}
	images := r.ecr.Options()
	images.Region = "eu-west-1"
	repository, err := ecr.New(images).CreateRepository(t.Context(), &ecr.CreateRepositoryInput{RepositoryName: aws.String("web")})
	if err != nil {
		t.Fatal(err)
	}
	if want := "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web"; *repository.Repository.RepositoryUri != want {
		t.Errorf("the repository is %s, want %s", *repository.Repository.RepositoryUri, want)
	}
	if home, err := r.ecr.DescribeRepositories(t.Context(), nil); err != nil || len(home.Repositories) != 0 {
		t.Errorf("the home Region sees %v, %v", home, err)
	}
	if err := r.a.Close(); err != nil {
		t.Fatal(err)
	}

	again := attach(t, emulator.Options{Dir: dir})
	for _, s := range scopes {
		out, err := again.as(s.key, s.region).ListClusters(t.Context(), nil)
		if err != nil || !slices.Equal(out.ClusterArns, []string{s.arn}) {
			t.Errorf("%s in %s lists %v, %v", s.key, s.region, out, err)
		}
	}
	again.admin("POST", "/_gantry/clock", `{"speed": 5}`, nil)
	for _, s := range scopes {
		before := again.nowIn(s.key, s.region)
		again.watch.pass(time.Second)
		if got := again.nowIn(s.key, s.region).Sub(before); got != 5*time.Second {
			t.Errorf("%s in %s goes %s in a second", s.key, s.region, got)
		}
	}
	again.admin("POST", "/_gantry/reset", "", nil)
	for _, s := range scopes {
		out, err := again.as(s.key, s.region).ListClusters(t.Context(), nil)
		if err != nil || len(out.ClusterArns) != 0 {
			t.Errorf("after a reset %s in %s lists %v, %v", s.key, s.region, out, err)
		}
	}
}

// nowIn is the time of a scope.
func (r *rig) nowIn(key, region string) time.Time {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, "http://emulator.local/_gantry/clock", nil)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+key+"/20261123/"+region+"/gantry/aws4_request")
	response, err := r.http.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer response.Body.Close()
	now, err := time.Parse(time.RFC3339Nano, response.Header.Get(api.NowHeader))
	if err != nil {
		r.t.Fatal(err)
	}
	return now
}

// TestNoRegion is that a signature for what is no Region's name reaches no other
// Region's things, in any protocol, and that a request without one does.
func TestNoRegion(t *testing.T) {
	r := ephemeral(t)
	for _, region := range []string{"mars-1", "useast1", "us-east", "local", "US-EAST-1"} {
		_, err := r.as("any", region).CreateCluster(t.Context(), &ecs.CreateClusterInput{ClusterName: aws.String("shop")})
		refused(t, err, "InvalidSignatureException", "Credential should be scoped to a valid region, not '"+region+"'.")
	}
	_, err := r.as("any", "us-esat-1").ListClusters(t.Context(), nil)
	refused(t, err, "InvalidSignatureException", "not 'us-esat-1'. Did you mean us-east-1?")
	for _, region := range []string{"eusc-de-east-1", "us-gov-west-1", "ap-southeast-7"} {
		if _, err := r.as("any", region).ListClusters(t.Context(), nil); err != nil {
			t.Error(err)
		}
	}
	metrics := r.cloudwatch().Options()
	metrics.Region = "mars-1"
	_, err = cloudwatch.New(metrics).DescribeAlarms(t.Context(), nil)
	refused(t, err, "InvalidSignatureException", "not 'mars-1'")
	tokens := sts.New(sts.Options{Region: "mars-1", Credentials: keyed("any"), BaseEndpoint: aws.String("http://emulator.local"), HTTPClient: r.http})
	_, err = tokens.GetCallerIdentity(t.Context(), nil)
	refused(t, err, "SignatureDoesNotMatch", "not 'mars-1'")
	zones, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://emulator.local/",
		strings.NewReader("Action=DescribeAvailabilityZones&Version=2016-11-15"))
	if err != nil {
		t.Fatal(err)
	}
	zones.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	zones.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=any/20261123/mars-1/ec2/aws4_request, SignedHeaders=host, Signature=0")
	response, err := r.http.Do(zones)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusUnauthorized || !strings.Contains(string(body), "<Errors><Error><Code>AuthFailure</Code><Message>Credential should be scoped to") {
		t.Errorf("EC2 answers %s, %v: %s", response.Status, err, body)
	}

	home, err := r.ecs.ListClusters(t.Context(), nil)
	if err != nil || len(home.ClusterArns) != 0 {
		t.Errorf("the home Region has %v, %v", home, err)
	}
	if status, _, body := r.call("POST", "/", "AmazonEC2ContainerServiceV20141113.ListClusters", "{}"); status != http.StatusOK {
		t.Errorf("without a signature: %d %s", status, body)
	}
}

func refused(t *testing.T, err error, code, says string) {
	t.Helper()
	refusal, ok := errors.AsType[smithy.APIError](err)
	if !ok || refusal.ErrorCode() != code || !strings.Contains(refusal.ErrorMessage(), says) {
		t.Errorf("got %v, want %s: … %s", err, code, says)
	}
}
