package registry_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gantry/emulator/registry"
)

// call sends one request as it is and returns the answer with its body read.
func (w *world) call(method, path string, body io.Reader, headers ...string) (*http.Response, string) {
	w.t.Helper()
	req := must(http.NewRequestWithContext(w.t.Context(), method, w.serve()+path, body))(w.t)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	answer := must(http.DefaultTransport.RoundTrip(req))(w.t)
	defer func() { _ = answer.Body.Close() }()
	return answer, string(must(io.ReadAll(answer.Body))(w.t))
}

// upload opens an upload and returns its path.
func (w *world) upload(repository string) string {
	w.t.Helper()
	answer, body := w.call("POST", "/v2/"+repository+"/blobs/uploads/", nil)
	if answer.StatusCode != 202 || answer.Header.Get("Docker-Upload-Uuid") == "" || answer.Header.Get("Range") != "0-0" {
		w.t.Fatalf("%s %v %s", answer.Status, answer.Header, body)
	}
	return answer.Header.Get("Location")
}

func TestUploadWays(t *testing.T) {
	w := newWorld(t, "web")
	content := strings.Repeat("0123456789", 100)
	for name, send := range map[string]func(content string) *http.Response{
		"whole in POST": func(content string) *http.Response {
			answer, _ := w.call("POST", "/v2/web/blobs/uploads/?digest="+digest([]byte(content)), strings.NewReader(content))
			return answer
		},
		"whole in PUT": func(content string) *http.Response {
			answer, _ := w.call("PUT", w.upload("web")+"?digest="+digest([]byte(content)), strings.NewReader(content))
			return answer
		},
		"one stream, then PUT": func(content string) *http.Response {
			place := w.upload("web")
			// A reader of unknown length makes the client send it chunked, as docker does.
			answer, _ := w.call("PATCH", place, io.MultiReader(strings.NewReader(content)))
			if want := fmt.Sprintf("0-%d", len(content)-1); answer.StatusCode != 202 || answer.Header.Get("Range") != want {
				t.Errorf("PATCH: %s, range %s", answer.Status, answer.Header.Get("Range"))
			}
			answer, _ = w.call("PUT", answer.Header.Get("Location")+"?digest="+digest([]byte(content)), nil)
			return answer
		},
		"two streams without ranges": func(content string) *http.Response {
			place := w.upload("web")
			w.call("PATCH", place, strings.NewReader(content[:10]))
			w.call("PATCH", place, strings.NewReader(content[10:]))
			answer, _ := w.call("PUT", place+"?digest="+digest([]byte(content)), nil)
			return answer
		},
		"ranges, last in PUT": func(content string) *http.Response {
			place := w.upload("web")
			w.call("PATCH", place, strings.NewReader(content[:10]), "Content-Range", "0-9")
			w.call("PATCH", place, strings.NewReader(content[10:20]), "Content-Range", "bytes 10-19/*")
			status, _ := w.call("GET", place, nil)
			if status.StatusCode != 204 || status.Header.Get("Range") != "0-19" {
				t.Errorf("GET: %s, range %s", status.Status, status.Header.Get("Range"))
			}
			answer, _ := w.call("PUT", place+"?digest="+digest([]byte(content)), strings.NewReader(content[20:]),
				"Content-Range", fmt.Sprintf("20-%d", len(content)-1))
			return answer
		},
	} {
		t.Run(name, func(t *testing.T) {
			content := name + content
			answer := send(content)
			if answer.StatusCode != 201 || answer.Header.Get("Docker-Content-Digest") != digest([]byte(content)) {
				t.Fatalf("%s %v", answer.Status, answer.Header)
			}
			got, body := w.call("GET", answer.Header.Get("Location"), nil)
			if got.StatusCode != 200 || body != content {
				t.Errorf("%s, %d bytes", got.Status, len(body))
			}
		})
	}
	if left := must(os.ReadDir(filepath.Join(w.folder, "blobs", "uploads")))(t); len(left) != 0 {
		t.Errorf("uploads are left: %v", left)
	}
}

