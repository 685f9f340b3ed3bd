package simulate

import (
	"fmt"
	"strings"

	"gantry/engine/life"
	"gantry/engine/scheduler"
)

// missing is the first container whose image the own registry does not have,
// with what the container runtime says; -1 when all are there. Digests are
// those of the images.
func (s *Simulation) missing(task scheduler.TaskRef) (at int, text string, digests []string) {
	def := task.Definition()
	fates := s.fatesOf(def)
	digests = make([]string, 0, len(fates))
	for i, f := range fates {
		d := &def.Containers[i]
		if f.Fail == life.FailPull {
			return i, f.StartError(), nil
		}
		image := d.Image
		if fixed := task.Digest(d.Name); fixed != "" {
			image = repository(image) + "@" + fixed
		}
		digest, ok := s.digest(image)
		if !ok {
			return i, fmt.Sprintf("CannotPullContainerError: Error response from daemon: manifest for %s not found: manifest unknown: Requested image not found", image), nil
		}
		digests = append(digests, digest)
	}
	return -1, "", digests
}

// digest is the digest of an image. Of registries other than the account's own
// every image exists; its digest is derived from its name.
func (s *Simulation) digest(image string) (string, bool) {
	if s.host == "" || !strings.HasPrefix(image, s.host+"/") {
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
