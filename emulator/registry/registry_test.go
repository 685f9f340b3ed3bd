package registry_test

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/go-containerregistry/pkg/v1/validate"
	"go.etcd.io/bbolt"

	"gantry/emulator/registry"
)

// world is a registry with its file, folder and clock.
type world struct {
	*registry.Registry
	t      *testing.T
	db     *bbolt.DB
	folder string
	clock  time.Time
	server *httptest.Server
	told   sync.Mutex
	pushes []string
}

func newWorld(t *testing.T, repositories ...string) *world {
	t.Helper()
	w := &world{t: t, folder: t.TempDir(), clock: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	w.open()
	for _, name := range repositories {
		w.create(registry.Repository{Name: name})
	}
	t.Cleanup(w.close)
	return w
}

func (w *world) open() {
	w.t.Helper()
	var err error
	if w.db, err = bbolt.Open(filepath.Join(w.folder, "world.db"), 0o600, &bbolt.Options{NoSync: true}); err != nil {
		w.t.Fatal(err)
	}
	w.Registry, err = registry.Open(w.db, filepath.Join(w.folder, "blobs"), func() time.Time { return w.clock },
		registry.WithOnPush(func(repository, tag, digest string) {
			w.told.Lock()
			defer w.told.Unlock()
			w.pushes = append(w.pushes, repository+":"+tag+"@"+digest)
		}))
	if err != nil {
		w.t.Fatal(err)
	}
}

// serve is the world over HTTP, as it is when the test asks first.
func (w *world) serve() string {
	if w.server == nil {
		w.server = httptest.NewServer(w.Handler(registry.Access{}))
	}
	return w.server.URL
}

func (w *world) close() {
	if w.server != nil {
		w.server.Close()
		w.server = nil
	}
	if err := w.db.Close(); err != nil {
		w.t.Error(err)
	}
}

func (w *world) create(repository registry.Repository) registry.Repository {
	w.t.Helper()
	return must(w.CreateRepository(repository))(w.t)
}

// ref is a name on the world's server.
func (w *world) ref(image string) name.Reference {
	w.t.Helper()
	return must(name.ParseReference(strings.TrimPrefix(w.serve(), "http://") + "/" + image))(w.t)
}

func (w *world) push(image string, img v1.Image) string {
	w.t.Helper()
	if err := remote.Write(w.ref(image), img); err != nil {
		w.t.Fatal(err)
	}
	return must(img.Digest())(w.t).String()
}

func (w *world) layerFiles() int {
	w.t.Helper()
	return len(must(os.ReadDir(filepath.Join(w.folder, "blobs", "sha256")))(w.t))
}

func must[T any](value T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func randomImage(t *testing.T) v1.Image {
	t.Helper()
	return must(random.Image(3000, 2))(t)
}

// wantCode checks that an error is ECR's of that code and has the text.
func wantCode(t *testing.T, err error, code, text string) {
	t.Helper()
	var refused *registry.Error
	if !errors.As(err, &refused) || refused.Code != code || !strings.Contains(refused.Message, text) {
		t.Errorf("got %v\nwant %s: … %s …", err, code, text)
	}
}

func TestPushAndPullByRealClient(t *testing.T) {
	w := newWorld(t, "team/web")
	img := randomImage(t)
	digest := w.push("team/web:v1", img)
	for _, ref := range []string{"team/web:v1", "team/web@" + digest} {
		if err := validate.Image(must(remote.Image(w.ref(ref)))(t)); err != nil {
			t.Errorf("%s: %v", ref, err)
		}
	}
	if got := must(remote.List(w.ref("team/web").Context()))(t); !slices.Equal(got, []string{"v1"}) {
		t.Errorf("tags %q", got)
	}
	if got := must(remote.Catalog(t.Context(), w.ref("team/web").Context().Registry))(t); !slices.Equal(got, []string{"team/web"}) {
		t.Errorf("catalog %q", got)
	}
	if want := []string{"team/web:v1@" + digest}; !slices.Equal(w.pushes, want) {
		t.Errorf("told of %q, want %q", w.pushes, want)
	}
	w.push("team/web:v1", img)
	if len(w.pushes) != 1 {
		t.Errorf("told of a push that changed nothing: %q", w.pushes)
	}
	found, manifest, err := w.Image("team/web", registry.ImageID{Tag: "v1"})
	if err != nil || found.Digest != digest || found.LastPulledAt != w.clock || found.PushedAt != w.clock ||
		!bytes.Equal(manifest, must(img.RawManifest())(t)) || found.MediaType != string(types.DockerManifestSchema2) ||
		found.ArtifactMediaType != string(types.DockerConfigJSON) {
		t.Errorf("%+v, %v", found, err)
	}
	size := must(img.Manifest())(t).Config.Size
	for _, layer := range must(img.Layers())(t) {
		size += must(layer.Size())(t)
	}
	if found.SizeBytes != size {
		t.Errorf("size %d, want %d", found.SizeBytes, size)
	}
}

func TestPushToMissingRepository(t *testing.T) {
	w := newWorld(t)
	err := remote.Write(w.ref("web:v1"), randomImage(t))
	want := "NAME_UNKNOWN: The repository with name 'web' does not exist in the registry with id '123456789012'"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want … %s", err, want)
	}
}

func TestTagMoves(t *testing.T) {
	w := newWorld(t, "web")
	old := w.push("web:v1", randomImage(t))
	w.clock = w.clock.Add(time.Minute)
	young := w.push("web:v1", randomImage(t))
	images := must(w.Images("web"))(t)
	if len(images) != 2 || images[0].Digest != old || len(images[0].Tags) != 0 ||
		images[1].Digest != young || !slices.Equal(images[1].Tags, []string{"v1"}) {
		t.Errorf("%+v", images)
	}
	if got, found := w.Resolve("web", "v1"); !found || got != young {
		t.Errorf("v1 is %s", got)
	}
	if got, found := w.Resolve("web", old); !found || got != old {
		t.Errorf("%s is %s", old, got)
	}
}

func TestImmutableTags(t *testing.T) {
	w := newWorld(t)
	w.create(registry.Repository{Name: "fixed", TagMutability: registry.Immutable})
	w.create(registry.Repository{Name: "mostly", TagMutability: registry.ImmutableWithExclusion, MutabilityExclusion: []string{"dev-*"}})
	w.create(registry.Repository{Name: "hardly", TagMutability: registry.MutableWithExclusion, MutabilityExclusion: []string{"v*"}})
	for _, tt := range []struct {
		ref   string
		moves bool
	}{
		{"fixed:v1", false}, {"mostly:v1", false}, {"mostly:dev-1", true}, {"hardly:v1", false}, {"hardly:latest", true},
	} {
		img := randomImage(t)
		w.push(tt.ref, img)
		w.push(tt.ref, img) // the same content again is no move
		err := remote.Write(w.ref(tt.ref), randomImage(t))
		if tt.moves != (err == nil) {
			t.Errorf("%s: %v", tt.ref, err)
		}
		if err != nil && !strings.Contains(err.Error(), "TAG_INVALID: The image tag '") {
			t.Errorf("%s: %v", tt.ref, err)
		}
	}
	// A refused push leaves nothing behind but its layers.
	if images := must(w.Images("fixed"))(t); len(images) != 1 {
		t.Errorf("%+v", images)
	}
}

func TestMultiPlatformImage(t *testing.T) {
	w := newWorld(t, "web")
	index := must(random.Index(1000, 1, 2))(t)
	if err := remote.WriteIndex(w.ref("web:v1"), index); err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(must(remote.Index(w.ref("web:v1")))(t)); err != nil {
		t.Error(err)
	}
	images := must(w.Images("web"))(t)
	if len(images) != 3 {
		t.Fatalf("%d images", len(images))
	}
	child := must(index.IndexManifest())(t).Manifests[0].Digest.String()
	_, failures, err := w.DeleteImages("web", []registry.ImageID{{Digest: child}})
	if err != nil || len(failures) != 1 || failures[0].Code != registry.FailureReferencedByManifestList {
		t.Errorf("deleting a part: %+v, %v", failures, err)
	}
	var all []registry.ImageID
	for _, image := range images {
		all = append(all, registry.ImageID{Digest: image.Digest})
	}
	if _, failures, err = w.DeleteImages("web", all); err != nil || len(failures) != 0 {
		t.Errorf("deleting all: %+v, %v", failures, err)
	}
	if left := w.layerFiles(); left != 0 {
		t.Errorf("%d layer files are left", left)
	}
}

func TestReferrers(t *testing.T) {
	w := newWorld(t, "web")
	img := randomImage(t)
	digest := w.push("web:v1", img)
	subject := must(remote.Get(w.ref("web:v1")))(t).Descriptor
	signature := mutate.Subject(mutate.MediaType(randomImage(t), types.OCIManifestSchema1), subject).(v1.Image)
	signed := w.push("web:signature", signature)
	index := must(remote.Referrers(w.ref("web@" + digest).(name.Digest)))(t)
	list := must(index.IndexManifest())(t)
	if len(list.Manifests) != 1 || list.Manifests[0].Digest.String() != signed {
		t.Errorf("%+v", list.Manifests)
	}
	if tags := must(remote.List(w.ref("web").Context()))(t); len(tags) != 2 {
		t.Errorf("the client fell back to a tag: %q", tags)
	}
}

func TestSurvivesReopening(t *testing.T) {
	w := newWorld(t, "web")
	img := randomImage(t)
	digest := w.push("web:v1", img)
	id, _, err := w.InitiateLayerUpload("web")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.UploadLayerPart("web", id, 0, 4, []byte("hello")); err != nil {
		t.Fatal(err)
	}
	stray := filepath.Join(w.folder, "blobs", "uploads", "stray")
	if err := os.WriteFile(stray, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	w.close()
	w.open()
	if err := validate.Image(must(remote.Image(w.ref("web@" + digest)))(t)); err != nil {
		t.Error(err)
	}
	if last, err := w.UploadLayerPart("web", id, 5, 9, []byte("world")); err != nil || last != 9 {
		t.Errorf("the upload does not go on: %d, %v", last, err)
	}
	if _, err := os.Stat(stray); err == nil {
		t.Error("a stray upload was left")
	}
	w.clock = w.clock.Add(25 * time.Hour)
	w.close()
	w.open()
	_, err = w.UploadLayerPart("web", id, 10, 10, []byte("!"))
	wantCode(t, err, registry.CodeUploadNotFound, id)
}

func TestReset(t *testing.T) {
	w := newWorld(t, "web")
	w.push("web:v1", randomImage(t))
	if err := w.Reset(); err != nil {
		t.Fatal(err)
	}
	if left := must(w.Repositories())(t); len(left) != 0 || w.layerFiles() != 0 {
		t.Errorf("left: %v, %d layers", left, w.layerFiles())
	}
	w.create(registry.Repository{Name: "web"})
	w.push("web:v1", randomImage(t))
}

func TestAccess(t *testing.T) {
	w := newWorld(t, "web")
	guarded := w.Handler(registry.Access{Authenticate: func(user, password string) bool {
		return user == "AWS" && password == "secret"
	}})
	for password, status := range map[string]int{"": 401, "wrong": 401, "secret": 200} {
		req := httptest.NewRequest(http.MethodGet, "/v2/", nil)
		if password != "" {
			req.SetBasicAuth("AWS", password)
		}
		answer := httptest.NewRecorder()
		guarded.ServeHTTP(answer, req)
		if answer.Code != status {
			t.Errorf("password %q: %d", password, answer.Code)
		}
		if asked := answer.Header().Get("Www-Authenticate"); (status == 401) != strings.HasPrefix(asked, "Basic realm=") {
			t.Errorf("password %q: challenge %q", password, asked)
		}
	}
}

func TestParseAndPullError(t *testing.T) {
	w := newWorld(t, "team/web")
	digest := w.push("team/web:v1", randomImage(t))
	const host = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
	for image, want := range map[string]struct {
		whose registry.Whose
		text  string
	}{
		host + "/team/web:v1":                            {registry.Ours, ""},
		host + "/team/web@" + digest:                     {registry.Ours, ""},
		host + "/team/web:v1@" + digest:                  {registry.Ours, ""},
		"127.0.0.1:4599/team/web:v1":                     {registry.Ours, ""},
		"localhost/team/web:v1":                          {registry.Ours, ""},
		"localhost:80/team/web:v1":                       {registry.Ours, ""},
		"[::1]:80/team/web:v1":                           {registry.Ours, ""},
		host + "/team/web":                               {registry.Ours, "failed to resolve ref " + host + "/team/web:latest: not found"},
		host + "/other:v1":                               {registry.Ours, "name unknown: The repository with name 'other' does not exist"},
		"210987654321.dkr.ecr.us-east-1.amazonaws.com/a": {registry.Elsewhere, ""},
		"nginx":                          {registry.Elsewhere, ""},
		"public.ecr.aws/nginx/nginx:1":   {registry.Elsewhere, ""},
		"docker.io/library/nginx:latest": {registry.Elsewhere, ""},
		"":                               {registry.Malformed, "invalid reference format"},
		"Web:v1":                         {registry.Malformed, "invalid reference format"},
		"web:":                           {registry.Malformed, "invalid reference format"},
		"web@sha256:short":               {registry.Malformed, "invalid reference format"},
	} {
		if _, whose := w.Parse(image); whose != want.whose {
			t.Errorf("%q belongs to %d, want %d", image, whose, want.whose)
		}
		err := w.PullError(image)
		if (err == nil) != (want.text == "") || (err != nil && !strings.Contains(err.Error(), want.text)) {
			t.Errorf("%q: %v, want … %s", image, err, want.text)
		}
	}
}

func TestStorageThatCannotBeWritten(t *testing.T) {
	w := newWorld(t, "web")
	uploads := filepath.Join(w.folder, "blobs", "uploads")
	if err := os.RemoveAll(uploads); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(uploads, nil, 0o600); err != nil { // a file in the folder's place
		t.Fatal(err)
	}
	_, _, err := w.InitiateLayerUpload("web")
	wantCode(t, err, registry.CodeServer, "cannot start a layer upload")
	if _, err := registry.Open(w.db, filepath.Join(w.folder, "blobs"), time.Now); err == nil {
		t.Error("opened over a file")
	}
}
