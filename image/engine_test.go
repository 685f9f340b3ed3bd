package image_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/client"

	"gantry/image"
	"gantry/internal/hint"
)

// brokenEngine is a Docker engine that is not running.
type brokenEngine struct{}

func (brokenEngine) Ping(context.Context, client.PingOptions) (client.PingResult, error) {
	return client.PingResult{}, errors.New("dial unix /var/run/docker.sock: no such file")
}

func (brokenEngine) ImageInspect(context.Context, string, ...client.ImageInspectOption) (client.ImageInspectResult, error) {
	return client.ImageInspectResult{}, io.ErrUnexpectedEOF
}

func (brokenEngine) ImageSave(context.Context, []string, ...client.ImageSaveOption) (client.ImageSaveResult, error) {
	return nil, io.ErrUnexpectedEOF
}

// fakeEngine holds one image.
type fakeEngine struct {
	name  string
	saved []byte
}

func (fakeEngine) Ping(context.Context, client.PingOptions) (client.PingResult, error) {
	return client.PingResult{}, nil
}

func (f fakeEngine) ImageInspect(_ context.Context, name string, _ ...client.ImageInspectOption) (client.ImageInspectResult, error) {
	if name != f.name {
		return client.ImageInspectResult{}, cerrdefs.ErrNotFound.WithMessage("No such image: " + name)
	}
	return client.ImageInspectResult{}, nil
}

func (f fakeEngine) ImageSave(context.Context, []string, ...client.ImageSaveOption) (client.ImageSaveResult, error) {
	return io.NopCloser(bytes.NewReader(f.saved)), nil
}

func TestOpenFromEngine(t *testing.T) {
	path := archive(t, "web:v1")
	saved := must(os.ReadFile(path))(t)
	temp := t.TempDir()
	options := image.Options{Engine: fakeEngine{name: "web:v1", saved: saved}, TempDir: temp}

	img := must(image.Open(t.Context(), "web:v1", options))(t)
	if img.Kind() != image.DockerEngine || img.Digest() != open(t, path, image.Options{}).Digest() {
		t.Errorf("got %s %s", img.Kind(), img.Digest())
	}
	if err := img.Close(); err != nil {
		t.Error(err)
	}
	if _, err := image.Open(t.Context(), "web:v2", options); hint.KindOf(err) != hint.NotFound || !strings.Contains(err.Error(), "no such image") {
		t.Errorf("an image that is not there: %v", err)
	}
	options.Engine = fakeEngine{name: "web:v1", saved: saved[:700]}
	if _, err := image.Open(t.Context(), "docker-daemon:web:v1", options); err == nil || strings.Contains(err.Error(), temp) {
		t.Errorf("a broken save: %v", err)
	}
	if left := must(os.ReadDir(temp))(t); len(left) != 0 {
		t.Errorf("temporary files are left: %v", left)
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

// docker runs the docker command and returns what it printed.
func docker(t *testing.T, stdin io.Reader, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "docker", args...)
	command.Stdin = stdin
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("docker %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func TestOpenFromDocker(t *testing.T) {
	needDocker(t)
	folder := t.TempDir()
	if err := os.WriteFile(folder+"/hello.txt", []byte("hello\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	content := must(os.ReadFile(pack(t, folder)))(t)
	const tag = "gantry-image-test:open"
	docker(t, bytes.NewReader(content), "import", "--change", `CMD ["/hello"]`, "-", tag)
	t.Cleanup(func() { _ = exec.Command("docker", "rmi", tag).Run() })

	fromEngine := open(t, tag, image.Options{})
	saved := t.TempDir() + "/saved.tar"
	docker(t, nil, "save", "-o", saved, tag)
	fromFile := open(t, saved, image.Options{})
	if fromEngine.Digest() != fromFile.Digest() || fromEngine.LayerCount() != 1 {
		t.Errorf("from the engine %s with %d layers, from docker save %s", fromEngine.Digest(), fromEngine.LayerCount(), fromFile.Digest())
	}
	if result := must(image.Push(t.Context(), fromEngine, destination(plainRegistry()), nil))(t); result.Pushed != 1 {
		t.Errorf("%+v", result)
	}
	if _, err := image.Open(t.Context(), "gantry-image-test:absent", image.Options{}); hint.KindOf(err) != hint.NotFound {
		t.Errorf("an image that is not there: %v", err)
	}
}
