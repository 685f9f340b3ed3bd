package workflow

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"

	"gantry/ecs"
	"gantry/image"
	"gantry/internal/hint"
	"gantry/taskdef"
)

// Up brings about what a project wants, and does nothing where it is so already:
// images first, then definitions, clusters and services, each in the project's own
// order. It ends at the first thing that fails.
func (s *Session) Up(ctx context.Context, p Project) (UpResult, error) {
	u := &up{s: s, project: p, pushed: map[string]string{}, revisions: map[string]ecs.TaskDefinition{}}
	u.result = UpResult{Steps: []UpStep{}, Services: []Result{}}
	for _, stage := range []func(context.Context) error{u.images, u.definitions, u.clusters, u.services} {
		if err := stage(ctx); err != nil {
			return u.result, err
		}
	}
	u.result.Unchanged = !slices.ContainsFunc(u.result.Steps, func(step UpStep) bool { return step.Changed })
	return u.result, nil
}

type up struct {
	s         *Session
	project   Project
	result    UpResult
	pushed    map[string]string             // "REPOSITORY:TAG" to the URI to run
	revisions map[string]ecs.TaskDefinition // by family
}

func (u *up) done(kind, name string, changed bool, detail string) {
	u.result.Steps = append(u.result.Steps, UpStep{Kind: kind, Name: name, Changed: changed, Detail: detail})
}

func (u *up) images(ctx context.Context) error {
	for _, img := range u.project.Images {
		tag := cmp.Or(img.Tag, image.DefaultTag)
		name := img.Repository + ":" + tag
		before := u.digestOf(ctx, img.Repository, tag)
		pushed, err := u.s.Push(ctx, PushOptions{Source: img.Source, Repository: img.Repository, Tag: tag})
		if err != nil {
			return err
		}
		u.pushed[name] = pushed.URI // by digest: a tag that moves would change no definition
		u.done("image", name, pushed.Digest != before, pushed.Digest)
	}
	return nil
}

// digestOf is what the tag names before the push, or "".
func (u *up) digestOf(ctx context.Context, repository, tag string) string {
	list, err := u.s.Images.ListImages(ctx, repository)
	if err != nil {
		return "" // no repository yet; any other trouble shows itself in the push
	}
	for _, img := range list {
		if slices.Contains(img.Tags, tag) {
			return img.Digest
		}
	}
	return ""
}

func (u *up) definitions(ctx context.Context) error {
	for _, in := range u.project.TaskDefinitions {
		in, err := u.withPushed(in)
		if err != nil {
			return err
		}
		def, changed, err := u.s.Register(ctx, in, true)
		if err != nil {
			return err
		}
		u.revisions[string(def.Family)] = def
		u.done("task-definition", def.Name(), changed, string(def.ARN))
	}
	return nil
}

// withPushed puts the pushed image, by its digest, where a container names it:
// as REPOSITORY, REPOSITORY:TAG, or either with the registry in front.
func (u *up) withPushed(in *awsecs.RegisterTaskDefinitionInput) (*awsecs.RegisterTaskDefinitionInput, error) {
	out, err := taskdef.Clone(in)
	if err != nil {
		return nil, err
	}
	for i := range out.ContainerDefinitions {
		c := &out.ContainerDefinitions[i]
		for _, name := range slices.Sorted(maps.Keys(u.pushed)) {
			if names(aws.ToString(c.Image), name, u.pushed[name]) {
				c.Image = aws.String(u.pushed[name])
			}
		}
	}
	return out, nil
}

// names reports whether the image of a container is the pushed REPOSITORY:TAG.
func names(written, pushed, uri string) bool {
	repository, tag, _ := strings.Cut(pushed, ":")
	registry, _, _ := strings.Cut(uri, "/")
	written = strings.TrimPrefix(written, registry+"/")
	return written == pushed || written == repository && tag == image.DefaultTag
}

