package image_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"gantry/image"
	"gantry/internal/hint"
)

func must[T any](value T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// archive writes a docker archive that holds one random image per name.
func archive(t *testing.T, names ...string) string {
	t.Helper()
	images := map[name.Tag]v1.Image{}
	for _, n := range names {
		images[must(name.NewTag(n))(t)] = must(random.Image(2000, 2))(t)
	}
	path := filepath.Join(t.TempDir(), "image.tar")
	if err := tarball.MultiWriteToFile(path, images); err != nil {
		t.Fatal(err)
	}
	return path
}

// platforms is an index with an image for each platform.
func platforms(t *testing.T, of ...string) v1.ImageIndex {
	t.Helper()
	var index v1.ImageIndex = empty.Index
	for _, one := range of {
		platform := must(v1.ParsePlatform(one))(t)
		img := must(random.Image(1000, 1))(t)
		config := must(img.ConfigFile())(t).DeepCopy()
		config.OS, config.Architecture = platform.OS, platform.Architecture
		img = must(mutate.ConfigFile(img, config))(t)
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{Platform: platform}})
	}
	return index
}

// pack makes a tarball of a folder.
func pack(t *testing.T, folder string, extra ...tar.Header) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "packed.tar")
	out := must(os.Create(path))(t)
	writer := tar.NewWriter(out)
	if err := writer.AddFS(os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	for _, header := range extra {
		if err := writer.WriteHeader(&header); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(writer.Close(), out.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

func write(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func gzipped(t *testing.T, path string) string {
	t.Helper()
	var out bytes.Buffer
	writer := gzip.NewWriter(&out)
	if _, err := writer.Write(must(os.ReadFile(path))(t)); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return write(t, "image.tar.gz", out.Bytes())
}

func open(t *testing.T, spec string, options image.Options) *image.Image {
	t.Helper()
	img := must(image.Open(t.Context(), spec, options))(t)
	t.Cleanup(func() {
		if err := img.Close(); err != nil {
			t.Error(err)
		}
	})
	return img
}

func TestOpenArchive(t *testing.T) {
	path := archive(t, "web:v1")
	plain := open(t, path, image.Options{})
	if plain.Kind() != image.DockerArchive || plain.LayerCount() != 2 || plain.Source() != path {
		t.Errorf("got %s image of %d layers from %s", plain.Kind(), plain.LayerCount(), plain.Source())
	}
	for _, spec := range []string{gzipped(t, path), "docker-archive:" + path, path + "#web:v1"} {
		if same := open(t, spec, image.Options{}); same.Digest() != plain.Digest() {
			t.Errorf("%s has digest %s, want %s", spec, same.Digest(), plain.Digest())
		}
	}
}

func TestOpenArchiveOfSeveralImages(t *testing.T) {
	path := archive(t, "web:v1", "web:v2")
	_, err := image.Open(t.Context(), path, image.Options{})
	if hint.KindOf(err) != hint.Invalid || !strings.Contains(err.Error(), "holds 2 images") || !strings.Contains(hint.Of(err), path+"#") {
		t.Errorf("without a choice: %v (%s)", err, hint.Of(err))
	}
	one, two := open(t, path+"#web:v1", image.Options{}), open(t, path+"#web:v2", image.Options{})
	if one.Digest() == two.Digest() {
		t.Error("both names gave one image")
	}
}

func TestOpenLayout(t *testing.T) {
	sample := must(image.Sample("v1"))(t)
	folder := filepath.Join(t.TempDir(), "sample")
	if err := sample.WriteLayout(folder); err != nil {
		t.Fatal(err)
	}
	for _, spec := range []string{folder, "oci:" + folder, pack(t, folder), gzipped(t, pack(t, folder))} {
		img := open(t, spec, image.Options{})
		if img.Digest() != sample.Digest() || img.Kind() != image.OCILayout {
			t.Errorf("%s: got %s %s, want %s", spec, img.Kind(), img.Digest(), sample.Digest())
		}
		if got := img.Platforms(); len(got) != 1 || got[0] != "linux/amd64" {
			t.Errorf("%s: platforms %q", spec, got)
		}
	}
}

func TestPackedLayoutIsUnpackedNowhereElse(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "sample")
	if err := must(image.Sample("v1"))(t).WriteLayout(folder); err != nil {
		t.Fatal(err)
	}
	evil := pack(t, folder, tar.Header{Name: "../escaped", Typeflag: tar.TypeReg}, tar.Header{Name: "blobs/sha256/../../../escaped", Typeflag: tar.TypeReg},
		tar.Header{Name: "blobs/sha256/link", Linkname: "/etc/passwd", Typeflag: tar.TypeSymlink})
	temp := t.TempDir()
	img := must(image.Open(t.Context(), evil, image.Options{TempDir: temp}))(t)
	if _, err := os.Lstat(filepath.Join(filepath.Dir(temp), "escaped")); err == nil {
		t.Error("a file was written outside of the temporary folder")
	}
	if err := img.Close(); err != nil {
		t.Error(err)
	}
	if left := must(os.ReadDir(temp))(t); len(left) != 0 {
		t.Errorf("Close left %v", left)
	}
}

func TestOpenMultiPlatform(t *testing.T) {
	index := platforms(t, "linux/amd64", "linux/arm64")
	folder := t.TempDir()
	path := must(layout.Write(folder, empty.Index))(t)
	if err := path.AppendIndex(index); err != nil {
		t.Fatal(err)
	}
	whole := open(t, folder, image.Options{})
	if want := must(index.Digest())(t).String(); whole.Digest() != want || len(whole.Platforms()) != 2 {
		t.Errorf("got %s for %q, want %s", whole.Digest(), whole.Platforms(), want)
	}
	arm := open(t, folder, image.Options{Platform: "linux/arm64"})
	if got := arm.Platforms(); len(got) != 1 || got[0] != "linux/arm64" {
		t.Errorf("platforms of the choice: %q", got)
	}
	if _, err := image.Open(t.Context(), folder, image.Options{Platform: "windows/amd64"}); hint.KindOf(err) != hint.NotFound {
		t.Errorf("a platform that is not there: %v", err)
	}

	// A layout whose list of platforms is index.json itself.
	flat := t.TempDir()
	if _, err := layout.Write(flat, index); err != nil {
		t.Fatal(err)
	}
	if got := open(t, flat, image.Options{}); got.Digest() != whole.Digest() {
		t.Errorf("flat layout: %s, want %s", got.Digest(), whole.Digest())
	}
}

func TestOpenLayoutOfNamedImages(t *testing.T) {
	folder := t.TempDir()
	path := must(layout.Write(folder, empty.Index))(t)
	for _, n := range []string{"v1", "v2"} {
		named := layout.WithAnnotations(map[string]string{"org.opencontainers.image.ref.name": n})
		if err := path.AppendImage(must(random.Image(500, 1))(t), named); err != nil {
			t.Fatal(err)
		}
	}
	_, err := image.Open(t.Context(), folder, image.Options{})
	if hint.KindOf(err) != hint.Invalid || hint.Of(err) != "pick one: "+folder+"#v1" {
		t.Errorf("without a choice: %v (%s)", err, hint.Of(err))
	}
	open(t, folder+"#v2", image.Options{})
	if _, err := image.Open(t.Context(), folder+"#v3", image.Options{}); hint.KindOf(err) != hint.NotFound {
		t.Errorf("a name that is not there: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	whole := must(os.ReadFile(archive(t, "web:v1")))(t)
	noImage := t.TempDir()
	if err := os.WriteFile(filepath.Join(noImage, "hello.txt"), []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	layoutWith := func(index string) string {
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, "index.json"), []byte(index), 0o600); err != nil {
			t.Fatal(err)
		}
		return folder
	}
	lacking := filepath.Join(t.TempDir(), "lacking")
	sample := must(image.Sample("v1"))(t)
	if err := sample.WriteLayout(lacking); err != nil {
		t.Fatal(err)
	}
	largest := ""
	blobs := filepath.Join(lacking, "blobs", "sha256")
	for _, entry := range must(os.ReadDir(blobs))(t) {
		if info := must(entry.Info())(t); info.Size() > 100_000 {
			largest = filepath.Join(blobs, entry.Name())
		}
	}
	if err := os.Remove(largest); err != nil {
		t.Fatal(err)
	}
	archiveWith := func(manifest string) string {
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, "manifest.json"), []byte(manifest), 0o600); err != nil {
			t.Fatal(err)
		}
		return pack(t, folder)
	}
	silent := image.Options{Engine: brokenEngine{}}
	for name, tt := range map[string]struct {
		spec string
		kind hint.Kind
		text string
	}{
		"nothing":               {"", hint.Usage, "no image given"},
		"missing tarball":       {"no/such.tar", hint.Usage, "there is no such file or folder"},
		"missing path":          {"./web", hint.Usage, "there is no such file or folder"},
		"missing, forced":       {"docker-archive:web", hint.Usage, "there is no such file or folder"},
		"missing, with choice":  {"such.tar#web", hint.Usage, "there is no such file or folder"},
		"no name either":        {"two words", hint.Usage, "no image name"},
		"empty file":            {write(t, "a.tar", nil), hint.Invalid, "it is empty"},
		"text":                  {write(t, "a.tar", []byte(strings.Repeat("not a tarball\n", 100))), hint.Invalid, "not a tarball"},
		"bad gzip":              {write(t, "a.tar", []byte{0x1f, 0x8b, 1, 2, 3}), hint.Invalid, "not a tarball"},
		"cut off":               {write(t, "a.tar", whole[:len(whole)/2]), hint.Invalid, "unexpected EOF"},
		"no image":              {pack(t, noImage), hint.Invalid, "the tarball is no image"},
		"folder":                {noImage, hint.Invalid, "no OCI image layout"},
		"bad index.json":        {layoutWith("{"), hint.Invalid, "index.json"},
		"empty layout":          {layoutWith(`{"schemaVersion":2,"manifests":[]}`), hint.Invalid, "names no image"},
		"layout of nothing":     {layoutWith(`{"manifests":[{"mediaType":"text/plain","digest":"sha256:` + strings.Repeat("0", 64) + `"}]}`), hint.Invalid, "which is no image"},
		"layout of a ghost":     {layoutWith(`{"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:` + strings.Repeat("0", 64) + `"}]}`), hint.Invalid, "not complete"},
		"missing layer":         {lacking, hint.Invalid, "is missing"},
		"packed, missing layer": {pack(t, lacking), hint.Invalid, "is missing"},
		"bad manifest.json":     {archiveWith("[{"), hint.Invalid, "manifest.json is not readable"},
		"empty manifest.json":   {archiveWith("[]"), hint.Invalid, "names no image"},
		"manifest of a ghost":   {archiveWith(`[{"Config":"ghost.json","Layers":["a"]}]`), hint.Invalid, "not readable"},
		"no engine":             {"web:v1", hint.Unexpected, "does not answer"},
	} {
		t.Run(name, func(t *testing.T) {
			img, err := image.Open(t.Context(), tt.spec, silent)
			if err == nil {
				t.Fatalf("opened %s", img.Digest())
			}
			if hint.KindOf(err) != tt.kind || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("got %s: %v\nwant %s: %s", hint.KindOf(err), err, tt.kind, tt.text)
			}
			if strings.Contains(err.Error(), "gantry-image-") {
				t.Errorf("the error names our temporary copy: %v", err)
			}
		})
	}
}

func TestOpenIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(io.ErrNoProgress)
	if _, err := image.Open(ctx, archive(t, "web:v1"), image.Options{}); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("got %v", err)
	}
}

func TestParseReference(t *testing.T) {
	digest := "sha256:" + strings.Repeat("a", 64)
	for text, want := range map[string]image.Reference{
		"web":                  {Repository: "web"},
		"web:v1":               {Repository: "web", Tag: "v1"},
		"team/web":             {Repository: "team/web"},
		"localhost/web":        {Registry: "localhost", Repository: "web"},
		"127.0.0.1:4599/a/b:c": {Registry: "127.0.0.1:4599", Repository: "a/b", Tag: "c"},
		"123456789012.dkr.ecr.us-east-1.amazonaws.com/web:v1@" + digest: {
			Registry: "123456789012.dkr.ecr.us-east-1.amazonaws.com", Repository: "web", Tag: "v1", Digest: digest},
	} {
		got, err := image.ParseReference(text)
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
		if got.String() != text {
			t.Errorf("%s became %s", text, got)
		}
	}
	for _, text := range []string{"", ":v1", "Web", "web:", "web:-v1", "web@sha256:1", "a//b", "/web", "web:v1:v2", "web/", "web v1"} {
		if got, err := image.ParseReference(text); err == nil || hint.KindOf(err) != hint.Usage {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
}