func TestBlobRangesAndHead(t *testing.T) {
	w := newWorld(t, "web")
	path := "/v2/web/blobs/" + w.layer("web", "0123456789")
	for _, tt := range []struct {
		method, asked string
		status        int
		body          string
	}{
		{"GET", "", 200, "0123456789"},
		{"GET", "bytes=2-4", 206, "234"},
		{"GET", "bytes=7-", 206, "789"},
		{"GET", "bytes=-2", 206, "89"},
		{"GET", "bytes=20-", 416, ""},
		{"HEAD", "", 200, ""},
	} {
		answer, body := w.call(tt.method, path, nil, "Range", tt.asked)
		if answer.StatusCode != tt.status || (tt.status < 300 && body != tt.body) {
			t.Errorf("%s %q: %s %q", tt.method, tt.asked, answer.Status, body)
		}
	}
	if answer, _ := w.call("HEAD", path, nil); answer.ContentLength != 10 {
		t.Errorf("HEAD says %d bytes", answer.ContentLength)
	}
}

func TestMount(t *testing.T) {
	w := newWorld(t, "web", "api")
	layer := w.layer("web", "shared")
	mount := "/v2/api/blobs/uploads/?mount=" + layer + "&from=web"
	if answer, _ := w.call("POST", mount, nil); answer.StatusCode != 202 {
		t.Errorf("a layer is mounted although nobody switched that on: %s", answer.Status)
	}
	must(registry.ChangeSetting(w.Registry, registry.SettingAccount, func(s *map[string]string) error {
		*s = map[string]string{registry.BlobMounting: registry.BlobMountingOn}
		return nil
	}))(t)
	w.create(registry.Repository{Name: "sealed", EncryptionType: "KMS"})
	if answer, _ := w.call("POST", "/v2/sealed/blobs/uploads/?mount="+layer+"&from=web", nil); answer.StatusCode != 202 {
		t.Errorf("a layer is mounted where another key encrypts: %s", answer.Status)
	}
	answer, _ := w.call("POST", mount, nil)
	if answer.StatusCode != 201 || answer.Header.Get("Docker-Content-Digest") != layer {
		t.Errorf("mount: %s", answer.Status)
	}
	if _, there, _ := w.BlobAvailable("api", layer); !there {
		t.Error("the layer is not in the other repository")
	}
	for _, query := range []string{"mount=" + digest(nil) + "&from=web", "mount=" + layer + "&from=none", "mount=" + layer, "mount=x&from=web"} {
		if answer, _ := w.call("POST", "/v2/api/blobs/uploads/?"+query, nil); answer.StatusCode != 202 {
			t.Errorf("%s: %s, want an upload instead", query, answer.Status)
		}
	}
}

