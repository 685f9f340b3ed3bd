package emulator_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/emulator"
)

// watch is the real time of a test, which moves only when the test says so.
type watch struct {
	mu  sync.Mutex
	now time.Time
}

func newWatch() *watch {
	return &watch{now: time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)}
}

func (w *watch) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *watch) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// rig is a world with the clients of the three services.
type rig struct {
	t     *testing.T
	watch *watch
	a     *emulator.Attachment
	http  *http.Client
	ecs   *ecs.Client
	ecr   *ecr.Client
	logs  *cloudwatchlogs.Client
}

func attach(t *testing.T, opts emulator.Options) *rig {
	t.Helper()
	r := &rig{t: t}
	if opts.Now == nil {
		r.watch = newWatch()
		opts.Now = r.watch.Now
	}
	if opts.Dir == "" {
		opts.Dir = t.TempDir()
	}
	if opts.Speed == 0 {
		opts.Speed = 1
	}
	a, err := emulator.Attach(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	r.a = a
	r.http = &http.Client{Transport: witness{t, a.RoundTripper()}}
	endpoint := aws.String("http://emulator.local")
	credentials := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "any", SecretAccessKey: "any"}, nil
	})
	r.ecs = ecs.New(ecs.Options{Region: emulator.Region, Credentials: credentials, BaseEndpoint: endpoint, HTTPClient: r.http})
	r.ecr = ecr.New(ecr.Options{Region: emulator.Region, Credentials: credentials, BaseEndpoint: endpoint, HTTPClient: r.http})
	r.logs = cloudwatchlogs.New(cloudwatchlogs.Options{Region: emulator.Region, Credentials: credentials, BaseEndpoint: endpoint, HTTPClient: r.http})
	return r
}

// ephemeral is a fresh world for one test.
func ephemeral(t *testing.T) *rig { return attach(t, emulator.Options{Ephemeral: true, Seed: 1}) }

// call sends any request and returns the answer.
func (r *rig) call(method, path, target, body string) (int, http.Header, string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, "http://emulator.local"+path, bytes.NewBufferString(body))
	if err != nil {
		r.t.Fatal(err)
	}
	if target != "" {
		req.Header.Set("X-Amz-Target", target)
		req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	}
	response, err := r.http.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return response.StatusCode, response.Header, string(text)
}

// admin calls the emulator's administration and decodes the answer.
func (r *rig) admin(method, path, body string, into any) {
	r.t.Helper()
	status, _, text := r.call(method, path, "", body)
	if status != http.StatusOK {
		r.t.Fatalf("%s %s: %d %s", method, path, status, text)
	}
	if into != nil {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			r.t.Fatalf("%s %s: %v in %s", method, path, err, text)
		}
	}
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// webDefinition is a task definition with awslogs.
func webDefinition(labels map[string]string) *ecs.RegisterTaskDefinitionInput {
	return &ecs.RegisterTaskDefinitionInput{
		Family: aws.String("web"),
		ContainerDefinitions: []types.ContainerDefinition{{
			Name: aws.String("web"), Image: aws.String("nginx:1"), Cpu: 128, Memory: aws.Int32(128), DockerLabels: labels,
			PortMappings: []types.PortMapping{{ContainerPort: aws.Int32(80)}},
			LogConfiguration: &types.LogConfiguration{LogDriver: types.LogDriverAwslogs, Options: map[string]string{
				"awslogs-group": "/ecs/web", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "ecs",
			}},
		}},
	}
}

// cluster makes the cluster "demo" with four instances in two zones.
func (r *rig) cluster() {
	r.t.Helper()
	must[*ecs.CreateClusterOutput](r.t)(r.ecs.CreateCluster(r.t.Context(), &ecs.CreateClusterInput{ClusterName: aws.String("demo")}))
	var added struct{ ContainerInstanceArns []string }
	r.admin(http.MethodPost, "/_gantry/instances",
		`{"cluster":"demo","instanceType":"t3.small","zones":["us-east-1a","us-east-1b"],"count":4}`, &added)
	if len(added.ContainerInstanceArns) != 4 {
		r.t.Fatalf("added %d instances, want 4", len(added.ContainerInstanceArns))
	}
}

// service makes the service "web" of n tasks, and waits until it is steady.
func (r *rig) service(n int32) { r.fated(n, nil) }

// fated is service with tasks of a fate.
func (r *rig) fated(n int32, labels map[string]string) {
	r.t.Helper()
	must[*ecs.RegisterTaskDefinitionOutput](r.t)(r.ecs.RegisterTaskDefinition(r.t.Context(), webDefinition(labels)))
	must[*ecs.CreateServiceOutput](r.t)(r.ecs.CreateService(r.t.Context(), &ecs.CreateServiceInput{
		Cluster: aws.String("demo"), ServiceName: aws.String("web"), TaskDefinition: aws.String("web"), DesiredCount: aws.Int32(n),
	}))
	r.steady()
}

func (r *rig) describe() types.Service {
	r.t.Helper()
	out := must[*ecs.DescribeServicesOutput](r.t)(r.ecs.DescribeServices(r.t.Context(), &ecs.DescribeServicesInput{
		Cluster: aws.String("demo"), Services: []string{"web"},
	}))
	if len(out.Services) != 1 {
		r.t.Fatalf("%d services, failures %v", len(out.Services), out.Failures)
	}
	return out.Services[0]
}

// steady lets time pass until the service has one completed deployment.
func (r *rig) steady() types.Service {
	r.t.Helper()
	for range 200 {
		service := r.describe()
		if len(service.Deployments) == 1 && service.RunningCount == service.DesiredCount &&
			service.Deployments[0].RolloutState == types.DeploymentRolloutStateCompleted {
			return service
		}
		r.watch.pass(5 * time.Second)
	}
	service := r.describe()
	r.t.Fatalf("the service is not steady: %d of %d running, deployments %+v, event %v",
		service.RunningCount, service.DesiredCount, service.Deployments, service.Events)
	return service
}
