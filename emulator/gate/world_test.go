package gate_test

import (
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"gantry/awsapi"
	"gantry/emulator"
	"gantry/emulator/gate"
)

// guarded is a world behind a gate, with clients that have credentials.
type guarded struct {
	dir string // of the world's folder
	url string
	now time.Time
}

func guard(t *testing.T) *guarded {
	t.Helper()
	dir := t.TempDir()
	world, err := emulator.New(emulator.Options{Dir: dir, Ephemeral: true, Speed: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = world.Close() })
	g := &guarded{dir: dir, now: time.Now()}
	server := httptest.NewServer(gate.Signed(world, pair(), func() time.Time { return g.now }))
	t.Cleanup(server.Close)
	g.url = server.URL
	return g
}

func static(id, secret, token string) aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: id, SecretAccessKey: secret, SessionToken: token}, nil
	})
}

func owner() aws.CredentialsProvider {
	return static(pair().AccessKeyID, pair().SecretAccessKey, "")
}

func (g *guarded) ecs(keys aws.CredentialsProvider) *ecs.Client {
	return ecs.New(ecs.Options{Region: "us-east-1", BaseEndpoint: &g.url, Credentials: keys, Retryer: aws.NopRetryer{}})
}

func refusedAs(t *testing.T, err error, code string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), code) {
		t.Errorf("error %v, want %s", err, code)
	}
}

// The SDK's clients come in with the pair and with temporary credentials that they
// got with it, in whose account they then are, until those end.
func TestTemporaryCredentials(t *testing.T) {
	t.Parallel()
	g := guard(t)
	if _, err := g.ecs(owner()).CreateCluster(t.Context(), &ecs.CreateClusterInput{}); err != nil {
		t.Fatal(err)
	}
	tokens := sts.New(sts.Options{Region: "us-east-1", BaseEndpoint: &g.url, Credentials: owner()})
	assumed, err := tokens.AssumeRole(t.Context(), &sts.AssumeRoleInput{
		RoleArn: aws.String("arn:aws:iam::222222222222:role/deploy"), RoleSessionName: aws.String("ci"), DurationSeconds: aws.Int32(900),
	})
	if err != nil {
		t.Fatal(err)
	}
	id, secret, token := *assumed.Credentials.AccessKeyId, *assumed.Credentials.SecretAccessKey, *assumed.Credentials.SessionToken
	out, err := g.ecs(static(id, secret, token)).CreateCluster(t.Context(), &ecs.CreateClusterInput{})
	if err != nil || !strings.Contains(*out.Cluster.ClusterArn, ":222222222222:") {
		t.Fatalf("%v, %v", out, err)
	}
	for name, keys := range map[string]aws.CredentialsProvider{
		"InvalidSignatureException":    static(id, pair().SecretAccessKey, token),
		"UnrecognizedClientException":  static(id, secret, ""),
		"UnrecognizedClientException ": static(id, secret, "x"+token),
		"UnrecognizedClientException.": static("ASIAGANTRY333333333333", secret, token),
		"UnrecognizedClientException;": static(id, "gantry", "gantry"),
	} {
		_, err := g.ecs(keys).ListClusters(t.Context(), nil)
		refusedAs(t, err, strings.TrimRight(name, " .;"))
	}
	g.now = g.now.Add(900 * time.Second)
	_, err = g.ecs(static(id, secret, token)).ListClusters(t.Context(), nil)
	refusedAs(t, err, "ExpiredTokenException")
}

// gantry's own client signs what is no operation of AWS's as well.
func TestOwnClientSigns(t *testing.T) {
	g := guard(t)
	t.Setenv("AWS_ACCESS_KEY_ID", pair().AccessKeyID)
	t.Setenv("AWS_SECRET_ACCESS_KEY", pair().SecretAccessKey)
	for _, name := range []string{"AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"} {
		t.Setenv(name, "/dev/null")
	}
	client, err := awsapi.New(t.Context(), awsapi.Options{EndpointURL: g.url})
	if err != nil {
		t.Fatal(err)
	}
	if clock, err := client.SetClock(t.Context(), "7"); err != nil || clock.SpeedText != "7" || !client.IsEmulator(t.Context()) {
		t.Errorf("%v, %v", clock, err)
	}
	t.Setenv("AWS_SECRET_ACCESS_KEY", "another")
	if client, err = awsapi.New(t.Context(), awsapi.Options{EndpointURL: g.url}); err != nil {
		t.Fatal(err)
	}
	_, err = client.SetClock(t.Context(), "8")
	refusedAs(t, err, "InvalidSignatureException")
}