func TestOddRequests(t *testing.T) {
	w := newWorld(t, "web", "api")
	layer, config := w.layer("web", "layer"), w.layer("web", "{}")
	good := manifest("{}", "layer")
	const oci = "application/vnd.oci.image.manifest.v1+json"
	part := func(d string, size int) string {
		return fmt.Sprintf(`{"mediaType":%q,"digest":%q,"size":%d}`, oci, d, size)
	}
	gone := w.upload("web")
	if answer, _ := w.call("DELETE", gone, nil); answer.StatusCode != 204 {
		t.Errorf("cancelling an upload: %s", answer.Status)
	}
	half := w.upload("web")
	w.call("PATCH", half, strings.NewReader("hello"))
	foreign := strings.Replace(w.upload("web"), "/web/", "/api/", 1)
	for name, tt := range map[string]struct {
		method, path, body, contentType, contentRange string
		status                                        int
		code                                          string
	}{
		"not the registry":      {"GET", "/", "", "", "", 404, "UNSUPPORTED"},
		"v22":                   {"GET", "/v22/", "", "", "", 404, "UNSUPPORTED"},
		"no endpoint":           {"GET", "/v2/web/layers/x", "", "", "", 404, "UNSUPPORTED"},
		"no repository in path": {"GET", "/v2/blobs/uploads", "", "", "", 404, "UNSUPPORTED"},
		"bad name":              {"GET", "/v2/WEB/tags/list", "", "", "", 400, "NAME_INVALID"},
		"name with NUL":         {"GET", "/v2/web%00x/tags/list", "", "", "", 400, "NAME_INVALID"},
		"wrong method":          {"POST", "/v2/web/tags/list", "", "", "", 405, "UNSUPPORTED"},
		"no deleting of layers": {"DELETE", "/v2/web/blobs/" + layer, "", "", "", 405, "UNSUPPORTED"},

		"tags of a missing repository": {"GET", "/v2/none/tags/list", "", "", "", 404, "NAME_UNKNOWN"},
		"page of no number":            {"GET", "/v2/web/tags/list?n=x", "", "", "", 400, "PAGINATION_NUMBER_INVALID"},
		"page below zero":              {"GET", "/v2/_catalog?n=-1", "", "", "", 400, "PAGINATION_NUMBER_INVALID"},

		"blob of no digest":           {"GET", "/v2/web/blobs/latest", "", "", "", 400, "DIGEST_INVALID"},
		"blob of a path":              {"GET", "/v2/web/blobs/sha256:..%2f..%2fworld.db", "", "", "", 404, "UNSUPPORTED"},
		"missing blob":                {"GET", "/v2/web/blobs/" + digest(nil), "", "", "", 404, "BLOB_UNKNOWN"},
		"blob of another repository":  {"GET", "/v2/api/blobs/" + layer, "", "", "", 404, "BLOB_UNKNOWN"},
		"blob of no repository":       {"GET", "/v2/none/blobs/" + layer, "", "", "", 404, "NAME_UNKNOWN"},
		"upload to no repository":     {"POST", "/v2/none/blobs/uploads/", "", "", "", 404, "NAME_UNKNOWN"},
		"whole blob, other digest":    {"POST", "/v2/web/blobs/uploads/?digest=" + digest(nil), "hello", "", "", 400, "DIGEST_INVALID"},
		"whole blob, no digest":       {"POST", "/v2/web/blobs/uploads/?digest=md5:1", "hello", "", "", 400, "DIGEST_INVALID"},
		"unknown upload":              {"PATCH", "/v2/web/blobs/uploads/123", "x", "", "", 404, "BLOB_UPLOAD_UNKNOWN"},
		"upload of a path":            {"GET", "/v2/web/blobs/uploads/..%2f..%2fworld.db", "", "", "", 404, "UNSUPPORTED"},
		"cancelled upload":            {"PATCH", gone, "x", "", "", 404, "BLOB_UPLOAD_UNKNOWN"},
		"upload of another":           {"PATCH", foreign, "x", "", "", 404, "BLOB_UPLOAD_UNKNOWN"},
		"part with a gap":             {"PATCH", half, "x", "", "6-6", 416, "BLOB_UPLOAD_INVALID"},
		"part shorter than announced": {"PATCH", half, "x", "", "5-9", 416, "BLOB_UPLOAD_INVALID"},
		"part of no range":            {"PATCH", half, "x", "", "all", 416, "BLOB_UPLOAD_INVALID"},
		"part of a backward range":    {"PATCH", half, "x", "", "5-3", 416, "BLOB_UPLOAD_INVALID"},
		"end without digest":          {"PUT", half, "", "", "", 400, "DIGEST_INVALID"},

		"missing manifest":     {"GET", "/v2/web/manifests/v9", "", "", "", 404, "MANIFEST_UNKNOWN"},
		"manifest of no one":   {"GET", "/v2/none/manifests/v9", "", "", "", 404, "NAME_UNKNOWN"},
		"deleting no manifest": {"DELETE", "/v2/web/manifests/v9", "", "", "", 404, "MANIFEST_UNKNOWN"},
		"deleting no digest":   {"DELETE", "/v2/web/manifests/sha256:1", "", "", "", 400, "DIGEST_INVALID"},
		"bad tag":              {"PUT", "/v2/web/manifests/-v", string(good), oci, "", 400, "TAG_INVALID"},
		"bad digest":           {"PUT", "/v2/web/manifests/sha256:1", string(good), oci, "", 400, "DIGEST_INVALID"},
		"other digest":         {"PUT", "/v2/web/manifests/" + digest(nil), string(good), oci, "", 400, "DIGEST_INVALID"},
		"no JSON":              {"PUT", "/v2/web/manifests/v1", "hello", oci, "", 400, "MANIFEST_INVALID"},
		"JSON list":            {"PUT", "/v2/web/manifests/v1", "[]", oci, "", 400, "MANIFEST_INVALID"},
		"nothing":              {"PUT", "/v2/web/manifests/v1", "", oci, "", 400, "MANIFEST_INVALID"},
		"schema 1":             {"PUT", "/v2/web/manifests/v1", `{"schemaVersion":1}`, "application/vnd.docker.distribution.manifest.v1+json", "", 400, "MANIFEST_INVALID"},
		"unknown type":         {"PUT", "/v2/web/manifests/v1", `{"schemaVersion":2,"mediaType":"text/plain"}`, "text/plain", "", 400, "MANIFEST_INVALID"},
		"two types":            {"PUT", "/v2/web/manifests/v1", string(good), "application/vnd.oci.image.index.v1+json", "", 400, "MANIFEST_INVALID"},
		"no config":            {"PUT", "/v2/web/manifests/v1", `{"schemaVersion":2,"layers":[]}`, oci, "", 400, "MANIFEST_INVALID"},
		"bad part":             {"PUT", "/v2/web/manifests/v1", `{"schemaVersion":2,"config":{"digest":"sha256:xyz"}}`, oci, "", 400, "MANIFEST_INVALID"},
		"part without digest":  {"PUT", "/v2/web/manifests/v1", `{"schemaVersion":2,"config":{}}`, oci, "", 400, "MANIFEST_INVALID"},
		"wrong size":           {"PUT", "/v2/web/manifests/v1", `{"schemaVersion":2,"config":` + part(config, 3) + `}`, oci, "", 400, "MANIFEST_INVALID"},
		"missing layer":        {"PUT", "/v2/web/manifests/v1", string(manifest("{}", "other")), oci, "", 400, "BLOB_UPLOAD_UNKNOWN"},
		"missing child":        {"PUT", "/v2/web/manifests/v1", `{"schemaVersion":2,"manifests":[` + part(digest(nil), 1) + `]}`, "application/vnd.oci.image.index.v1+json", "", 400, "MANIFEST_BLOB_UNKNOWN"},
		"manifest too large":   {"PUT", "/v2/web/manifests/v1", strings.Repeat(" ", 4<<20+1), oci, "", 413, "MANIFEST_INVALID"},
		"manifest to no one":   {"PUT", "/v2/none/manifests/v1", string(good), oci, "", 404, "NAME_UNKNOWN"},
		"referrers of no one":  {"GET", "/v2/web/referrers/latest", "", "", "", 400, "DIGEST_INVALID"},
	} {
		t.Run(name, func(t *testing.T) {
			answer, body := w.call(tt.method, tt.path, strings.NewReader(tt.body), "Content-Type", tt.contentType, "Content-Range", tt.contentRange)
			var errs struct {
				Errors []struct{ Code, Message string }
			}
			if err := json.Unmarshal([]byte(body), &errs); err != nil || len(errs.Errors) != 1 || errs.Errors[0].Message == "" {
				t.Fatalf("%s %q", answer.Status, body)
			}
			if answer.StatusCode != tt.status || errs.Errors[0].Code != tt.code {
				t.Errorf("%s %s, want %d %s", answer.Status, body, tt.status, tt.code)
			}
			if answer.Header.Get("Docker-Distribution-Api-Version") != "registry/2.0" {
				t.Error("the answer does not say that it is a registry's")
			}
		})
	}
	// What was refused left the upload as it was, and it can be finished.
	if answer, body := w.call("PUT", half+"?digest="+digest([]byte("hello!")), strings.NewReader("!"), "Content-Range", "5-5"); answer.StatusCode != 201 {
		t.Errorf("%s %s", answer.Status, body)
	}
	if images := must(w.Images("web"))(t); len(images) != 0 {
		t.Errorf("a refused manifest was stored: %+v", images)
	}
}

