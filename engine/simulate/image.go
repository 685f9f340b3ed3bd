package simulate

import (
	"fmt"
	"slices"
	"strings"

	"gantry/ecs"
	"gantry/engine/life"
	"gantry/engine/scheduler"
)

// imagesOf is what comes of the images of a run's task that are asked for now.
// Tasks that are told the same share it.
func (s *Simulation) imagesOf(r *run) []life.Image {
	def := r.ref.Definition()
	at := s.plansOf(def)
	same := len(at.images) == len(def.Containers)
	var out []life.Image
	for i := range def.Containers {
		x := s.imageOf(r.ref, &def.Containers[i])
		if same && at.images[i] == x {
			continue
		}
		if same = false; out == nil {
			out = slices.Clone(at.images[:min(i, len(at.images))])
		}
		out = append(out, x)
	}
	if !same {
		at.images = out
	}
	return at.images
}

// imageOf is what comes of the image of a container.
func (s *Simulation) imageOf(task scheduler.TaskRef, d *ecs.ContainerDefinition) life.Image {
	image := d.Image
	if fixed := task.Digest(d.Name); fixed != "" {
		if s.foreign(image) {
			return life.Image{Digest: fixed}
		}
		image = repository(image) + "@" + fixed
	}
	digest, ok := s.digest(image)
	if !ok {
		return life.Image{Error: fmt.Sprintf("CannotPullContainerError: Error response from daemon: manifest for %s not found: manifest unknown: Requested image not found", image)}
	}
	return life.Image{Digest: digest}
}

// foreign reports whether an image is not in the account's own registry.
func (s *Simulation) foreign(image string) bool {
	return s.host == "" || !strings.HasPrefix(image, s.host+"/")
}

// digest is the digest of an image. Of registries other than the account's own
// every image exists; its digest is derived from its name.
func (s *Simulation) digest(image string) (string, bool) {
	if s.foreign(image) {
		if _, digest, ok := strings.Cut(image, "@"); ok {
			return digest, true
		}
		return "sha256:" + hexOf(image), true
	}
	if d, ok := s.images[image]; ok {
		return d, true
	}
	d, ok := s.images[image+":latest"]
	return d, ok
}

// repository is an image's name without its tag and digest.
func repository(image string) string {
	name, _, _ := strings.Cut(image, "@")
	if colon := strings.LastIndexByte(name, ':'); colon > strings.LastIndexByte(name, '/') {
		name = name[:colon]
	}
	return name
}
