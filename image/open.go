package image

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/match"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"gantry/internal/hint"
)

// Options changes how an image is opened. The zero value is right for most.
type Options struct {
	// Platform picks one image of a multi-platform one, as "linux/arm64". Empty
	// takes the index with all its images.
	Platform string
	// Engine is the Docker engine; nil is the one that DOCKER_HOST and its
	// companions name, or the one at the default place.
	Engine Engine
	// TempDir is where an engine's image and a packed layout are put until Close;
	// empty is the system's own.
	TempDir string
}

// Prefixes that say what a source is when its name leaves it open (a folder and
// an image both called "web"). They are those that skopeo and podman use.
const (
	prefixArchive = "docker-archive:"
	prefixLayout  = "oci:"
	prefixEngine  = "docker-daemon:"
)

// nameAnnotation holds the name that an image has inside an OCI layout.
const nameAnnotation = "org.opencontainers.image.ref.name"

// Open opens the image that spec names. What is a file is a tarball, what is a
// folder is an OCI layout, and any other name is asked from the Docker engine.
// Where a source holds several images, "PATH#NAME" picks one. Close the image
// after use; ctx must last until then.
func Open(ctx context.Context, spec string, options Options) (*Image, error) {
	img, err := open(ctx, spec, options)
	if err != nil {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("open image %s: %w", spec, context.Cause(ctx))
		}
		return nil, err
	}
	img.source = spec
	return img, nil
}

func open(ctx context.Context, spec string, options Options) (*Image, error) {
	if rest, found := strings.CutPrefix(spec, prefixEngine); found {
		return openEngine(ctx, rest, options)
	}
	path, forced := spec, false
	for _, prefix := range []string{prefixArchive, prefixLayout} {
		if rest, found := strings.CutPrefix(spec, prefix); found {
			path, forced = rest, true
		}
	}
	if path == "" {
		return nil, hint.With(hint.As(hint.Usage, errors.New("no image given")),
			"name a docker-archive tarball, an OCI layout folder or an image of the local Docker engine")
	}
	path, wanted, info, err := locate(path)
	switch {
	case err == nil && info.IsDir():
		return openLayout(path, wanted, options)
	case err == nil && info.Mode().IsRegular():
		return openTarball(ctx, path, wanted, options)
	case err == nil:
		return nil, hint.As(hint.Invalid, fmt.Errorf("open image %s: it is neither a file nor a folder", path))
	case !errors.Is(err, fs.ErrNotExist):
		return nil, unreadable(path, err)
	case forced || looksLikePath(spec):
		return nil, hint.Withf(hint.As(hint.Usage, fmt.Errorf("open image %s: there is no such file or folder", path)),
			"write one with: docker save -o %s IMAGE", filepath.Base(path))
	}
	return openEngine(ctx, spec, options)
}

// locate finds the file or folder of a source. A "#" parts it from the name of
// an image inside, unless a file is called that.
func locate(spec string) (path, wanted string, info fs.FileInfo, err error) {
	info, err = os.Stat(spec)
	if hash := strings.LastIndex(spec, "#"); err != nil && hash > 0 {
		path, wanted = spec[:hash], spec[hash+1:]
		info, err = os.Stat(path)
		return path, wanted, info, err
	}
	return spec, "", info, err
}

// looksLikePath tells a file that is not there from an image's name: a name has
// no ending of an archive and does not start like a path.
func looksLikePath(spec string) bool {
	lower := strings.ToLower(spec)
	for _, ending := range []string{".tar", ".tar.gz", ".tgz", ".oci"} {
		if strings.HasSuffix(lower, ending) {
			return true
		}
	}
	return filepath.IsAbs(spec) || strings.HasPrefix(spec, ".") || strings.HasPrefix(spec, "~") ||
		strings.ContainsAny(spec, `\#`) || strings.HasSuffix(spec, "/")
}

func unreadable(path string, err error) error {
	kind := hint.Unexpected
	if errors.Is(err, fs.ErrPermission) {
		kind = hint.Denied
	}
	var named *fs.PathError
	if errors.As(err, &named) {
		err = named.Err // it names the path again
	}
	return hint.As(kind, fmt.Errorf("open image %s: %w", path, err))
}