// The registry takes the password of an authorization token for as long as that
// is good, and the URL that ECR gives for a layer for that layer.
func TestTokenOfTheRegistry(t *testing.T) {
	t.Parallel()
	g := guard(t)
	images := ecr.New(ecr.Options{Region: "us-east-1", BaseEndpoint: &g.url, Credentials: owner()})
	token, err := images.GetAuthorizationToken(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := base64.StdEncoding.DecodeString(*token.AuthorizationData[0].AuthorizationToken)
	if err != nil {
		t.Fatal(err)
	}
	user, password, _ := strings.Cut(string(plain), ":")
	get := func(url, user, password string) (int, string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if user != "" {
			r.SetBasicAuth(user, password)
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, _ := io.ReadAll(response.Body)
		return response.StatusCode, string(body)
	}
	status := func(user, password string) int {
		code, _ := get(g.url+"/v2/", user, password)
		return code
	}
	if got := []int{status(user, password), status("x", password), status(user, password+"x"), status("", "")}; got[0] != 200 || got[1] != 401 || got[2] != 401 || got[3] != 401 {
		t.Errorf("the registry answers %v", got)
	}

	if _, err := images.CreateRepository(t.Context(), &ecr.CreateRepositoryInput{RepositoryName: aws.String("web")}); err != nil {
		t.Fatal(err)
	}
	reference, err := name.ParseReference(strings.TrimPrefix(g.url, "http://") + "/web:v1")
	if err != nil {
		t.Fatal(err)
	}
	image, err := random.Image(64, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(reference, image, remote.WithAuth(&authn.Basic{Username: user, Password: password + "x"})); err == nil {
		t.Error("an image was pushed with a wrong password")
	}
	if err := remote.Write(reference, image, remote.WithAuth(&authn.Basic{Username: user, Password: password})); err != nil {
		t.Fatal(err)
	}
	layers, err := image.Layers()
	if err != nil {
		t.Fatal(err)
	}
	digest, err := layers[0].Digest()
	if err != nil {
		t.Fatal(err)
	}
	compressed, err := layers[0].Compressed()
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(compressed)
	if err != nil {
		t.Fatal(err)
	}
	layer, err := images.GetDownloadUrlForLayer(t.Context(), &ecr.GetDownloadUrlForLayerInput{RepositoryName: aws.String("web"), LayerDigest: aws.String(digest.String())})
	if err != nil {
		t.Fatal(err)
	}
	if code, body := get(*layer.DownloadUrl, "", ""); code != http.StatusOK || body != string(content) {
		t.Errorf("the layer: %d, %d bytes of %d", code, len(body), len(content))
	}
	if code, _ := get(strings.Replace(*layer.DownloadUrl, "sha256:", "sha256:0", 1), "", ""); code != http.StatusUnauthorized {
		t.Errorf("another layer: %d", code)
	}
	g.now = g.now.Add(12*time.Hour + time.Minute)
	if got := status(user, password); got != http.StatusUnauthorized {
		t.Errorf("the token of yesterday: %d", got)
	}
}

// Who has no signature makes nothing in a world by asking how it is, not even an
// account of his own.
func TestHealthMakesNoRealms(t *testing.T) {
	t.Parallel()
	g := guard(t)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, g.url+"/_gantry/health", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=999999999999/20300101/eu-west-1/ecs/aws4_request, SignedHeaders=host, Signature=00")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if _ = response.Body.Close(); response.StatusCode != http.StatusOK {
		t.Errorf("health: %s", response.Status)
	}
	if found, err := filepath.Glob(filepath.Join(g.dir, "*", "realms", "*")); err != nil || len(found) > 0 {
		t.Errorf("there are the realms %v, %v", found, err)
	}
}