func (u *up) clusters(ctx context.Context) error {
	wanted := []string{}
	if u.project.Cluster != "" {
		wanted = append(wanted, u.project.Cluster)
	}
	for _, in := range u.project.Services {
		wanted = append(wanted, u.clusterOf(in))
	}
	seen := map[string]bool{}
	for _, name := range wanted {
		if seen[name] {
			continue
		}
		seen[name] = true
		found, err := u.s.Cluster(ctx, name)
		if err == nil {
			u.done("cluster", string(found.Name), false, string(found.ARN))
			continue
		}
		if hint.KindOf(err) != hint.NotFound {
			return err
		}
		made, created, err := u.s.CreateCluster(ctx, &awsecs.CreateClusterInput{ClusterName: aws.String(ecs.ARN(name).Short())})
		if err != nil {
			return err
		}
		u.done("cluster", string(made.Name), created, string(made.ARN))
	}
	return nil
}

func (u *up) clusterOf(in *awsecs.CreateServiceInput) string {
	return cmp.Or(aws.ToString(in.Cluster), u.project.Cluster, defaultCluster)
}

func (u *up) services(ctx context.Context) error {
	for _, in := range u.project.Services {
		wanted := *in
		wanted.Cluster = aws.String(u.clusterOf(in))
		if def, ok := u.revisions[aws.ToString(in.TaskDefinition)]; ok {
			wanted.TaskDefinition = aws.String(string(def.ARN))
		}
		result, detail, err := u.service(ctx, &wanted)
		if result.Outcome != "" {
			u.result.Services = append(u.result.Services, result)
			u.done("service", aws.ToString(in.ServiceName), result.Outcome != Unchanged, detail)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// service creates the service, or updates what differs from what the project names.
func (u *up) service(ctx context.Context, in *awsecs.CreateServiceInput) (Result, string, error) {
	cluster, name := aws.ToString(in.Cluster), aws.ToString(in.ServiceName)
	there, err := u.s.findService(ctx, cluster, name)
	if hint.KindOf(err) == hint.NotFound && err != nil {
		result, err := u.s.CreateService(ctx, in)
		return result, "created", err
	}
	if err != nil {
		return Result{}, "", err
	}
	if aws.ToString(in.TaskDefinition) != "" && !ecs.ARN(aws.ToString(in.TaskDefinition)).IsARN() {
		def, err := u.s.API.DescribeTaskDefinition(ctx, aws.ToString(in.TaskDefinition))
		if err != nil {
			return Result{}, "", err
		}
		in.TaskDefinition = aws.String(string(def.ARN))
	}
	if left := notCompared(in); len(left) > 0 {
		u.s.emit(Notice{Text: fmt.Sprintf("service %s is there already; up does not compare its %s", name, strings.Join(left, ", "))})
	}
	update, differs, fixed := updateFor(&there, in)
	if len(fixed) > 0 {
		return Result{}, "", hint.With(hint.As(hint.Conflict, fmt.Errorf("service %s differs in what ECS cannot change on a service that is there: %s", name, strings.Join(fixed, ", "))),
			"delete it first: "+u.s.command("delete-service %s%s", name, on(cluster)))
	}
	if len(differs) == 0 {
		return u.unchanged(ctx, cluster, there)
	}
	result, err := u.s.Update(ctx, update, UpdateOptions{})
	if err == nil && result.Outcome == Unchanged {
		result.Outcome = Changed // ECS took the change, and it set nothing in motion
	}
	return result, "updated " + strings.Join(differs, ", "), err
}

// unchanged leaves a service alone that is as it should be. A deployment that is
// still going on, from an `up` that was broken off, is waited for, and one that has
// failed is told as such.
func (u *up) unchanged(ctx context.Context, cluster string, there ecs.Service) (Result, string, error) {
	primary := there.PrimaryDeployment()
	if !u.s.NoWait && primary != nil && primary.RolloutState != "" && primary.RolloutState != ecs.RolloutCompleted {
		result, err := u.s.Watch(ctx, cluster, string(there.Name), "")
		if err == nil {
			result.Outcome = Unchanged
		}
		return result, "its deployment was not done", err
	}
	return Result{Outcome: Unchanged, Service: there, Stopped: []StopGroup{}}, "as it should be", nil
}
