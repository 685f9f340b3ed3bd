package registry

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Hold keeps layers from coming and going while fn runs. link gives every layer
// that is there a second name in a folder, under which it stays.
func (r *Registry) Hold(fn func(link func(folder string) error) error) error {
	r.layers.Lock()
	defer r.layers.Unlock()
	return fn(r.link)
}

func (r *Registry) link(folder string) error {
	layers, err := os.ReadDir(r.layerFolder())
	if errors.Is(err, fs.ErrNotExist) || len(layers) == 0 {
		return nil
	}
	if err := errors.Join(err, os.MkdirAll(folder, 0o700)); err != nil {
		return storageError("link the image layers", err)
	}
	for _, layer := range layers {
		if !r.validDigest("sha256:" + layer.Name()) {
			continue // nothing of ours
		}
		if err := os.Link(filepath.Join(r.layerFolder(), layer.Name()), filepath.Join(folder, layer.Name())); err != nil {
			return storageError("link the image layers", err)
		}
	}
	return nil
}
