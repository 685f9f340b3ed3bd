package simulate

import (
	"cmp"
	"slices"

	"gantry/ecs"
)

// host is a container instance with the tasks that live on it, oldest first.
type host struct {
	runs []*run
}

func bySeq(a, b *run) int { return cmp.Compare(a.Seq, b.Seq) }

// settleOn puts a run on its host.
func (s *Simulation) settleOn(id ecs.ContainerInstanceID, r *run) {
	if id == "" {
		return
	}
	r.host = s.hosts[id]
	if r.host == nil {
		r.host = &host{}
		s.hosts[id] = r.host
	}
	at, _ := slices.BinarySearchFunc(r.host.runs, r, bySeq)
	r.host.runs = slices.Insert(r.host.runs, at, r)
}

// depart takes a run off its host.
func (r *run) depart() {
	if r.host == nil {
		return
	}
	if at, found := slices.BinarySearchFunc(r.host.runs, r, bySeq); found {
		r.host.runs = slices.Delete(r.host.runs, at, at+1)
	}
	r.host = nil
}

// holds reports whether a task of the host has the dynamic port.
func (h *host) holds(port int) bool {
	for _, r := range h.runs {
		if slices.Contains(r.Ports, port) {
			return true
		}
	}
	return false
}
