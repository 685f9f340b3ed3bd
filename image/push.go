package image

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"golang.org/x/sync/errgroup"

	"gantry/internal/hint"
)

// defaultJobs is how many layers are sent at once: enough to keep a line busy,
// few enough to read as progress.
const defaultJobs = 4

// Destination is where an image goes.
type Destination struct {
	Host       string // of the registry, with its port if it has one
	PlainHTTP  bool   // speak HTTP even if Host is no loopback name
	Repository string
	Tag        string // empty is "latest"
	Username   string // with Password; both empty for a registry that is open
	Password   string
	// Transport carries the requests; nil is net/http's own. The emulator is
	// reached in memory or by its Unix socket through it.
	Transport http.RoundTripper
	// Jobs is how many layers are sent at once; 0 is a sensible number.
	Jobs int
}

// Result is what a push did.
type Result struct {
	Digest       string
	Pushed       int   // layers that were sent
	Skipped      int   // layers that the registry had
	BytesPushed  int64 // of the layers that were sent
	BytesSkipped int64
	// Unchanged says that the tag named this very image before: nothing was sent.
	Unchanged bool
}

// Push sends an image to a registry: first the layers that are not there, then
// the manifests, so that a push that breaks off leaves no half image under the
// tag. progress may be nil; its calls come from several goroutines, but
// one at a time, and should return soon.
func Push(ctx context.Context, img *Image, to Destination, progress func(Progress)) (Result, error) {
	result, err := push(ctx, img, to, progress)
	if err != nil {
		return Result{}, explain(ctx, err, img, to)
	}
	return result, nil
}

func push(ctx context.Context, img *Image, to Destination, progress func(Progress)) (Result, error) {
	tag, err := to.tag()
	if err != nil {
		return Result{}, err
	}
	options := to.options(ctx)
	result := Result{Digest: img.Digest()}
	layers := img.tracked(&reporter{to: progress})

	// The same image under the same tag: a registry that has the manifest has all
	// of it, and one with immutable tags would refuse the tag a second time. Any
	// error here shows itself again, with its reason, in what follows.
	if there, err := remote.Head(tag, options...); err == nil && there.Digest == img.digest {
		result.Unchanged = true
		for _, layer := range layers {
			layer.done()
			result.count(layer)
		}
		return result, nil
	}
	pusher, err := remote.NewPusher(options...)
	if err != nil {
		return Result{}, err
	}
	sending, sendCtx := errgroup.WithContext(ctx)
	sending.SetLimit(to.jobs())
	for _, layer := range layers {
		layer.report(Waiting, 0)
	}
	for _, layer := range layers {
		sending.Go(func() error {
			err := pusher.Upload(sendCtx, tag.Context(), layer)
			if err == nil {
				layer.done()
			}
			return err
		})
	}
	if err := sending.Wait(); err != nil {
		return Result{}, err
	}
	for _, layer := range layers {
		result.count(layer)
	}
	for at, part := range img.manifests {
		var ref name.Reference = tag.Context().Digest(part.digest.String())
		if at == len(img.manifests)-1 {
			ref = tag
		}
		if err := pusher.Put(ctx, ref, part.content); err != nil {
			return Result{}, err
		}
	}
	return result, nil
}

func (i *Image) tracked(reporter *reporter) []*sentLayer {
	var layers []*sentLayer
	for _, b := range i.blobs {
		layers = append(layers, &sentLayer{blob: b, reporter: reporter})
	}
	return layers
}

// count adds a layer that is done to the sums.
func (r *Result) count(layer *sentLayer) {
	switch {
	case layer.config:
	case layer.wasSent():
		r.Pushed++
		r.BytesPushed += layer.size
	default:
		r.Skipped++
		r.BytesSkipped += layer.size
	}
}

func (to Destination) jobs() int {
	if to.Jobs > 0 {
		return to.Jobs
	}
	return defaultJobs
}

