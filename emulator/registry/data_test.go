package registry_test

import (
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"gantry/emulator/registry"
)

func digest(content []byte) string { return fmt.Sprintf("sha256:%x", sha256.Sum256(content)) }

// layer brings a layer into a repository by the ECR API.
func (w *world) layer(repository, content string) string {
	w.t.Helper()
	id, size, err := w.InitiateLayerUpload(repository)
	if err != nil || size <= 0 {
		w.t.Fatal(err)
	}
	if _, err := w.UploadLayerPart(repository, id, 0, int64(len(content))-1, []byte(content)); err != nil {
		w.t.Fatal(err)
	}
	return must(w.CompleteLayerUpload(repository, id, []string{digest([]byte(content))}))(w.t)
}

// manifest is an OCI manifest of a config and layers.
func manifest(config string, layers ...string) []byte {
	part := func(mediaType, content string) string {
		return fmt.Sprintf(`{"mediaType":%q,"digest":%q,"size":%d}`, mediaType, digest([]byte(content)), len(content))
	}
	var parts []string
	for _, content := range layers {
		parts = append(parts, part("application/vnd.oci.image.layer.v1.tar+gzip", content))
	}
	return fmt.Appendf(nil, `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":%s,"layers":[%s]}`,
		part("application/vnd.oci.image.config.v1+json", config), strings.Join(parts, ","))
}

func TestRepositories(t *testing.T) {
	w := newWorld(t, "web", "api", "team/worker")
	var names []string
	for _, one := range must(w.Repositories())(t) {
		names = append(names, one.Name)
		if one.CreatedAt != w.clock || one.TagMutability != registry.Mutable || one.EncryptionType != "AES256" {
			t.Errorf("%+v", one)
		}
	}
	if !slices.Equal(names, []string{"api", "team/worker", "web"}) {
		t.Errorf("%q", names)
	}
	if got := must(w.Repositories("web", "api"))(t); len(got) != 2 || got[0].Name != "web" {
		t.Errorf("%+v", got)
	}
	_, err := w.Repositories("web", "none")
	wantCode(t, err, registry.CodeRepositoryNotFound, "The repository with name 'none' does not exist in the registry with id '123456789012'")
	_, err = w.CreateRepository(registry.Repository{Name: "web"})
	wantCode(t, err, registry.CodeRepositoryAlreadyExists, "The repository with name 'web' already exists in the registry with id '123456789012'")
	_, err = w.CreateRepository(registry.Repository{Name: "b", TagMutability: registry.Mutable})
	wantCode(t, err, registry.CodeInvalidParameter, "between 2 and 256")
	_, err = w.CreateRepository(registry.Repository{Name: "bb", TagMutability: "SOMETIMES"})
	wantCode(t, err, registry.CodeInvalidParameter, "imageTagMutability")
	_, err = w.CreateRepository(registry.Repository{Name: "bb", EncryptionType: "ROT13"})
	wantCode(t, err, registry.CodeInvalidParameter, "encryptionType")
	for _, bad := range []string{"Web", "web/", "/web", "a..b", "a/-b", "we b", "web:v1", "web\x00", strings.Repeat("a", 257)} {
		_, err := w.CreateRepository(registry.Repository{Name: bad})
		wantCode(t, err, registry.CodeInvalidParameter, "Invalid parameter at 'repositoryName' failed to satisfy constraint: ")
	}
	for _, good := range []string{"aa", "a__b", "a--b", "a.b/c_d", "0/1", strings.Repeat("a", 256)} {
		w.create(registry.Repository{Name: good})
	}
}

func TestChangeRepository(t *testing.T) {
	w := newWorld(t, "web")
	changed := must(w.ChangeRepository("web", func(r *registry.Repository) error {
		r.Name, r.TagMutability, r.Tags = "other", registry.Immutable, map[string]string{"team": "blue"}
		return nil
	}))(t)
	if changed.Name != "web" || changed.TagMutability != registry.Immutable {
		t.Errorf("%+v", changed)
	}
	if got := must(w.Repository("web"))(t); got.Tags["team"] != "blue" {
		t.Errorf("%+v", got)
	}
	_, err := w.ChangeRepository("web", func(r *registry.Repository) error { r.TagMutability = "?"; return nil })
	wantCode(t, err, registry.CodeInvalidParameter, "imageTagMutability")
	_, err = w.ChangeRepository("none", func(*registry.Repository) error { return nil })
	wantCode(t, err, registry.CodeRepositoryNotFound, "none")
}

