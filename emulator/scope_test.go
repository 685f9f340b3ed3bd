package emulator_test

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

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
	req.Header.Set(api.ScopeHeader, key+"/20261123/"+region+"/gantry/aws4_request")
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
