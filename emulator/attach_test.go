package emulator_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"gantry/emulator"
)

func (r *rig) clusters() []string {
	r.t.Helper()
	var names []string
	pages := ecs.NewListClustersPaginator(r.ecs, &ecs.ListClustersInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(r.t.Context())
		if err != nil {
			r.t.Fatal(err)
		}
		for _, arn := range page.ClusterArns {
			names = append(names, arn[strings.LastIndex(arn, "/")+1:])
		}
	}
	return names
}

func (r *rig) create(name string) error {
	_, err := r.ecs.CreateCluster(r.t.Context(), &ecs.CreateClusterInput{ClusterName: &name})
	return err
}

// Two attachments work on one world; when the holder ends, the other holds.
func TestJoinAndTakeOver(t *testing.T) {
	dir, watch := t.TempDir(), newWatch()
	first := attach(t, emulator.Options{Dir: dir, Now: watch.Now})
	second := attach(t, emulator.Options{Dir: dir, Now: watch.Now})
	if !first.a.Holds() || second.a.Holds() {
		t.Fatalf("holders: first %v, second %v", first.a.Holds(), second.a.Holds())
	}
	if err := first.create("one"); err != nil {
		t.Fatal(err)
	}
	if err := second.create("two"); err != nil {
		t.Fatal(err)
	}
	if err := first.a.Close(); err != nil {
		t.Fatal(err)
	}
	if got := second.clusters(); !slices.Equal(got, []string{"one", "two"}) || !second.a.Holds() {
		t.Errorf("after the take-over: clusters %v, holds %v", got, second.a.Holds())
	}
	third := attach(t, emulator.Options{Dir: dir, Now: watch.Now})
	for _, r := range []*rig{second, third} {
		if got := r.clusters(); !slices.Equal(got, []string{"one", "two"}) {
			t.Errorf("clusters %v", got)
		}
	}
	if second.a.Holds() == third.a.Holds() {
		t.Errorf("holders: second %v, third %v", second.a.Holds(), third.a.Holds())
	}
	if status, err := post(first.a, targetECS+"ListClusters", "{}"); err == nil {
		t.Errorf("a closed attachment still works: %d", status)
	}
}

// While holders come and go, every change that was answered is there.
func TestNothingAnsweredIsLost(t *testing.T) {
	dir, watch := t.TempDir(), newWatch()
	const workers, changes = 4, 12
	var mu sync.Mutex
	var answered []string
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			for n := range changes {
				a, err := emulator.Attach(t.Context(), emulator.Options{Dir: dir, Now: watch.Now})
				if err != nil {
					t.Error(err)
					return
				}
				name := fmt.Sprintf("c-%d-%02d", w, n)
				status, err := post(a, targetECS+"CreateCluster", `{"clusterName":"`+name+`"}`)
				if err == nil && status == http.StatusOK {
					mu.Lock()
					answered = append(answered, name)
					mu.Unlock()
				}
				if err := a.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if len(answered) < workers*changes*9/10 {
		t.Errorf("only %d of %d changes were answered", len(answered), workers*changes)
	}
	r := attach(t, emulator.Options{Dir: dir, Now: watch.Now})
	there := r.clusters()
	for _, name := range answered {
		if !slices.Contains(there, name) {
			t.Errorf("cluster %s was made and is not there", name)
		}
	}
}

func post(a *emulator.Attachment, target, body string) (int, error) {
	req, err := http.NewRequest(http.MethodPost, "http://x/", strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("X-Amz-Target", target)
	response, err := (&http.Client{Transport: a.RoundTripper()}).Do(req)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}

// A joined process passes on what comes to it over TCP, with its own registry host.
func TestHandlerOfAJoinedProcess(t *testing.T) {
	dir, watch := t.TempDir(), newWatch()
	first := attach(t, emulator.Options{Dir: dir, Now: watch.Now})
	second := attach(t, emulator.Options{Dir: dir, Now: watch.Now, RegistryHost: "registry.example:5000"})
	for _, tt := range []struct {
		r    *rig
		host string
	}{
		{first, "123456789012.dkr.ecr.us-east-1.amazonaws.com"},
		{second, "registry.example:5000"},
	} {
		server := httptest.NewServer(tt.r.a.Handler())
		defer server.Close()
		client := ecr.New(ecr.Options{
			Region: emulator.Region, BaseEndpoint: &server.URL, Credentials: aws.AnonymousCredentials{},
		})
		if tt.r == first {
			must[*ecr.CreateRepositoryOutput](t)(client.CreateRepository(t.Context(), &ecr.CreateRepositoryInput{RepositoryName: aws.String("app")}))
		}
		out := must[*ecr.DescribeRepositoriesOutput](t)(client.DescribeRepositories(t.Context(), &ecr.DescribeRepositoriesInput{}))
		if got, want := *out.Repositories[0].RepositoryUri, tt.host+"/app"; got != want {
			t.Errorf("repository URI %s, want %s", got, want)
		}
	}
}

// A path that is too long for a socket gets a short one.
func TestLongPath(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("long/", 30))
	watch := newWatch()
	first := attach(t, emulator.Options{Dir: dir, Now: watch.Now})
	second := attach(t, emulator.Options{Dir: dir, Now: watch.Now})
	if err := second.create("x"); err != nil {
		t.Fatal(err)
	}
	if got := first.clusters(); !slices.Equal(got, []string{"x"}) {
		t.Errorf("clusters %v", got)
	}
	if second.a.Holds() {
		t.Error("both hold the world")
	}
}

// A dead socket in the way is taken down, and none is left behind.
func TestSocketFile(t *testing.T) {
	dir := t.TempDir()
	sock := filepath.Join(dir, "default", "sock")
	if err := os.MkdirAll(filepath.Dir(sock), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(sock, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	a, err := emulator.Attach(t.Context(), emulator.Options{Dir: dir, Now: newWatch().Now})
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(sock); err != nil || info.Mode()&os.ModeSocket == 0 {
		t.Errorf("no socket: %v %v", info, err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(sock); err == nil {
		t.Error("the socket is still there")
	}
}

func TestWorldNames(t *testing.T) {
	for _, name := range []string{"../x", "a/b", "..", `a\b`, ".hidden", "-x", "a b", "a\nb", "a\x00b", "ü", strings.Repeat("x", 65)} {
		if a, err := emulator.Attach(t.Context(), emulator.Options{Dir: t.TempDir(), World: name}); err == nil {
			_ = a.Close()
			t.Errorf("world %q was opened", name)
		}
	}
	for _, name := range []string{"a", "7", "Team-1_v1.2", strings.Repeat("x", 64)} {
		a, err := emulator.Attach(t.Context(), emulator.Options{Dir: t.TempDir(), World: name})
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}
}

// An ephemeral world leaves nothing behind.
func TestEphemeral(t *testing.T) {
	dir := t.TempDir()
	a, err := emulator.Attach(t.Context(), emulator.Options{Dir: dir, Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("%d entries", len(entries))
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 0 {
		t.Errorf("left behind: %v", entries)
	}
}

// A holder that was stopped has a socket that takes connections and answers
// nothing; it is not joined.
func TestStoppedHolder(t *testing.T) {
	dir := t.TempDir()
	holder, err := emulator.Attach(t.Context(), emulator.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = holder.Close() })
	sock := filepath.Join(dir, "default", "sock")
	if err := os.Remove(sock); err != nil {
		t.Fatal(err)
	}
	silent, err := net.Listen("unix", sock)
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if a, err := emulator.Attach(ctx, emulator.Options{Dir: dir}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, want that of the deadline", err)
		if err == nil {
			_ = a.Close()
		}
	}
}
