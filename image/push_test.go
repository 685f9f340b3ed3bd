package image_test

import (
	"context"
	"errors"
	"io"
	"log" //nolint:depguard // go-containerregistry's registry takes a logger of this kind
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"gantry/image"
	"gantry/internal/hint"
)

// inMemory carries requests to a handler without a network, as the emulator's
// clients in the same process do.
type inMemory struct{ http.Handler }

func (m inMemory) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	if req.Body == nil {
		req.Body = http.NoBody
	}
	recorder := httptest.NewRecorder()
	m.ServeHTTP(recorder, req)
	response := recorder.Result()
	response.Request = req
	return response, nil
}

func plainRegistry() http.Handler {
	return registry.New(registry.Logger(log.New(io.Discard, "", 0)))
}

func destination(handler http.Handler) image.Destination {
	return image.Destination{Host: "registry.test", PlainHTTP: true, Repository: "team/web", Tag: "v1", Transport: inMemory{handler}}
}

// last keeps the last report of each layer.
type last map[string]image.Progress

func (l last) keep(p image.Progress) { l[p.Digest] = p }

func (l last) count(state image.State) int {
	n := 0
	for _, p := range l {
		if p.State == state {
			n++
		}
	}
	return n
}

func TestPushTwoVersions(t *testing.T) {
	to := destination(plainRegistry())
	one, two := must(image.Sample("v1"))(t), must(image.Sample("v2"))(t)

	seen := last{}
	result := must(image.Push(t.Context(), one, to, seen.keep))(t)
	if result.Pushed != 2 || result.Skipped != 0 || result.Unchanged || result.Digest != one.Digest() || result.BytesPushed != one.SizeBytes() {
		t.Errorf("first push: %+v", result)
	}
	if seen.count(image.Pushed) != 2 {
		t.Errorf("first push reported %+v", seen)
	}
	for _, p := range seen {
		if p.Sent != p.Size {
			t.Errorf("pushed layer with %d of %d bytes sent", p.Sent, p.Size)
		}
	}

	seen = last{}
	result = must(image.Push(t.Context(), one, to, seen.keep))(t)
	if !result.Unchanged || result.Pushed != 0 || result.Skipped != 2 || seen.count(image.Exists) != 2 {
		t.Errorf("the same again: %+v, %+v", result, seen)
	}

	seen = last{}
	result = must(image.Push(t.Context(), two, to, seen.keep))(t)
	if result.Pushed != 1 || result.Skipped != 1 || seen.count(image.Pushed) != 1 || seen.count(image.Exists) != 1 {
		t.Errorf("the next version: %+v, %+v", result, seen)
	}

	ref := must(name.NewTag("registry.test/team/web:v1", name.Insecure))(t)
	pulled := must(remote.Image(ref, remote.WithTransport(to.Transport)))(t)
	if err := validate.Image(pulled); err != nil {
		t.Error(err)
	}
	if got := must(pulled.Digest())(t).String(); got != two.Digest() {
		t.Errorf("the tag names %s, want %s", got, two.Digest())
	}
}

func TestPushArchiveOverASocket(t *testing.T) {
	server := httptest.NewServer(plainRegistry())
	defer server.Close()
	img := open(t, gzipped(t, archive(t, "web:v1")), image.Options{})
	to := image.Destination{Host: strings.TrimPrefix(server.URL, "http://"), Repository: "web"}
	result := must(image.Push(t.Context(), img, to, nil))(t)
	if result.Pushed != 2 || result.Digest != img.Digest() {
		t.Errorf("%+v", result)
	}
	ref := must(name.NewTag(to.Host + "/web:latest"))(t)
	if got := must(remote.Head(ref))(t); got.Digest.String() != img.Digest() {
		t.Errorf("the registry has %s, want %s", got.Digest, img.Digest())
	}
}

func TestPushMultiPlatform(t *testing.T) {
	index := platforms(t, "linux/amd64", "linux/arm64")
	folder := t.TempDir()
	path := must(layout.Write(folder, empty.Index))(t)
	if err := path.AppendIndex(index); err != nil {
		t.Fatal(err)
	}
	to := destination(plainRegistry())
	result := must(image.Push(t.Context(), open(t, folder, image.Options{}), to, nil))(t)
	if want := must(index.Digest())(t).String(); result.Digest != want || result.Pushed != 2 {
		t.Errorf("%+v, want %s", result, want)
	}
	ref := must(name.NewTag("registry.test/team/web:v1", name.Insecure))(t)
	pulled := must(remote.Index(ref, remote.WithTransport(to.Transport)))(t)
	if err := validate.Index(pulled); err != nil {
		t.Error(err)
	}
}

