package registry_test

import (
	"archive/tar"
	"bytes"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"gantry/emulator/registry"
	"gantry/image"
	"gantry/internal/hint"
)

// The two halves of a push in this program, against each other.
func TestImageRoom(t *testing.T) {
	w := newWorld(t, "web")
	to := image.Destination{Host: strings.TrimPrefix(w.serve(), "http://"), PlainHTTP: true, Repository: "web", Tag: "v1"}
	one, two := must(image.Sample("v1"))(t), must(image.Sample("v2"))(t)
	if result := must(image.Push(t.Context(), one, to, nil))(t); result.Pushed != 2 {
		t.Errorf("first: %+v", result)
	}
	if result := must(image.Push(t.Context(), one, to, nil))(t); !result.Unchanged {
		t.Errorf("again: %+v", result)
	}
	to.Tag = "v2"
	if result := must(image.Push(t.Context(), two, to, nil))(t); result.Pushed != 1 || result.Skipped != 1 {
		t.Errorf("the next version: %+v", result)
	}
	for tag, sample := range map[string]*image.Image{"v1": one, "v2": two} {
		pulled := must(remote.Image(w.ref("web:" + tag)))(t)
		if err := validate.Image(pulled); err != nil {
			t.Error(err)
		}
		if got, _ := w.Resolve("web", tag); got != sample.Digest() {
			t.Errorf("%s is %s, want %s", tag, got, sample.Digest())
		}
	}
	must(w.ChangeRepository("web", func(r *registry.Repository) error { r.TagMutability = registry.Immutable; return nil }))(t)
	if _, err := image.Push(t.Context(), one, to, nil); hint.KindOf(err) != hint.Conflict || !strings.Contains(err.Error(), "cannot be overwritten because the tag is immutable") {
		t.Errorf("moving an immutable tag: %v", err)
	}
	to.Repository = "none"
	if _, err := image.Push(t.Context(), one, to, nil); hint.KindOf(err) != hint.NotFound || !strings.Contains(err.Error(), "The repository with name 'none' does not exist") {
		t.Errorf("a missing repository: %v", err)
	}
}

// needDocker skips the test where no Docker engine answers, unless the
// environment says that there has to be one.
func needDocker(t *testing.T) {
	t.Helper()
	if err := exec.CommandContext(t.Context(), "docker", "info").Run(); err != nil {
		if os.Getenv("GANTRY_NEED_DOCKER") == "1" {
			t.Fatalf("no Docker engine answers: %v", err)
		}
		t.Skip("no Docker engine answers")
	}
}

func docker(t *testing.T, stdin io.Reader, args ...string) (output string, ok bool) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "docker", args...)
	command.Stdin = stdin
	out, err := command.CombinedOutput()
	return string(out), err == nil
}

func TestDocker(t *testing.T) {
	needDocker(t)
	w := newWorld(t, "team/web")
	run := func(stdin io.Reader, args ...string) string {
		t.Helper()
		output, ok := docker(t, stdin, args...)
		if !ok {
			t.Fatalf("docker %s:\n%s", strings.Join(args, " "), output)
		}
		return output
	}
	var content bytes.Buffer
	writer := tar.NewWriter(&content)
	text := strings.Repeat("a file of the test's image\n", 1000)
	if err := writer.WriteHeader(&tar.Header{Name: "hello.txt", Mode: 0o644, Size: int64(len(text))}); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(writer, text); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	host := strings.TrimPrefix(w.serve(), "http://") // docker takes 127.0.0.0/8 for HTTP
	tag, missing := host+"/team/web:v1", host+"/none:v1"
	run(&content, "import", "--change", `CMD ["/hello"]`, "-", tag)
	run(nil, "tag", tag, missing)
	t.Cleanup(func() { _ = exec.Command("docker", "rmi", "-f", tag, missing).Run() })

	pushed := run(nil, "push", tag)
	digest, found := w.Resolve("team/web", "v1")
	if !found || !strings.Contains(pushed, digest) {
		t.Errorf("the tag is %q, and docker said:\n%s", digest, pushed)
	}
	if again := run(nil, "push", tag); !strings.Contains(again, "Layer already exists") {
		t.Errorf("the second push sent the layer again:\n%s", again)
	}
	if output, ok := docker(t, nil, "push", missing); ok ||
		!strings.Contains(output, "name unknown: The repository with name 'none' does not exist in the registry with id '123456789012'") {
		t.Errorf("push to a missing repository:\n%s", output)
	}
	run(nil, "rmi", tag, missing)
	if output := run(nil, "pull", tag); !strings.Contains(output, digest) {
		t.Errorf("pull:\n%s", output)
	}
	if output, ok := docker(t, nil, "pull", host+"/team/web:v2"); ok || !strings.Contains(output, "not found") {
		t.Errorf("pull of a missing tag:\n%s", output)
	}
	// A configuration of its own: the person's may hold credentials.
	if output := run(strings.NewReader("secret"), "--config", t.TempDir(), "login", "--username", "AWS", "--password-stdin", host); !strings.Contains(output, "Login Succeeded") {
		t.Errorf("login:\n%s", output)
	}
}

// The sample is a real image: docker runs it.
func TestDockerRunsTheSample(t *testing.T) {
	needDocker(t)
	if runtime.GOARCH != "amd64" {
		t.Skip("the sample's program is for x86-64")
	}
	w := newWorld(t, "web")
	host := strings.TrimPrefix(w.serve(), "http://")
	to := image.Destination{Host: host, PlainHTTP: true, Repository: "web", Tag: "v1"}
	must(image.Push(t.Context(), must(image.Sample("v1"))(t), to, nil))(t)
	tag := host + "/web:v1"
	if output, ok := docker(t, nil, "pull", tag); !ok {
		t.Fatalf("pull:\n%s", output)
	}
	t.Cleanup(func() { _ = exec.Command("docker", "rmi", "-f", tag).Run() })
	id, ok := docker(t, nil, "run", "-d", "--network", "none", tag)
	if !ok {
		t.Skipf("this engine runs no containers here:\n%s", id)
	}
	id = strings.TrimSpace(id)
	t.Cleanup(func() { _ = exec.Command("docker", "rm", "-f", id).Run() })
	logs := ""
	for range 100 {
		if logs, _ = docker(t, nil, "logs", id); logs != "" {
			break
		}
	}
	if logs != "sample web service v1 is listening on port 8080\n" {
		t.Errorf("the container said %q", logs)
	}
	if running, _ := docker(t, nil, "inspect", "-f", "{{.State.Running}}", id); strings.TrimSpace(running) != "true" {
		t.Errorf("the container runs: %s", running)
	}
}
