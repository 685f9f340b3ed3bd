package simulate

import (
	"fmt"
	"strings"

	"gantry/ecs"
)

// missing is the first container whose image the own registry does not have,
// with what the container runtime says; -1 when all are there. Digests are
// those of the images.
func (s *Simulation) missing(def *ecs.TaskDefinition) (at int, text string, digests []string) {
	for i := range def.Containers {
		d := &def.Containers[i]
		if f := FateOf(d); f.Fail == FailPull {
			return i, f.startError(), nil
		}
		digest, ok := s.digest(d.Image)
		if !ok {
			return i, fmt.Sprintf("CannotPullContainerError: Error response from daemon: manifest for %s not found: manifest unknown: Requested image not found", d.Image), nil
		}
		digests = append(digests, digest)
	}
	return -1, "", digests
}

// digest is the digest of an image. Of registries other than the account's own
// every image exists; its digest is derived from its name.
func (s *Simulation) digest(image string) (string, bool) {
	if s.host == "" || !strings.HasPrefix(image, s.host+"/") {
		return "sha256:" + hexOf(image), true
	}
	if d, ok := s.images[image]; ok {
		return d, true
	}
	d, ok := s.images[image+":latest"]
	return d, ok
}
