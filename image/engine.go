package image

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/moby/client"

	"gantry/internal/hint"
)

// Engine is what is needed of a Docker engine; Docker's own client has it.
type Engine interface {
	Ping(ctx context.Context, options client.PingOptions) (client.PingResult, error)
	ImageInspect(ctx context.Context, image string, options ...client.ImageInspectOption) (client.ImageInspectResult, error)
	ImageSave(ctx context.Context, images []string, options ...client.ImageSaveOption) (client.ImageSaveResult, error)
}

// engineNameRule is a name that can be asked from the engine: letters, digits
// and the signs between them, with tag and digest.
const engineNameRule = `^[a-zA-Z0-9][a-zA-Z0-9._:/@-]*$`

// openEngine saves the engine's image to a temporary file, as "docker save"
// would, and opens that. The engine gives layers out in no other way.
func openEngine(ctx context.Context, image string, options Options) (*Image, error) {
	if !regexp.MustCompile(engineNameRule).MatchString(image) {
		return nil, hint.With(hint.As(hint.Usage, fmt.Errorf("open image %q: it is no file, no folder and no image name", image)),
			"name a docker-archive tarball, an OCI layout folder or an image of the local Docker engine")
	}
	engine := options.Engine
	if engine == nil {
		dialled, err := client.New(client.FromEnv)
		if err != nil {
			return nil, engineSilent(image, err)
		}
		defer func() { _ = dialled.Close() }() // everything is saved by then
		engine = dialled
	}
	if _, err := engine.Ping(ctx, client.PingOptions{NegotiateAPIVersion: true}); err != nil {
		return nil, engineSilent(image, err)
	}
	if _, err := engine.ImageInspect(ctx, image); err != nil {
		if cerrdefs.IsNotFound(err) {
			return nil, hint.With(hint.As(hint.NotFound,
				fmt.Errorf("open image %s: there is no such file or folder, and the local Docker engine has no such image", image)),
				"list the engine's images with: docker images")
		}
		return nil, fmt.Errorf("open image %s: ask the Docker engine for it: %w", image, err)
	}
	file, err := saveFromEngine(ctx, engine, image, options.TempDir)
	if err != nil {
		return nil, fmt.Errorf("open image %s: save it from the Docker engine: %w", image, err)
	}
	remove := func() error { return os.Remove(file) }
	img, err := openArchive(file, DockerEngine, "", tarOpener(ctx, file), options)
	if err != nil {
		return nil, errors.Join(renamed(err, file, image), remove())
	}
	img.close = remove
	return img, nil
}

func engineSilent(image string, err error) error {
	return hint.With(
		fmt.Errorf("open image %s: there is no such file or folder, and the local Docker engine does not answer: %w", image, err),
		"start Docker (DOCKER_HOST says where it listens), or name a tarball made by docker save")
}

func saveFromEngine(ctx context.Context, engine Engine, image, folder string) (path string, err error) {
	saved, err := engine.ImageSave(ctx, []string{image})
	if err != nil {
		return "", err
	}
	defer func() { _ = saved.Close() }() // it was only read
	file, err := os.CreateTemp(folder, "gantry-image-*.tar")
	if err != nil {
		return "", err
	}
	_, err = io.Copy(file, saved)
	if err = errors.Join(err, file.Close()); err != nil {
		return "", errors.Join(err, os.Remove(file.Name()))
	}
	return file.Name(), nil
}

// renamedError says the name that the reader typed where the cause has that of
// our temporary copy.
type renamedError struct {
	error
	from, to string
}

func (r *renamedError) Error() string { return strings.ReplaceAll(r.error.Error(), r.from, r.to) }
func (r *renamedError) Unwrap() error { return r.error }

func renamed(err error, from, to string) error { return &renamedError{err, from, to} }