func TestPushCredentials(t *testing.T) {
	inner := plainRegistry()
	guarded := http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if user, password, _ := req.BasicAuth(); user != "AWS" || password != "secret" {
			w.Header().Set("Www-Authenticate", `Basic realm="registry.test"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		inner.ServeHTTP(w, req)
	})
	to := destination(guarded)
	sample := must(image.Sample("v1"))(t)
	if _, err := image.Push(t.Context(), sample, to, nil); hint.KindOf(err) != hint.Denied {
		t.Errorf("without credentials: %v", err)
	}
	to.Username, to.Password = "AWS", "secret"
	must(image.Push(t.Context(), sample, to, nil))(t)
}

func TestPushRefused(t *testing.T) {
	sample := must(image.Sample("v1"))(t)
	for name, tt := range map[string]struct {
		status int
		body   string
		kind   hint.Kind
		text   string
	}{
		"missing repository": {404, `{"errors":[{"code":"NAME_UNKNOWN","message":"The repository with name 'team/web' does not exist"}]}`, hint.NotFound, "does not exist"},
		"immutable":          {400, `{"errors":[{"code":"TAG_INVALID","message":"The image tag 'v1' already exists"}]}`, hint.Conflict, "already exists"},
		"denied":             {403, `{"errors":[{"code":"DENIED","message":"not authorized to perform: ecr:InitiateLayerUpload"}]}`, hint.Denied, "not authorized"},
		"no registry":        {404, `<html>`, hint.NotFound, "404 Not Found"},
		"teapot":             {418, ``, hint.Unexpected, "418"},
	} {
		t.Run(name, func(t *testing.T) {
			handler := http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				if req.URL.Path == "/v2/" {
					return
				}
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.body)
			})
			_, err := image.Push(t.Context(), sample, destination(handler), nil)
			if err == nil || hint.KindOf(err) != tt.kind || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("got %s: %v", hint.KindOf(err), err)
			}
		})
	}
	for name, change := range map[string]func(*image.Destination){
		"host":       func(to *image.Destination) { to.Host = "" },
		"bad host":   func(to *image.Destination) { to.Host = "a b" },
		"repository": func(to *image.Destination) { to.Repository = "Web" },
		"tag in it":  func(to *image.Destination) { to.Repository = "web:v1" },
		"tag":        func(to *image.Destination) { to.Tag = "-" },
	} {
		to := destination(plainRegistry())
		change(&to)
		if _, err := image.Push(t.Context(), sample, to, nil); hint.KindOf(err) != hint.Usage {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPushIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	inner := plainRegistry()
	var manifests atomic.Int32
	handler := http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Method == http.MethodPut && strings.Contains(req.URL.Path, "/manifests/") {
			manifests.Add(1)
		}
		inner.ServeHTTP(w, req)
	})
	_, err := image.Push(ctx, must(image.Sample("v1"))(t), destination(handler), func(p image.Progress) {
		if p.State == image.Pushing {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if manifests.Load() != 0 {
		t.Error("a manifest was sent after the interruption")
	}
}

func TestPushToNoServer(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	to := image.Destination{Host: strings.TrimPrefix(server.URL, "http://"), Repository: "web", Transport: http.DefaultTransport}
	_, err := image.Push(t.Context(), must(image.Sample("v1"))(t), to, nil)
	if err == nil || !strings.Contains(err.Error(), to.Host) {
		t.Errorf("got %v", err)
	}
}

func TestSample(t *testing.T) {
	one, again, two := must(image.Sample("v1"))(t), must(image.Sample("v1"))(t), must(image.Sample("v2"))(t)
	if one.Digest() != again.Digest() || one.Digest() == two.Digest() {
		t.Errorf("digests %s, %s, %s", one.Digest(), again.Digest(), two.Digest())
	}
	if one.LayerCount() != 2 || one.MediaType() != "application/vnd.oci.image.manifest.v1+json" {
		t.Errorf("%d layers, %s", one.LayerCount(), one.MediaType())
	}
	folder := filepath.Join(t.TempDir(), "v1")
	if err := one.WriteLayout(folder); err != nil {
		t.Fatal(err)
	}
	index := must(layout.ImageIndexFromPath(folder))(t)
	if err := validate.Index(index); err != nil {
		t.Error(err)
	}
	if _, err := image.Sample("not a tag"); hint.KindOf(err) != hint.Usage {
		t.Errorf("a bad version: %v", err)
	}
}