func TestDeleteRepository(t *testing.T) {
	w := newWorld(t, "web", "web2")
	shared := randomImage(t)
	w.push("web:v1", shared)
	w.push("web2:v1", shared)
	_, err := w.DeleteRepository("web", false)
	wantCode(t, err, registry.CodeRepositoryNotEmpty,
		"The repository with name 'web' in registry with id '123456789012' cannot be deleted because it still contains images")
	before := w.layerFiles()
	if gone := must(w.DeleteRepository("web", true))(t); gone.Name != "web" {
		t.Errorf("%+v", gone)
	}
	if w.layerFiles() != before {
		t.Error("layers that web2 holds were deleted")
	}
	_, err = w.DeleteRepository("web", true)
	wantCode(t, err, registry.CodeRepositoryNotFound, "web")
	must(w.DeleteRepository("web2", true))(t)
	if left := w.layerFiles(); left != 0 {
		t.Errorf("%d layer files are left", left)
	}
	w.create(registry.Repository{Name: "web"})
	if images := must(w.Images("web"))(t); len(images) != 0 {
		t.Errorf("a new repository has the old one's images: %+v", images)
	}
}

func TestPutImage(t *testing.T) {
	w := newWorld(t, "web")
	raw := manifest("{}", "layer one")
	put := func(push registry.Push) (registry.Image, error) {
		push.Repository = "web"
		return w.PutImage(push)
	}
	_, err := put(registry.Push{Manifest: raw, Tag: "v1"})
	wantCode(t, err, registry.CodeLayersNotFound, fmt.Sprintf(
		"Layers with digests '[%s, %s]' required for pushing image into repository with name 'web' in the registry with id '123456789012' do not exist",
		digest([]byte("{}")), digest([]byte("layer one"))))
	w.layer("web", "{}")
	w.layer("web", "layer one")
	image := must(put(registry.Push{Manifest: raw, Tag: "v1"}))(t)
	if image.Digest != digest(raw) || image.SizeBytes != 11 || !slices.Equal(image.Tags, []string{"v1"}) ||
		image.ArtifactMediaType != "application/vnd.oci.image.config.v1+json" {
		t.Errorf("%+v", image)
	}
	_, err = put(registry.Push{Manifest: raw, Tag: "v1"})
	wantCode(t, err, registry.CodeImageAlreadyExists, "Image with digest '"+digest(raw)+"' and tag 'v1' already exists in the repository with name 'web'")
	_, err = put(registry.Push{Manifest: raw})
	wantCode(t, err, registry.CodeImageAlreadyExists, "already exists")
	image = must(put(registry.Push{Manifest: raw, Tag: "v2", Digest: digest(raw)}))(t)
	if !slices.Equal(image.Tags, []string{"v1", "v2"}) {
		t.Errorf("%+v", image)
	}
	_, err = put(registry.Push{Manifest: raw, Tag: "v3", Digest: digest(nil)})
	wantCode(t, err, registry.CodeImageDigestDoesNotMatch, digest(raw))
	_, err = put(registry.Push{Manifest: raw, Tag: "-"})
	wantCode(t, err, registry.CodeInvalidParameter, "imageTag")
	_, err = w.PutImage(registry.Push{Repository: "none", Manifest: raw})
	wantCode(t, err, registry.CodeRepositoryNotFound, "none")
	list := `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","size":1,"digest":"` + digest(nil) + `"}]}`
	_, err = put(registry.Push{Manifest: []byte(list)})
	wantCode(t, err, registry.CodeReferencedImagesNotFound, "Images with digests '["+digest(nil)+"]' required for pushing image")
}

func TestDeleteImages(t *testing.T) {
	w := newWorld(t, "web")
	config, base := w.layer("web", "{}"), w.layer("web", "base")
	one, two := manifest("{}", "base"), manifest("{}", "base", "top")
	top := w.layer("web", "top")
	for tag, raw := range map[string][]byte{"v1": one, "v1.0": one, "v2": two} {
		must(w.PutImage(registry.Push{Repository: "web", Manifest: raw, Tag: tag}))(t)
	}
	remove := func(ids ...registry.ImageID) ([]registry.ImageID, []registry.ImageFailure) {
		t.Helper()
		deleted, failures, err := w.DeleteImages("web", ids)
		if err != nil {
			t.Fatal(err)
		}
		return deleted, failures
	}
	_, failures := remove(registry.ImageID{}, registry.ImageID{Digest: "x"}, registry.ImageID{Tag: "?"},
		registry.ImageID{Tag: "none"}, registry.ImageID{Tag: "v1", Digest: digest(two)})
	var codes []string
	for _, failure := range failures {
		codes = append(codes, failure.Code)
	}
	if want := []string{"MissingDigestAndTag", "InvalidImageDigest", "InvalidImageTag", "ImageNotFound", "ImageTagDoesNotMatchDigest"}; !slices.Equal(codes, want) {
		t.Errorf("failures %q, want %q", codes, want)
	}
	if deleted, _ := remove(registry.ImageID{Tag: "v1"}); len(deleted) != 1 || deleted[0] != (registry.ImageID{Digest: digest(one), Tag: "v1"}) {
		t.Errorf("by tag: %+v", deleted)
	}
	if _, found := w.Resolve("web", digest(one)); !found {
		t.Error("the image went with a tag that was not its last")
	}
	if remove(registry.ImageID{Tag: "v1.0"}); len(must(w.Images("web"))(t)) != 1 {
		t.Error("the image stayed when its last tag went")
	}
	for layer, want := range map[string]bool{config: true, base: true, top: true} {
		if _, there, err := w.BlobAvailable("web", layer); err != nil || there != want {
			t.Errorf("layer %s: %v, %v", layer, there, err)
		}
	}
	if deleted, _ := remove(registry.ImageID{Digest: digest(two)}); len(deleted) != 1 || deleted[0].Tag != "v2" {
		t.Errorf("by digest: %+v", deleted)
	}
	if left := w.layerFiles(); left != 0 {
		t.Errorf("%d layer files are left", left)
	}
	_, _, err := w.DeleteImages("none", nil)
	wantCode(t, err, registry.CodeRepositoryNotFound, "none")
}

