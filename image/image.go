package image

import (
	"fmt"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Kind is where an image comes from.
type Kind string

// The kinds of source.
const (
	DockerArchive Kind = "docker-archive" // a tarball as "docker save" writes it
	OCILayout     Kind = "oci-layout"     // a folder or tarball with index.json
	DockerEngine  Kind = "docker-engine"  // an image of the local Docker engine
	Built         Kind = "built-in"       // made by this program
)

// Image is one image, or one multi-platform index with all its images.
type Image struct {
	source    string
	kind      Kind
	digest    v1.Hash
	mediaType types.MediaType
	manifests []manifest // children before their parents; the image itself is last
	blobs     []blob     // what has to be in the registry before the manifests
	platforms []string
	close     func() error
}

// manifest is an image or an index.
type manifest struct {
	digest  v1.Hash
	content remote.Taggable
}

// blob is a layer or a config with its digest and size worked out, because for
// an uncompressed source working them out means compressing it.
type blob struct {
	v1.Layer
	digest v1.Hash
	size   int64
	config bool
}

func (b blob) Digest() (v1.Hash, error) { return b.digest, nil }
func (b blob) Size() (int64, error)     { return b.size, nil }

// Source is the image as it was asked for.
func (i *Image) Source() string { return i.source }

// Kind tells where the image comes from.
func (i *Image) Kind() Kind { return i.kind }

// Digest is the digest that the image has in every registry: of its manifest,
// or of its index when it is a multi-platform image.
func (i *Image) Digest() string { return i.digest.String() }

// MediaType is the media type of the image's manifest.
func (i *Image) MediaType() string { return string(i.mediaType) }

// Platforms lists what the image runs on, as "linux/arm64"; several for a
// multi-platform image.
func (i *Image) Platforms() []string { return slices.Clone(i.platforms) }

// LayerCount and SizeBytes say how much a push has to bring to an empty
// registry: different layers, and bytes of layers as they are sent.
func (i *Image) LayerCount() int {
	count := 0
	for _, b := range i.blobs {
		if !b.config {
			count++
		}
	}
	return count
}

// SizeBytes is the size of all layers as they are sent.
func (i *Image) SizeBytes() int64 {
	var size int64
	for _, b := range i.blobs {
		if !b.config {
			size += b.size
		}
	}
	return size
}

// Close frees what the source needed: the temporary copy of an engine's image or
// of a packed layout. The image cannot be pushed afterwards.
func (i *Image) Close() error {
	if i.close == nil {
		return nil
	}
	return i.close()
}

// WriteLayout writes the image to a folder as an OCI image layout, from which
// Open reads it again. The folder is made when missing; what it holds of another
// layout is replaced.
func (i *Image) WriteLayout(folder string) error {
	index, err := emptyLayout(folder)
	if err == nil {
		switch content := i.manifests[len(i.manifests)-1].content.(type) {
		case v1.Image:
			err = index.AppendImage(content)
		case v1.ImageIndex:
			err = index.AppendIndex(content)
		}
	}
	if err != nil {
		return fmt.Errorf("write %s to %s: %w", i.source, folder, err)
	}
	return nil
}

// newImage works out everything that a push needs and finds out on the way
// whether the source is complete.
func newImage(source string, kind Kind, content remote.Taggable) (*Image, error) {
	img := &Image{source: source, kind: kind}
	if err := img.add(content, map[v1.Hash]bool{}); err != nil {
		return nil, err
	}
	top := img.manifests[len(img.manifests)-1]
	img.digest = top.digest
	described, ok := content.(interface {
		MediaType() (types.MediaType, error)
	})
	if !ok {
		return nil, fmt.Errorf("the manifest does not say what it is")
	}
	var err error
	img.mediaType, err = described.MediaType()
	return img, err
}

// add walks an image or an index, depth first, taking each part once.
func (i *Image) add(content any, seen map[v1.Hash]bool) error {
	part, ok := content.(partial.Describable)
	if !ok {
		return fmt.Errorf("it holds a part that is neither image nor index")
	}
	digest, err := part.Digest()
	if err != nil || seen[digest] {
		return err
	}
	seen[digest] = true
	switch content := content.(type) {
	case v1.Image:
		err = i.addImage(content, seen)
		i.manifests = append(i.manifests, manifest{digest, content})
	case v1.ImageIndex:
		var children []partial.Describable
		if children, err = partial.Manifests(content); err != nil {
			return err
		}
		for _, child := range children {
			if err := i.add(child, seen); err != nil {
				return err
			}
		}
		i.manifests = append(i.manifests, manifest{digest, content})
	case v1.Layer:
		err = i.addBlob(content, digest, false)
	default:
		err = fmt.Errorf("it holds part %s, which is neither image nor index", digest)
	}
	return err
}

func (i *Image) addImage(img v1.Image, seen map[v1.Hash]bool) error {
	described, err := img.Manifest()
	if err != nil {
		return err
	}
	layers, err := img.Layers()
	if err != nil {
		return err
	}
	if len(layers) != len(described.Layers) {
		return fmt.Errorf("its manifest names %d layers, and it has %d", len(described.Layers), len(layers))
	}
	for at, layer := range layers {
		// The manifest knows digest and size; asking the layer would compress it again.
		of := described.Layers[at]
		// Windows' base layers are fetched from where their URLs say, and not pushed.
		if seen[of.Digest] || !of.MediaType.IsDistributable() {
			continue
		}
		seen[of.Digest] = true
		if present, err := partial.Exists(layer); err == nil && !present {
			return fmt.Errorf("its layer %s is missing", of.Digest)
		}
		i.blobs = append(i.blobs, blob{Layer: layer, digest: of.Digest, size: of.Size})
	}
	config, err := partial.ConfigLayer(img)
	if err != nil {
		return err
	}
	if file, err := img.ConfigFile(); err == nil && file.OS != "" {
		i.platforms = append(i.platforms, file.Platform().String())
	}
	if seen[described.Config.Digest] {
		return nil
	}
	seen[described.Config.Digest] = true
	return i.addBlob(config, described.Config.Digest, true)
}

func (i *Image) addBlob(content v1.Layer, digest v1.Hash, config bool) error {
	size, err := content.Size()
	if err == nil {
		i.blobs = append(i.blobs, blob{Layer: content, digest: digest, size: size, config: config})
	}
	return err
}

func emptyLayout(folder string) (layout.Path, error) {
	return layout.Write(folder, emptyIndex())
}
