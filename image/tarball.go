package image

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"gantry/internal/hint"
)

// Names that tell what a tarball is.
const (
	archiveManifest = "manifest.json" // docker save
	layoutIndex     = "index.json"    // OCI image layout
	layoutMarker    = "oci-layout"
)

// layoutBlobRule is the only shape of name, besides the two files at the top,
// that is taken out of a packed layout: nothing in a tarball may choose where on
// the disk it goes.
const layoutBlobRule = `^blobs/[a-z0-9]+/[a-f0-9]{32,128}$`

// openTarball opens a docker archive or a packed OCI layout, gzipped or not.
// Where a tarball is both (docker save of recent engines), the archive's
// manifest counts: it names what was saved, with its tags.
func openTarball(ctx context.Context, file, wanted string, options Options) (*Image, error) {
	opener := tarOpener(ctx, file)
	isArchive, isLayout, err := inspect(opener)
	if errors.Is(err, os.ErrPermission) {
		return nil, unreadable(file, err)
	}
	if err != nil {
		return nil, hint.With(broken(file, "the file is not a tarball: %w", err), "write one with: docker save -o FILE IMAGE")
	}
	switch {
	case isArchive:
		return openArchive(file, DockerArchive, wanted, opener, options)
	case isLayout:
		return openPackedLayout(file, wanted, opener, options)
	}
	return nil, hint.With(
		broken(file, "the tarball is no image: it has neither %s (docker save) nor %s (OCI layout)", archiveManifest, layoutIndex),
		"a file system (docker export) is not an image; write one with: docker save -o FILE IMAGE")
}

// tarOpener opens the tarball, again for each layer, and stops when ctx does:
// compressing a large layer takes long enough to be interrupted.
func tarOpener(ctx context.Context, file string) tarball.Opener {
	return func() (io.ReadCloser, error) {
		opened, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		plain := bufio.NewReaderSize(opened, 1<<16)
		reader := io.Reader(plain)
		if start, err := plain.Peek(2); err == nil && start[0] == 0x1f && start[1] == 0x8b {
			if reader, err = gzip.NewReader(plain); err != nil {
				return nil, errors.Join(err, opened.Close())
			}
		}
		return interruptible{ctx: ctx, Reader: reader, Closer: opened}, nil
	}
}

type interruptible struct {
	ctx context.Context
	io.Reader
	io.Closer
}

func (i interruptible) Read(p []byte) (int, error) {
	if i.ctx.Err() != nil {
		return 0, context.Cause(i.ctx)
	}
	return i.Reader.Read(p)
}

// inspect reads the tarball's names to its end, so that one that is cut off is
// found out now and not in the middle of a push.
func inspect(opener tarball.Opener) (isArchive, isLayout bool, err error) {
	opened, err := opener()
	if err != nil {
		return false, false, err
	}
	defer func() { _ = opened.Close() }() // it was only read
	entries := tar.NewReader(opened)
	for count := 0; ; count++ {
		entry, err := entries.Next()
		if errors.Is(err, io.EOF) && count == 0 {
			// tar takes an empty file for an empty archive.
			return false, false, errors.New("it is empty")
		}
		if errors.Is(err, io.EOF) {
			return isArchive, isLayout, nil
		}
		if err != nil {
			return false, false, err
		}
		switch path.Clean(entry.Name) {
		case archiveManifest:
			isArchive = true
		case layoutIndex:
			isLayout = true
		}
	}
}

// openArchive opens what docker save wrote, from a file or from the engine.
func openArchive(file string, kind Kind, wanted string, opener tarball.Opener, options Options) (*Image, error) {
	saved, err := tarball.LoadManifest(opener)
	if err != nil {
		return nil, broken(file, "its %s is not readable: %w", archiveManifest, err)
	}
	var names []string
	for _, one := range saved {
		names = append(names, one.RepoTags...)
	}
	if len(saved) == 0 {
		return nil, broken(file, "its %s names no image", archiveManifest)
	}
	var tag *name.Tag
	if wanted != "" {
		parsed, err := name.NewTag(wanted)
		if err != nil {
			return nil, hint.As(hint.Usage, broken(file, "%q is no image name: %w", wanted, err))
		}
		tag = &parsed
	} else if len(saved) > 1 {
		err := broken(file, "it holds %d images%s", len(saved), offered(names))
		if len(names) > 0 {
			err = hint.Withf(err, "pick one: %s#%s", file, names[0])
		}
		return nil, err
	}
	img, err := tarball.Image(opener, tag)
	if err != nil && tag != nil {
		return nil, hint.As(hint.NotFound, broken(file, "it has no image %q%s", wanted, offered(names)))
	}
	if err != nil {
		return nil, broken(file, "the image is not readable: %w", err)
	}
	return finish(file, kind, img, options)
}

// openPackedLayout unpacks the layout: its parts refer to each other by digest,
// in any order, and a tarball can only be read from its start.
func openPackedLayout(file, wanted string, opener tarball.Opener, options Options) (*Image, error) {
	folder, err := os.MkdirTemp(options.TempDir, "gantry-image-")
	if err != nil {
		return nil, unreadable(file, err)
	}
	remove := func() error { return os.RemoveAll(folder) }
	if err := unpack(opener, folder); err != nil {
		return nil, errors.Join(broken(file, "unpack the layout: %w", err), remove())
	}
	img, err := openLayout(folder, wanted, options)
	if err != nil {
		return nil, errors.Join(renamed(err, folder, file), remove())
	}
	img.close = remove
	return img, nil
}

func unpack(opener tarball.Opener, folder string) error {
	opened, err := opener()
	if err != nil {
		return err
	}
	defer func() { _ = opened.Close() }() // it was only read
	isBlob := regexp.MustCompile(layoutBlobRule)
	entries := tar.NewReader(opened)
	for {
		entry, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		at := path.Clean(entry.Name)
		if entry.Typeflag != tar.TypeReg || (at != layoutIndex && at != layoutMarker && !isBlob.MatchString(at)) {
			continue
		}
		if err := unpackOne(filepath.Join(folder, filepath.FromSlash(at)), entries); err != nil {
			return err
		}
	}
}

func unpackOne(place string, content io.Reader) error {
	if err := os.MkdirAll(filepath.Dir(place), 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(place, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, content)
	return errors.Join(err, file.Close())
}
