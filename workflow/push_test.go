package workflow_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"gantry/ecs"
	"gantry/image"
	"gantry/internal/hint"
	"gantry/workflow"
)

// shelf is an ECR that remembers what it was asked to make.
type shelf struct{ made []string }

func (s *shelf) EnsureRepository(_ context.Context, name string) (ecs.Repository, bool, error) {
	s.made = append(s.made, name)
	return ecs.Repository{Name: name, URI: "registry/" + name}, true, nil
}

func (s *shelf) ListRepositories(context.Context) ([]ecs.Repository, error) {
	return []ecs.Repository{{Name: "web"}, {Name: "api"}}, nil
}

func (s *shelf) ListImages(_ context.Context, repository string) ([]ecs.Image, error) {
	return []ecs.Image{{Repository: repository, Tags: []string{"v1"}}}, nil
}

// A source that cannot be opened leaves no repository behind.
func TestPushOpensItsSourceFirst(t *testing.T) {
	shelf := &shelf{}
	s := &workflow.Session{Images: shelf, Destination: func(context.Context, ecs.Repository) (image.Destination, error) {
		return image.Destination{}, errors.New("no credentials")
	}}
	_, err := s.Push(t.Context(), workflow.PushOptions{Source: filepath.Join(t.TempDir(), "nothing.tar"), Repository: "web"})
	if err == nil || hint.KindOf(err) == hint.Unexpected || len(shelf.made) > 0 {
		t.Errorf("got %v of kind %s after making %v", err, hint.KindOf(err), shelf.made)
	}
	for _, o := range []workflow.PushOptions{
		{Repository: "web", Tag: "bad!tag"}, {Repository: "Web"}, {Repository: "host.example/web"}, {Repository: "web@sha256", Tag: "abc"},
	} {
		s.OpenImage = func(context.Context, string) (*image.Image, error) { return image.Sample("v1") }
		if _, err := s.Push(t.Context(), o); hint.KindOf(err) != hint.Usage || len(shelf.made) > 0 {
			t.Errorf("%+v: got %v of kind %s after making %v", o, err, hint.KindOf(err), shelf.made)
		}
	}
	if _, err := (&workflow.Session{}).Push(t.Context(), workflow.PushOptions{}); err == nil {
		t.Error("a session without a registry pushed")
	}
}

func TestImagesOfEveryRepository(t *testing.T) {
	s := &workflow.Session{Images: &shelf{}}
	images, err := s.ImagesIn(t.Context(), "")
	if got := names(images, func(i ecs.Image) string { return i.Repository }); got != "api web" || err != nil {
		t.Errorf("got %s, %v", got, err)
	}
}
