package awsapi_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"gantry/awsapi"
	"gantry/internal/hint"
)

// answer is what the fake endpoint says to one operation.
type answer struct {
	status int // 0 is 200
	body   string
	html   bool // not AWS's protocol
}

// endpoint is an HTTP server that answers operations from a script and remembers
// what it was asked.
type endpoint struct {
	*httptest.Server
	mu       sync.Mutex
	answers  map[string][]answer // by operation; the last one stays
	requests []request
}

type request struct {
	operation string
	body      map[string]any
	header    http.Header
	path      string
}

func serve(t *testing.T, answers map[string][]answer) *endpoint {
	t.Helper()
	e := &endpoint{answers: answers}
	e.Server = httptest.NewServer(http.HandlerFunc(e.handle))
	t.Cleanup(e.Close)
	return e
}

func (e *endpoint) handle(w http.ResponseWriter, r *http.Request) {
	data, _ := io.ReadAll(r.Body)
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	if operation == "" {
		operation = r.Method + " " + r.URL.RequestURI()
	}
	var body map[string]any
	_ = json.Unmarshal(data, &body)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.requests = append(e.requests, request{operation, body, r.Header, r.URL.Path})
	list := e.answers[operation]
	if len(list) == 0 {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	if len(list) > 1 {
		e.answers[operation] = list[1:]
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	if list[0].html {
		w.Header().Set("Content-Type", "text/html")
	}
	if list[0].status != 0 {
		w.WriteHeader(list[0].status)
	}
	_, _ = io.Copy(w, bytes.NewReader([]byte(list[0].body)))
}

func (e *endpoint) asked(operation string) []request {
	e.mu.Lock()
	defer e.mu.Unlock()
	var out []request
	for _, r := range e.requests {
		if r.operation == operation {
			out = append(out, r)
		}
	}
	return out
}

// refusal is an answer in the form of AWS JSON.
func refusal(code, message string) answer {
	return answer{status: http.StatusBadRequest, body: fmt.Sprintf(`{"__type":%q,"message":%q}`, code, message)}
}

// settings makes an environment without any AWS settings of the machine.
func settings(t *testing.T, env map[string]string) {
	t.Helper()
	for _, name := range []string{
		"AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
		"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_ECS", "AWS_ENDPOINT_URL_ECR", "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", "AWS_WEB_IDENTITY_TOKEN_FILE",
		"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
	} {
		t.Setenv(name, "")
		_ = os.Unsetenv(name) // t.Setenv puts back what was there
	}
	nothing := filepath.Join(t.TempDir(), "nothing")
	t.Setenv("AWS_CONFIG_FILE", nothing)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", nothing)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	for name, value := range env {
		t.Setenv(name, value)
	}
}

// connect makes a client of the endpoint, as --endpoint-url does.
func connect(t *testing.T, e *endpoint) *awsapi.Client {
	t.Helper()
	settings(t, nil)
	c, err := awsapi.New(t.Context(), awsapi.Options{EndpointURL: e.URL, Version: "1.2.3", CommandPrefix: "gantry"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// carrier takes every request to an endpoint, whichever host it names.
type carrier struct{ to *endpoint }

func (c carrier) RoundTrip(r *http.Request) (*http.Response, error) {
	recorded := httptest.NewRecorder()
	c.to.handle(recorded, r)
	return recorded.Result(), nil
}

// Local mode must work on a machine whose AWS settings are in ruins.
func TestLocalModeReadsNoAWSSettings(t *testing.T) {
	ruins := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(ruins, []byte("[profile broken\nregion"), 0o600); err != nil {
		t.Fatal(err)
	}
	settings(t, map[string]string{
		"AWS_PROFILE": "no-such-profile", "AWS_CONFIG_FILE": ruins, "AWS_REGION": "eu-central-1",
		"AWS_ENDPOINT_URL": "http://192.0.2.1:1", "AWS_ENDPOINT_URL_ECS": "http://192.0.2.1:2", "AWS_CA_BUNDLE": "/nothing",
	})
	e := serve(t, map[string][]answer{"ListClusters": {{body: `{"clusterArns":["arn:aws:ecs:us-east-1:123456789012:cluster/a"]}`}}})
	c, err := awsapi.New(t.Context(), awsapi.Options{Transport: carrier{e}})
	if err != nil {
		t.Fatal(err)
	}
	list, err := c.ListClusters(t.Context())
	if err != nil || len(list) != 1 || c.Region() != "us-east-1" {
		t.Fatalf("got %v in %s, %v", list, c.Region(), err)
	}
	if auth := e.asked("ListClusters")[0].header.Get("Authorization"); !strings.Contains(auth, "/us-east-1/ecs/") {
		t.Errorf("signed as %s", auth)
	}
	if !c.IsEmulator(t.Context()) {
		t.Error("local mode is not taken for an emulator")
	}
}

func TestEndpoints(t *testing.T) {
	flag := serve(t, map[string][]answer{"ListClusters": {{body: `{"clusterArns":[]}`}}, "DescribeRepositories": {{body: `{}`}}})
	all := serve(t, map[string][]answer{"ListClusters": {{body: `{"clusterArns":[]}`}}, "DescribeRepositories": {{body: `{}`}}})
	one := serve(t, map[string][]answer{"ListClusters": {{body: `{"clusterArns":[]}`}}, "DescribeRepositories": {{body: `{}`}}})
	for _, tt := range []struct {
		name     string
		env      map[string]string
		flag     string
		ecs, ecr *endpoint
	}{
		{"for all", map[string]string{"AWS_ENDPOINT_URL": all.URL}, "", all, all},
		{"for one service", map[string]string{"AWS_ENDPOINT_URL": all.URL, "AWS_ENDPOINT_URL_ECS": one.URL}, "", one, all},
		{"the flag beats all", map[string]string{"AWS_ENDPOINT_URL": all.URL, "AWS_ENDPOINT_URL_ECS": one.URL}, flag.URL, flag, flag},
	} {
		t.Run(tt.name, func(t *testing.T) {
			settings(t, tt.env)
			for _, e := range []*endpoint{flag, all, one} {
				e.requests = nil
			}
			c, err := awsapi.New(t.Context(), awsapi.Options{EndpointURL: tt.flag})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.ListClusters(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err := c.ListRepositories(t.Context()); err != nil {
				t.Fatal(err)
			}
			if len(tt.ecs.asked("ListClusters")) != 1 || len(tt.ecr.asked("DescribeRepositories")) != 1 {
				t.Error("the requests went elsewhere")
			}
		})
	}
}

func TestSettingsThatAreWrong(t *testing.T) {
	for _, tt := range []struct {
		name    string
		env     map[string]string
		options awsapi.Options
		kind    hint.Kind
		says    string
	}{
		{"no Region", nil, awsapi.Options{}, hint.Usage, "no AWS Region"},
		{"no Region for another machine", nil, awsapi.Options{EndpointURL: "http://192.0.2.1:80"}, hint.Usage, "no AWS Region"},
		{"no such profile", map[string]string{"AWS_PROFILE": "nobody"}, awsapi.Options{}, hint.Denied, `profile "nobody" does not exist`},
		{"no such profile by flag", nil, awsapi.Options{Profile: "nobody", Region: "us-east-1"}, hint.Denied, `profile "nobody" does not exist`},
		{"no URL", nil, awsapi.Options{EndpointURL: "127.0.0.1:4599"}, hint.Usage, "not a URL"},
		{"no HTTP", nil, awsapi.Options{EndpointURL: "ftp://127.0.0.1"}, hint.Usage, "not a URL"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			settings(t, tt.env)
			_, err := awsapi.New(t.Context(), tt.options)
			if hint.KindOf(err) != tt.kind || err == nil || !strings.Contains(err.Error(), tt.says) || hint.Of(err) == "" {
				t.Errorf("got %v of kind %s, next: %s", err, hint.KindOf(err), hint.Of(err))
			}
		})
	}
}

func TestCredentials(t *testing.T) {
	t.Run("a loopback endpoint needs none", func(t *testing.T) {
		e := serve(t, map[string][]answer{"ListClusters": {{body: `{}`}}})
		c := connect(t, e)
		if _, err := c.ListClusters(t.Context()); err != nil {
			t.Fatal(err)
		}
		sent := e.asked("ListClusters")[0].header
		if !strings.Contains(sent.Get("Authorization"), "Credential=gantry/") || !strings.Contains(sent.Get("User-Agent"), "gantry/1.2.3") {
			t.Errorf("sent %v", sent)
		}
	})
	t.Run("and takes those that are there", func(t *testing.T) {
		e := serve(t, map[string][]answer{"ListClusters": {{body: `{}`}}})
		settings(t, map[string]string{"AWS_ACCESS_KEY_ID": "AKIDMINE", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "eu-west-1"})
		c, err := awsapi.New(t.Context(), awsapi.Options{EndpointURL: e.URL})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.ListClusters(t.Context()); err != nil {
			t.Fatal(err)
		}
		if auth := e.asked("ListClusters")[0].header.Get("Authorization"); !strings.Contains(auth, "Credential=AKIDMINE/") || !strings.Contains(auth, "/eu-west-1/") {
			t.Errorf("signed as %s", auth)
		}
	})
	t.Run("AWS needs them", func(t *testing.T) {
		settings(t, map[string]string{"AWS_REGION": "us-east-1"})
		c, err := awsapi.New(t.Context(), awsapi.Options{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.ListClusters(t.Context())
		if hint.KindOf(err) != hint.Denied || !strings.Contains(err.Error(), "no valid AWS credentials") {
			t.Errorf("got %v of kind %s", err, hint.KindOf(err))
		}
	})
}
