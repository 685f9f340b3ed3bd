package workflow

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"gantry/image"
	"gantry/internal/hint"
)

// Push sends an image to a repository, which it makes when it is missing. Nothing
// is made before the names have been checked and the source has been opened: a typing
// error leaves no repository behind.
func (s *Session) Push(ctx context.Context, o PushOptions) (PushResult, error) {
	if s.Images == nil || s.Destination == nil {
		return PushResult{}, errors.New("this session has no registry to push to")
	}
	tag := cmp.Or(o.Tag, image.DefaultTag)
	if err := checkDestination(o.Repository + ":" + tag); err != nil {
		return PushResult{}, err
	}
	open := s.OpenImage
	if open == nil {
		open = func(ctx context.Context, source string) (*image.Image, error) {
			return image.Open(ctx, source, image.Options{})
		}
	}
	img, err := open(ctx, o.Source)
	if err != nil {
		return PushResult{}, s.pushError(ctx, err)
	}
	defer func() { _ = img.Close() }() // a temporary copy; what was pushed is pushed
	repository, created, err := s.Images.EnsureRepository(ctx, o.Repository)
	if err != nil {
		return PushResult{}, s.pushError(ctx, err)
	}
	if created {
		s.step("made repository %s", repository.Name)
	}
	to, err := s.Destination(ctx, repository)
	if err != nil {
		return PushResult{}, s.pushError(ctx, err)
	}
	to.Repository, to.Tag = repository.Name, tag
	s.step("pushing %s to %s:%s", o.Source, repository.URI, tag)
	pushed, err := image.Push(ctx, img, to, func(p image.Progress) { s.emit(PushEvent{Progress: p}) })
	if err != nil {
		return PushResult{}, s.pushError(ctx, err)
	}
	return PushResult{
		URI: repository.URI + "@" + pushed.Digest, Tag: tag, Digest: pushed.Digest,
		Repository: repository, Created: created, Pushed: pushed.Pushed, Skipped: pushed.Skipped,
	}, nil
}

// checkDestination refuses a name that no registry would take.
func checkDestination(name string) error {
	ref, err := image.ParseReference(name)
	if err == nil && (ref.Registry != "" || ref.Digest != "") {
		err = hint.As(hint.Usage, fmt.Errorf("%q is no REPOSITORY:TAG: the registry is the account's own, and the digest comes from the image", name))
	}
	return err
}

// pushError tells a push that was broken off from one that failed.
func (s *Session) pushError(ctx context.Context, err error) error {
	if ctx.Err() == nil || hint.KindOf(err) != hint.Unexpected {
		return err
	}
	return interrupted(ctx, "pushing", "push again: the layers that have arrived are skipped")
}