// tag is the destination as go-containerregistry names it. It is put together
// from its parts, because parsing would take a host without a dot for a
// repository of Docker Hub.
func (to Destination) tag() (name.Tag, error) {
	var insecure []name.Option
	if to.PlainHTTP {
		insecure = append(insecure, name.Insecure)
	}
	registry, err := name.NewRegistry(to.Host, insecure...)
	if err != nil || to.Host == "" {
		return name.Tag{}, hint.As(hint.Usage, fmt.Errorf("%q is no registry host", to.Host))
	}
	ref, err := ParseReference(to.Repository)
	if err != nil || ref.Tag != "" || ref.Digest != "" || ref.Registry != "" {
		return name.Tag{}, hint.As(hint.Usage, fmt.Errorf("%q is no repository name", to.Repository))
	}
	tagged := to.Tag
	if tagged == "" {
		tagged = DefaultTag
	}
	if !validTag(tagged) {
		return name.Tag{}, hint.As(hint.Usage, fmt.Errorf("%q is no image tag", tagged))
	}
	return registry.Repo(to.Repository).Tag(tagged), nil
}

func (to Destination) options(ctx context.Context) []remote.Option {
	options := []remote.Option{remote.WithContext(ctx), remote.WithUserAgent("gantry")}
	if to.Username != "" || to.Password != "" {
		options = append(options, remote.WithAuth(&authn.Basic{Username: to.Username, Password: to.Password}))
	}
	carrier := to.Transport
	if carrier == nil {
		carrier = remote.DefaultTransport
	}
	if to.PlainHTTP {
		carrier = plain{carrier}
	}
	return append(options, remote.WithTransport(carrier))
}

// plain speaks HTTP where the client library tries HTTPS first: a server that
// speaks HTTP only may take its time to say so.
type plain struct{ http.RoundTripper }

func (p plain) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme == "https" {
		req = req.Clone(req.Context())
		req.URL.Scheme = "http"
	}
	return p.RoundTripper.RoundTrip(req)
}

// explain makes a sentence of what went wrong, with its kind.
func explain(ctx context.Context, err error, img *Image, to Destination) error {
	where := to.Host + "/" + to.Repository
	if ctx.Err() != nil {
		return fmt.Errorf("push %s to %s: stopped before the end: %w", img.source, where, context.Cause(ctx))
	}
	var refused *transport.Error
	if !errors.As(err, &refused) {
		return fmt.Errorf("push %s to %s: %w", img.source, where, err)
	}
	// The registry's own words, without the request that they answered.
	reason := fmt.Sprintf("it answered %d %s", refused.StatusCode, http.StatusText(refused.StatusCode))
	code := transport.ErrorCode("")
	if len(refused.Errors) > 0 {
		code, reason = refused.Errors[0].Code, refused.Errors[0].Message
	}
	err = &refusal{text: fmt.Sprintf("push %s to %s: the registry refused it: %s", img.source, where, reason), cause: err}
	switch {
	case refused.StatusCode == http.StatusUnauthorized, refused.StatusCode == http.StatusForbidden:
		return hint.With(hint.As(hint.Denied, err), "the credentials for the registry may have run out or lack the permission to push")
	case code == transport.NameUnknownErrorCode, refused.StatusCode == http.StatusNotFound && code == "":
		return hint.Withf(hint.As(hint.NotFound, err), "make the repository first: aws ecr create-repository --repository-name %s", to.Repository)
	case code == transport.TagInvalidErrorCode:
		return hint.With(hint.As(hint.Conflict, err), "push under another tag: this repository's tags cannot be moved")
	case refused.StatusCode == http.StatusTooManyRequests:
		return hint.As(hint.Throttled, err)
	}
	return err
}

// refusal is a registry's answer in one sentence, with the answer itself inside.
type refusal struct {
	text  string
	cause error
}

func (r *refusal) Error() string { return r.text }
func (r *refusal) Unwrap() error { return r.cause }
