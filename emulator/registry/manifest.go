package registry

import (
	"encoding/json"
	"fmt"
	"mime"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"go.etcd.io/bbolt"
)

// document is a manifest of any of the four kinds.
type document struct {
	SchemaVersion int               `json:"schemaVersion"`
	MediaType     types.MediaType   `json:"mediaType"`
	ArtifactType  string            `json:"artifactType"`
	Config        *v1.Descriptor    `json:"config"`
	Layers        []v1.Descriptor   `json:"layers"`
	Manifests     []v1.Descriptor   `json:"manifests"`
	Subject       *v1.Descriptor    `json:"subject"`
	Annotations   map[string]string `json:"annotations"`
}

// parseManifest reads a manifest. announced is the Content-Type it came with, or
// empty.
func parseManifest(raw []byte, announced string) (document, error) {
	if len(raw) > maxManifestBytes {
		return document{}, invalidParameter("imageManifest", fmt.Sprintf("must be at most %d bytes", maxManifestBytes))
	}
	var doc document
	if err := json.Unmarshal(raw, &doc); err != nil {
		return document{}, invalidManifest("it is not a JSON manifest: %v", err)
	}
	if base, _, err := mime.ParseMediaType(announced); err == nil {
		announced = base
	}
	if doc.SchemaVersion != 2 {
		return document{}, invalidManifest("its schemaVersion is %d, and only 2 is supported", doc.SchemaVersion)
	}
	switch {
	case doc.MediaType == "" && announced != "" && announced != "application/json":
		doc.MediaType = types.MediaType(announced)
	case doc.MediaType == "":
		doc.MediaType = doc.shape()
	case announced != "" && announced != "application/json" && announced != string(doc.MediaType):
		return document{}, invalidManifest("it was sent as %s and calls itself %s", announced, doc.MediaType)
	}
	return doc, doc.check()
}

func invalidManifest(format string, args ...any) *Error {
	return refuse(CodeInvalidParameter,
		"Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax or manifest': "+format, args...)
}

// shape is the media type of an OCI manifest that does not say it (in OCI's
// first version it need not).
func (doc document) shape() types.MediaType {
	if doc.Manifests != nil && doc.Config == nil {
		return types.OCIImageIndex
	}
	return types.OCIManifestSchema1
}

func (doc document) check() error {
	switch {
	case doc.MediaType.IsIndex():
		if doc.Config != nil || doc.Layers != nil {
			return invalidManifest("an index has no config and no layers")
		}
	case doc.MediaType.IsImage():
		if doc.Config == nil || doc.Manifests != nil {
			return invalidManifest("an image has a config and no manifests")
		}
	default:
		return invalidManifest("its media type %q is not supported", doc.MediaType)
	}
	for _, part := range slices.Concat(doc.blobs(), doc.Manifests) {
		if part.Digest.Algorithm != "sha256" {
			return invalidManifest("a part of it has the digest %q, and only sha256 is supported", part.Digest)
		}
		if part.Size < 0 {
			return invalidManifest("part %s has the size %d", part.Digest, part.Size)
		}
	}
	return nil
}

// blobs are the parts that have to be in the repository as layers: the config
// first, and no layer that is to be fetched from elsewhere.
func (doc document) blobs() []v1.Descriptor {
	var parts []v1.Descriptor
	if doc.Config != nil {
		parts = append(parts, *doc.Config)
	}
	for _, layer := range doc.Layers {
		if layer.MediaType.IsDistributable() && len(layer.URLs) == 0 {
			parts = append(parts, layer)
		}
	}
	return parts
}

func (doc document) artifactMediaType() string {
	if doc.ArtifactType == "" && doc.Config != nil {
		return string(doc.Config.MediaType)
	}
	return doc.ArtifactType
}

// describe checks that everything the manifest names is in the repository, with
// the size it says, and returns what is to be stored of it.
func (r *Registry) describe(tx *bbolt.Tx, repository, digest string, doc document) (imageRecord, error) {
	record := imageRecord{
		Digest: digest, MediaType: string(doc.MediaType), ArtifactMediaType: doc.artifactMediaType(), PushedAt: r.now(),
	}
	if doc.Subject != nil {
		record.Subject = doc.Subject.Digest.String()
	}
	var missing []string
	for _, part := range doc.blobs() {
		size, available, err := r.layer(tx, repository, part.Digest.String())
		if err != nil {
			return imageRecord{}, err
		}
		if !available {
			missing = append(missing, part.Digest.String())
			continue
		}
		if size != part.Size {
			return imageRecord{}, invalidManifest("layer %s has %d bytes, not %d", part.Digest, size, part.Size)
		}
		record.Layers = append(record.Layers, part.Digest.String())
		record.SizeBytes += size
	}
	if len(missing) > 0 {
		return imageRecord{}, r.missingLayers(repository, missing)
	}
	for _, child := range doc.Manifests {
		var found imageRecord
		ok, err := get(tx, bucketImages, key(repository, child.Digest.String()), &found)
		if err != nil {
			return imageRecord{}, err
		}
		if !ok {
			missing = append(missing, child.Digest.String())
			continue
		}
		if size := len(tx.Bucket([]byte(bucketManifests)).Get(key(repository, found.Digest))); int64(size) != child.Size {
			return imageRecord{}, invalidManifest("image %s has a manifest of %d bytes, not %d", found.Digest, size, child.Size)
		}
		record.Children = append(record.Children, found.Digest)
		// The size of a list is that of the largest image in it [ECR:ImageDetail].
		record.SizeBytes = max(record.SizeBytes, found.SizeBytes)
	}
	if len(missing) > 0 {
		return imageRecord{}, r.missingChildren(repository, missing)
	}
	record.ScanLabel = r.scanLabel(doc)
	return record, nil
}
