package registry

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strconv"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// getManifest serves GET and HEAD by tag or digest. The manifest is sent as it
// was pushed whatever the Accept header says, as ECR does for what it holds in
// one form only.
func (r *Registry) getManifest(w http.ResponseWriter, req request) error {
	image, manifest, err := r.Pull(req.name, imageID(req.last))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", image.MediaType)
	w.Header().Set("Docker-Content-Digest", image.Digest)
	w.Header().Set("Etag", `"`+image.Digest+`"`)
	w.Header().Set("Content-Length", strconv.Itoa(len(manifest)))
	if req.Method == http.MethodHead {
		return nil
	}
	r.RecordPull(req.name, image)
	_, _ = w.Write(manifest) // a client that went away is no failure
	return nil
}

func (r *Registry) putManifest(w http.ResponseWriter, req request) error {
	id := imageID(req.last)
	if id.Digest != "" {
		if err := r.checkDigest(id.Digest); err != nil {
			return err
		}
	} else if r.checkTag(id.Tag) != nil {
		return protocol(http.StatusBadRequest, "TAG_INVALID", "%q is no image tag", id.Tag)
	}
	raw, err := io.ReadAll(io.LimitReader(req.Body, maxManifestBytes+1))
	if err != nil {
		return protocol(http.StatusBadRequest, "MANIFEST_INVALID", "the manifest broke off: %v", err)
	}
	if len(raw) > maxManifestBytes {
		return protocol(http.StatusRequestEntityTooLarge, "MANIFEST_INVALID", "a manifest has at most %d bytes", maxManifestBytes)
	}
	image, _, err := r.putImage(Push{
		Repository: req.name, Manifest: raw, MediaType: req.Header.Get("Content-Type"), Tag: id.Tag, Digest: id.Digest,
	})
	if err != nil {
		return err
	}
	if subject := subjectOf(raw); subject != "" {
		w.Header().Set("Oci-Subject", subject) // tells the client that referrers are kept here
	}
	w.Header().Set("Location", "/v2/"+req.name+"/manifests/"+image.Digest)
	w.Header().Set("Docker-Content-Digest", image.Digest)
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusCreated)
	return nil
}

func subjectOf(raw []byte) string {
	var doc document
	if json.Unmarshal(raw, &doc) != nil || doc.Subject == nil {
		return ""
	}
	return doc.Subject.Digest.String()
}

func (r *Registry) deleteManifest(w http.ResponseWriter, req request) error {
	id := imageID(req.last)
	if failure, ok := r.CheckImageID(id); !ok {
		return protocol(http.StatusBadRequest, "DIGEST_INVALID", "%s", failure.Reason)
	}
	_, failures, err := r.DeleteImages(req.name, []ImageID{id})
	if err != nil {
		return err
	}
	if len(failures) == 0 {
		w.WriteHeader(http.StatusAccepted)
		return nil
	}
	if failures[0].Code == FailureImageNotFound {
		return r.imageNotFound(req.name, id)
	}
	return protocol(http.StatusForbidden, "DENIED", "%s", failures[0].Reason)
}

// page cuts a sorted list by the parameters n and last, and announces the next
// page in a Link header as the protocol wants it.
func page(w http.ResponseWriter, req request, all []string) ([]string, error) {
	query := req.URL.Query()
	if last := query.Get("last"); last != "" {
		all = all[sort.Search(len(all), func(i int) bool { return all[i] > last }):]
	}
	count := query.Get("n")
	if count == "" {
		return all, nil
	}
	n, err := strconv.Atoi(count)
	if err != nil || n < 0 {
		return nil, protocol(http.StatusBadRequest, "PAGINATION_NUMBER_INVALID", "n is %q, not a number of entries", count)
	}
	if n >= len(all) {
		return all, nil
	}
	if n > 0 {
		next := url.Values{"n": {count}, "last": {all[n-1]}}
		w.Header().Set("Link", fmt.Sprintf(`<%s?%s>; rel="next"`, req.URL.Path, next.Encode()))
	}
	return all[:n], nil
}

func (r *Registry) listTags(w http.ResponseWriter, req request) error {
	images, err := r.Images(req.name)
	if err != nil {
		return err
	}
	tags := []string{}
	for _, image := range images {
		tags = append(tags, image.Tags...)
	}
	slices.Sort(tags)
	if tags, err = page(w, req, tags); err != nil {
		return err
	}
	writeJSON(w, "application/json", map[string]any{"name": req.name, "tags": tags})
	return nil
}

func (r *Registry) catalog(w http.ResponseWriter, req request) error {
	repositories, err := r.Repositories()
	if err != nil {
		return err
	}
	names := []string{}
	for _, repository := range repositories {
		names = append(names, repository.Name)
	}
	if names, err = page(w, req, names); err != nil {
		return err
	}
	writeJSON(w, "application/json", map[string]any{"repositories": names})
	return nil
}

// referrers lists the images (signatures, attestations …) that name an image as
// their subject.
func (r *Registry) referrers(w http.ResponseWriter, req request) error {
	if err := r.checkDigest(req.last); err != nil {
		return err
	}
	wanted := req.URL.Query().Get("artifactType")
	index := v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: []v1.Descriptor{}}
	referrers, err := r.Referrers(req.name, req.last)
	if err != nil {
		return err
	}
	for _, one := range referrers {
		if wanted != "" && wanted != one.ArtifactMediaType {
			continue
		}
		digest, err := v1.NewHash(one.Digest)
		if err != nil {
			return err
		}
		index.Manifests = append(index.Manifests, v1.Descriptor{
			MediaType: types.MediaType(one.MediaType), Size: one.ManifestBytes, Digest: digest,
			ArtifactType: one.ArtifactMediaType, Annotations: one.Annotations,
		})
	}
	if wanted != "" {
		w.Header().Set("Oci-Filters-Applied", "artifactType")
	}
	writeJSON(w, string(types.OCIImageIndex), index)
	return nil
}
