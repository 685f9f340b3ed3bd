package config

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/goccy/go-yaml"

	"gantry/internal/hint"
)

// Project is a project file: the whole workflow of one application, naming
// plain AWS JSON or YAML definitions beside it.
type Project struct {
	Schema          string   `yaml:"$schema"` // tolerated for editors
	Cluster         string   `yaml:"cluster"`
	Images          []Image  `yaml:"images"`
	TaskDefinitions []string `yaml:"taskDefinitions"`
	Services        []string `yaml:"services"`
}

// Image is one image to push: a source as `gantry push` takes it, and
// REPOSITORY[:TAG].
type Image struct {
	Source     string `yaml:"source"`
	Repository string `yaml:"repository"`
}

// ReadProject reads and checks a project file.
func ReadProject(files fs.FS, name string) (Project, error) {
	data, err := fs.ReadFile(files, name)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = hint.With(fmt.Errorf("there is no project file %s here", name),
				"name one with -f FILE; it lists images, taskDefinitions and services (see: gantry up --help)")
			return Project{}, hint.As(hint.Usage, err)
		}
		return Project{}, hint.As(hint.Usage, fmt.Errorf("read project file: %w", err))
	}
	var p Project
	if err := yaml.UnmarshalWithOptions(data, &p, yaml.Strict()); err != nil {
		return Project{}, hint.As(hint.Usage, hint.With(describe(name, err),
			"a project file has cluster (a name), images (a list of source and repository), taskDefinitions and services (lists of files)"))
	}
	if err := p.check(); err != nil {
		return Project{}, hint.As(hint.Usage, fmt.Errorf("%s: %w", name, err))
	}
	return p, nil
}

// describe puts file, line and column in front of what the YAML reader says.
func describe(name string, err error) error {
	var y yaml.Error
	if errors.As(err, &y) {
		msg := strings.TrimSpace(y.GetMessage())
		if t := y.GetToken(); t != nil && t.Position != nil {
			return fmt.Errorf("%s:%d:%d: %s", name, t.Position.Line, t.Position.Column, msg)
		}
		return fmt.Errorf("%s: %s", name, msg)
	}
	return fmt.Errorf("%s: %w", name, err)
}

func (p *Project) check() error {
	for i, img := range p.Images {
		switch {
		case img.Source == "":
			return fmt.Errorf("images[%d] has no source: name a docker-archive tarball, an OCI layout folder or an image of the local Docker engine", i)
		case img.Repository == "":
			return fmt.Errorf("images[%d] has no repository: say where to push %s, as REPOSITORY[:TAG]", i, img.Source)
		}
	}
	if len(p.Images)+len(p.TaskDefinitions)+len(p.Services) == 0 {
		return errors.New("nothing to do: it names no images, taskDefinitions or services")
	}
	return nil
}
