package cmd

import (
	"bytes"
	"embed"
	"fmt"
	"os"
	"path/filepath"

	"gantry/image"
	"gantry/internal/hint"
)

// demoDefinitions are the task definitions that the demo registers, and a project
// file with what it names, to try "gantry up" with.
//
//go:embed demo/web.json demo/web-broken.json demo/gantry.yaml demo/web-up.json demo/web-service.yaml
var demoDefinitions embed.FS

// demoFiles is the folder with what the demo pushes and registers.
type demoFiles struct {
	dir  string
	temp bool
}

// writeDemoFiles writes three versions of a small image as OCI layouts, and the
// task definitions, into dir or into a temporary folder.
func writeDemoFiles(dir string) (demoFiles, error) {
	files := demoFiles{dir: dir}
	var err error
	if dir == "" {
		files.temp = true
		if files.dir, err = os.MkdirTemp("", "gantry-demo-"); err != nil {
			return files, fmt.Errorf("make a folder for the demo: %w", err)
		}
	} else if err := os.MkdirAll(dir, 0o755); err != nil {
		return files, hint.As(hint.Usage, fmt.Errorf("make the folder for the demo: %w", err))
	}
	for _, version := range []string{"v1", "v2", "v3"} {
		if err := writeSample(files.image(version), version); err != nil {
			return files, err
		}
	}
	for _, name := range []string{"web.json", "web-broken.json", "gantry.yaml", "web-up.json", "web-service.yaml"} {
		text, err := demoDefinitions.ReadFile("demo/" + name)
		if err != nil {
			return files, fmt.Errorf("read the demo's %s: %w", name, err)
		}
		if err := keepOrWrite(files.path(name), text); err != nil {
			return files, err
		}
	}
	return files, nil
}

// keepOrWrite writes a file that is not there. One that is there, changed by its
// owner, is not lost: the demo would show something else than it says.
func keepOrWrite(name string, text []byte) error {
	old, err := os.ReadFile(name)
	switch {
	case err == nil && bytes.Equal(old, text):
		return nil
	case err == nil:
		return hint.As(hint.Usage, hint.With(fmt.Errorf("%s is there already and differs from the demo's", name), "name another folder with --dir"))
	}
	if err := os.WriteFile(name, text, 0o644); err != nil {
		return hint.As(hint.Usage, fmt.Errorf("write the demo's files: %w", err))
	}
	return nil
}

func writeSample(folder, version string) error {
	if _, err := os.Stat(filepath.Join(folder, "index.json")); err == nil {
		return nil // --dir was used before; the sample is the same to the byte
	}
	img, err := image.Sample(version)
	if err != nil {
		return fmt.Errorf("make the demo's image: %w", err)
	}
	defer img.Close()
	return img.WriteLayout(folder)
}

func (d demoFiles) path(name string) string { return filepath.Join(d.dir, name) }

func (d demoFiles) image(version string) string { return d.path("image-" + version) }

// shownDir is the folder as the shown command lines have it: a temporary one is
// gone when they could be typed.
func (d demoFiles) shownDir() string {
	if d.temp {
		return "gantry-demo"
	}
	return d.dir
}

func (d demoFiles) remove() error {
	if !d.temp {
		return nil
	}
	return os.RemoveAll(d.dir)
}
