package config_test

import (
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"gantry/config"
	"gantry/internal/hint"
)

func env(pairs ...string) config.Lookup {
	return func(name string) (string, bool) {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1], true
			}
		}
		return "", false
	}
}

func TestWorldsDir(t *testing.T) {
	tests := []struct {
		name, goos, want string
		env              config.Lookup
	}{
		{"own folder first", "linux", "/g/worlds", env("GANTRY_HOME", "/g", "XDG_DATA_HOME", "/x", "HOME", "/h")},
		{"XDG", "linux", "/x/gantry/worlds", env("XDG_DATA_HOME", "/x", "HOME", "/h")},
		{"home", "linux", "/h/.local/share/gantry/worlds", env("HOME", "/h")},
		{"macOS", "darwin", "/h/Library/Application Support/gantry/worlds", env("HOME", "/h")},
		{"empty is unset", "linux", "/h/.local/share/gantry/worlds", env("GANTRY_HOME", "", "HOME", "/h")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := config.WorldsDir(tt.env, tt.goos)
			if err != nil || filepath.ToSlash(got) != tt.want {
				t.Errorf("WorldsDir = %q, %v; want %q", got, err, tt.want)
			}
		})
	}
	if _, err := config.WorldsDir(env(), "linux"); err == nil {
		t.Error("WorldsDir without any home folder: no error")
	}
}

func TestLocal(t *testing.T) {
	for value, want := range map[string]bool{"1": true, "true": true, "0": false, "": false, "no": false} {
		if got := config.Local(env("GANTRY_LOCAL", value)); got != want {
			t.Errorf("GANTRY_LOCAL=%q: %v, want %v", value, got, want)
		}
	}
}

func TestReadProject(t *testing.T) {
	good := "cluster: demo\nimages:\n  - source: web.tar\n    repository: web:v1\ntaskDefinitions: [web.json]\nservices: [web-service.yaml]\n"
	p, err := config.ReadProject(fstest.MapFS{"gantry.yaml": {Data: []byte(good)}}, "gantry.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if p.Cluster != "demo" || len(p.Images) != 1 || p.Images[0].Repository != "web:v1" || p.TaskDefinitions[0] != "web.json" || p.Services[0] != "web-service.yaml" {
		t.Errorf("project = %+v", p)
	}
}

func TestReadProjectRefuses(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"unknown key", "cluster: a\nimagess: []\n", `gantry.yaml:2:1: unknown field "imagess"`},
		{"wrong type", "services: 3\n", "gantry.yaml:1:11:"},
		{"broken", "services: [a\n", "gantry.yaml:1:"},
		{"empty", "", "nothing to do"},
		{"no source", "images: [{repository: web}]\n", "images[0] has no source"},
		{"no repository", "images: [{source: web.tar}]\n", "images[0] has no repository"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := config.ReadProject(fstest.MapFS{"gantry.yaml": {Data: []byte(tt.text)}}, "gantry.yaml")
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %q does not say %q", err, tt.want)
			}
			if hint.KindOf(err) == hint.Usage && strings.Contains(tt.want, "gantry.yaml:") && !strings.Contains(hint.Of(err), "taskDefinitions") {
				t.Errorf("the hint %q does not say what a project file has", hint.Of(err))
			}
			if hint.KindOf(err).ExitCode() != 2 {
				t.Errorf("exit code %d, want 2", hint.KindOf(err).ExitCode())
			}
		})
	}
	_, err := config.ReadProject(fstest.MapFS{}, "other.yaml")
	if err == nil || !strings.Contains(err.Error(), "no project file other.yaml") || hint.Of(err) == "" {
		t.Errorf("missing file: %v, hint %q", err, hint.Of(err))
	}
}