func TestLayerUploadAPI(t *testing.T) {
	w := newWorld(t, "web", "api")
	id, _, err := w.InitiateLayerUpload("web")
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.CompleteLayerUpload("web", id, []string{digest(nil)})
	wantCode(t, err, registry.CodeEmptyUpload, id)
	hello := strings.Repeat("hello", 1<<20)
	n := int64(len(hello))
	if last, err := w.UploadLayerPart("web", id, 0, n-1, []byte(hello)); err != nil || last != n-1 {
		t.Errorf("%d, %v", last, err)
	}
	for name, tt := range map[string]struct {
		repository, id string
		first, last    int64
		part, code     string
	}{
		"gap":              {"web", id, n + 1, n + 1, "x", registry.CodeInvalidLayerPart},
		"overlap":          {"web", id, n - 1, n - 1, "x", registry.CodeInvalidLayerPart},
		"length":           {"web", id, n, n + 4, "x", registry.CodeInvalidLayerPart},
		"negative":         {"web", id, -1, -1, "x", registry.CodeInvalidLayerPart},
		"empty":            {"web", id, n, n - 1, "", registry.CodeInvalidParameter},
		"other repository": {"api", id, n, n, "x", registry.CodeUploadNotFound},
		"no repository":    {"none", id, n, n, "x", registry.CodeRepositoryNotFound},
		"no upload":        {"web", "../../world.db", n, n, "x", registry.CodeUploadNotFound},
	} {
		_, err := w.UploadLayerPart(tt.repository, tt.id, tt.first, tt.last, []byte(tt.part))
		t.Log(name)
		wantCode(t, err, tt.code, "")
	}
	if last, err := w.UploadLayerPart("web", id, n, n, []byte("!")); err != nil || last != n {
		t.Errorf("%d, %v", last, err)
	}
	_, err = w.CompleteLayerUpload("web", id, nil)
	wantCode(t, err, registry.CodeInvalidParameter, "layerDigests")
	_, err = w.CompleteLayerUpload("web", id, []string{"md5:1"})
	wantCode(t, err, registry.CodeInvalidParameter, "layerDigests")
	want := digest([]byte(hello + "!"))
	if got, err := w.CompleteLayerUpload("web", id, []string{digest(nil), want}); err != nil || got != want {
		t.Errorf("%s, %v", got, err)
	}
	_, err = w.CompleteLayerUpload("web", id, []string{want})
	wantCode(t, err, registry.CodeUploadNotFound, id)

	content, size, err := w.BlobReader("web", want)
	if err != nil || size != n+1 {
		t.Fatalf("%d, %v", size, err)
	}
	if got := must(io.ReadAll(content))(t); string(got) != hello+"!" {
		t.Errorf("%d bytes", len(got))
	}
	if err := content.Close(); err != nil {
		t.Error(err)
	}
	if _, there, err := w.BlobAvailable("api", want); err != nil || there {
		t.Errorf("another repository has the layer: %v, %v", there, err)
	}
	_, _, err = w.BlobReader("api", want)
	wantCode(t, err, registry.CodeLayersNotFound, "The layer with digest '"+want+"' does not exist within the repository with name 'api'")

	again, _, err := w.InitiateLayerUpload("web")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.UploadLayerPart("web", again, 0, n, []byte(hello+"!")); err != nil {
		t.Fatal(err)
	}
	_, err = w.CompleteLayerUpload("web", again, []string{want})
	wantCode(t, err, registry.CodeLayerAlreadyExists, want)

	// Every part but the last has 5 MiB.
	small, _, err := w.InitiateLayerUpload("web")
	if err != nil {
		t.Fatal(err)
	}
	for i, part := range []string{"small", "er"} {
		if _, err := w.UploadLayerPart("web", small, int64(5*i), int64(5*i+len(part)-1), []byte(part)); err != nil {
			t.Fatal(err)
		}
	}
	_, err = w.CompleteLayerUpload("web", small, []string{digest([]byte("smaller"))})
	wantCode(t, err, registry.CodeLayerPartTooSmall, small)
}
