package api

import (
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/ecs"
	"gantry/emulator/registry"
	"gantry/emulator/runtime"
	"gantry/emulator/store"
)

// ecrHost is the host of the account's registry, in ECR's own form (ECS
// semantics 10.1 [ECR]).
func ecrHost(scope ecs.Scope) string {
	return scope.Account + ".dkr.ecr." + scope.Region + ".amazonaws.com"
}

// canonicalImages are the images of containers that the account's registry
// answers for under another name, by container, in ECR's own form: that is how
// the runtime knows them. A loopback name is one, and so is the registry host
// of the process.
func (s *ECS) canonicalImages(containers []types.ContainerDefinition) map[string]string {
	var images map[string]string
	for _, container := range containers {
		given := text[string](container.Image)
		canonical := s.s.canonicalImage(s.tx.Scope(), s.registryHost, given)
		if canonical == given {
			continue
		}
		if images == nil {
			images = map[string]string{}
		}
		images[text[string](container.Name)] = canonical
	}
	return images
}

func (s *Server) canonicalImage(scope ecs.Scope, registryHost, image string) string {
	if s.cfg.Registry == nil {
		return image
	}
	own := image
	if rest, ok := strings.CutPrefix(image, registryHost+"/"); ok && registryHost != "" {
		own = ecrHost(scope) + "/" + rest
	}
	ref, whose := s.cfg.Registry.Parse(own)
	if whose != registry.Ours {
		return image
	}
	name := ecrHost(scope) + "/" + ref.Repository
	if ref.Tag != "" {
		name += ":" + ref.Tag
	}
	if ref.Digest != "" {
		name += "@" + ref.Digest
	}
	return name
}

// tellImages tells the runtime of a cluster about images.
func tellImages(tx *store.Tx, cluster ecs.ClusterName, digests map[string]string) error {
	_, err := tx.Apply(cluster, runtime.Command{Images: &runtime.Images{Host: ecrHost(tx.Scope()), Digests: digests}})
	return err
}

// SyncImages tells every cluster what has changed in the registry since they
// were told last.
func SyncImages(world World, images *registry.Registry) error {
	scope := ecs.Scope{}
	if err := world.View(func(tx *store.Tx) error { scope = tx.Scope(); return nil }); err != nil {
		return err
	}
	// The registry opens transactions of its own on the same file, so it is read
	// before the world is locked for the change.
	present, err := pullable(images, ecrHost(scope))
	if err != nil {
		return err
	}
	return world.Update(func(tx *store.Tx) error {
		told, err := tx.Images()
		if err != nil {
			return err
		}
		changes := map[string]string{}
		for reference, digest := range present {
			if told[reference] != digest {
				changes[reference] = digest
			}
		}
		for reference := range told {
			if _, there := present[reference]; !there {
				changes[reference] = ""
			}
		}
		if len(changes) == 0 {
			return nil
		}
		if err := tx.PutImages(changes); err != nil {
			return err
		}
		for _, cluster := range tx.LiveClusters() {
			if err := tellImages(tx, cluster, changes); err != nil {
				return err
			}
		}
		return nil
	})
}

// pullable is every reference that a container can be given, with its digest.
func pullable(images *registry.Registry, host string) (map[string]string, error) {
	references := map[string]string{}
	repositories, err := images.Repositories()
	if err != nil {
		return nil, err
	}
	for _, repository := range repositories {
		list, err := images.Images(repository.Name)
		if err != nil {
			return nil, err
		}
		for _, image := range list {
			if image.Status != registry.StatusActive {
				continue // it is in the archive
			}
			name := host + "/" + repository.Name
			references[name+"@"+image.Digest] = image.Digest
			for _, tag := range image.Tags {
				references[name+":"+tag] = image.Digest
				references[name+":"+tag+"@"+image.Digest] = image.Digest
			}
		}
	}
	return references, nil
}

// sortedKeys are the keys of a map in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