// broken is what is said of a source that claims to be an image and is not.
func broken(path string, format string, args ...any) error {
	return hint.As(hint.Invalid, fmt.Errorf("open image %s: "+format, append([]any{path}, args...)...))
}

func openLayout(folder, wanted string, options Options) (*Image, error) {
	index, err := layout.ImageIndexFromPath(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, hint.Withf(broken(folder, "the folder is no OCI image layout: it has no index.json"),
			"write one with: skopeo copy docker-daemon:IMAGE oci:%[1]s; an image of the Docker engine with this name is %[2]s%[1]s", folder, prefixEngine)
	}
	if err != nil {
		return nil, unreadable(folder, err)
	}
	content, err := choose(folder, index, wanted)
	if err != nil {
		return nil, err
	}
	return finish(folder, OCILayout, content, options)
}

// choose picks what to push from the index.json of a layout. One entry is the
// image. Several without names are the platforms of one image, and the list
// itself is pushed; several with names need the reader's choice.
func choose(path string, index v1.ImageIndex, wanted string) (remote.Taggable, error) {
	list, err := index.IndexManifest()
	if err != nil {
		return nil, broken(path, "its index.json is not readable: %w", err)
	}
	var names []string
	for at, entry := range list.Manifests {
		name := entry.Annotations[nameAnnotation]
		full := entry.Annotations["io.containerd.image.name"] // what docker and buildx write beside the tag
		if wanted != "" && (wanted == name || wanted == full) {
			return entryOf(path, index, list.Manifests[at])
		}
		if name != "" {
			names = append(names, name)
		}
	}
	switch {
	case wanted != "":
		return nil, hint.As(hint.NotFound, fmt.Errorf("open image %s: it has no image %q%s", path, wanted, offered(names)))
	case len(list.Manifests) == 0:
		return nil, broken(path, "the layout is empty: its index.json names no image")
	case len(list.Manifests) == 1:
		return entryOf(path, index, list.Manifests[0])
	case len(names) > 0:
		return nil, hint.Withf(broken(path, "it holds %d images%s", len(list.Manifests), offered(names)),
			"pick one: %s#%s", path, names[0])
	}
	return index, nil
}

func offered(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return " (there are " + strings.Join(names, ", ") + ")"
}

func entryOf(path string, index v1.ImageIndex, entry v1.Descriptor) (content remote.Taggable, err error) {
	switch {
	case entry.MediaType.IsIndex():
		content, err = index.ImageIndex(entry.Digest)
	case entry.MediaType.IsImage():
		content, err = index.Image(entry.Digest)
	default:
		return nil, broken(path, "its index.json names %s of type %q, which is no image", entry.Digest, entry.MediaType)
	}
	if err != nil {
		return nil, broken(path, "its manifest %s is not readable: %w", entry.Digest, err)
	}
	return content, nil
}

// finish picks the platform, if one is asked for, and checks that all is there.
func finish(path string, kind Kind, content remote.Taggable, options Options) (*Image, error) {
	content, err := onPlatform(path, content, options.Platform)
	if err != nil {
		return nil, err
	}
	img, err := newImage(path, kind, content)
	if err != nil {
		err = broken(path, "the image is not complete: %w", err)
		if _, several := content.(v1.ImageIndex); several && errors.Is(err, fs.ErrNotExist) {
			err = hint.With(err, "the source may hold only some of the platforms that its index names; save it with all of them, or one alone (docker save --platform)")
		}
		return nil, err
	}
	return img, nil
}

func onPlatform(path string, content remote.Taggable, platform string) (remote.Taggable, error) {
	index, several := content.(v1.ImageIndex)
	if platform == "" || !several {
		return content, nil
	}
	wanted, err := v1.ParsePlatform(platform)
	if err != nil {
		return nil, hint.As(hint.Usage, fmt.Errorf("open image %s: %q is no platform: %w", path, platform, err))
	}
	images, err := partial.FindImages(index, match.Platforms(*wanted))
	if err != nil {
		return nil, broken(path, "its image for %s is not readable: %w", platform, err)
	}
	if len(images) == 0 {
		return nil, hint.As(hint.NotFound, fmt.Errorf("open image %s: it has no image for %s", path, platform))
	}
	return images[0], nil
}

func emptyIndex() v1.ImageIndex { return empty.Index }