func TestManifestTypes(t *testing.T) {
	w := newWorld(t, "web")
	w.layer("web", "{}")
	w.layer("web", "layer")
	said := manifest("{}", "layer")
	silent := bytes.Replace(said, []byte(`"mediaType":"application/vnd.oci.image.manifest.v1+json",`), nil, 1)
	const oci, docker = "application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json"
	for _, tt := range []struct {
		raw        []byte
		sent, want string
	}{
		{said, oci, oci}, {said, "", oci}, {said, oci + "; charset=utf-8", oci}, {said, "application/json", oci},
		{silent, docker, docker}, {append(silent, ' '), "", oci},
	} {
		answer, body := w.call("PUT", "/v2/web/manifests/"+digest(tt.raw), bytes.NewReader(tt.raw), "Content-Type", tt.sent)
		if answer.StatusCode != 201 {
			t.Fatalf("%s %s", answer.Status, body)
		}
		answer, body = w.call("GET", "/v2/web/manifests/"+digest(tt.raw), nil)
		if answer.Header.Get("Content-Type") != tt.want || body != string(tt.raw) {
			t.Errorf("sent as %q: %s, want %s", tt.sent, answer.Header.Get("Content-Type"), tt.want)
		}
	}
}

func TestPaging(t *testing.T) {
	w := newWorld(t, "web")
	w.layer("web", "{}")
	raw := manifest("{}")
	for _, tag := range []string{"e", "c", "a", "d", "b"} {
		must(w.PutImage(registry.Push{Repository: "web", Manifest: raw, Tag: tag}))(t)
	}
	var pages []string
	for next := "/v2/web/tags/list?n=2"; next != ""; {
		answer, body := w.call("GET", next, nil)
		var list struct{ Tags []string }
		if err := json.Unmarshal([]byte(body), &list); err != nil {
			t.Fatal(err)
		}
		pages = append(pages, strings.Join(list.Tags, ""))
		next, _, _ = strings.Cut(strings.TrimPrefix(answer.Header.Get("Link"), "<"), ">")
	}
	if got := strings.Join(pages, "|"); got != "ab|cd|e" {
		t.Errorf("pages %s", got)
	}
	for query, want := range map[string]string{
		"?n=0": `{"name":"web","tags":[]}`, "?last=d": `{"name":"web","tags":["e"]}`, "?last=zz": `{"name":"web","tags":[]}`,
	} {
		if _, body := w.call("GET", "/v2/web/tags/list"+query, nil); strings.TrimSpace(body) != want {
			t.Errorf("%s: %s", query, body)
		}
	}
}

func TestHostsMeanTheSame(t *testing.T) {
	w := newWorld(t, "web")
	for _, host := range []string{"127.0.0.1:4599", "localhost:4599", "123456789012.dkr.ecr.us-east-1.amazonaws.com"} {
		req := must(http.NewRequestWithContext(t.Context(), "GET", w.serve()+"/v2/web/tags/list", nil))(t)
		req.Host = host
		answer := must(http.DefaultClient.Do(req))(t)
		if _ = answer.Body.Close(); answer.StatusCode != 200 {
			t.Errorf("%s: %s", host, answer.Status)
		}
	}
}
