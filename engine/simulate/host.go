package simulate

import (
	"cmp"
	"slices"

	"gantry/ecs"
)

// host is a container instance with the tasks that live on it, oldest first.
type host struct {
	id   ecs.ContainerInstanceID
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
		r.host = &host{id: id}
		s.hosts[id] = r.host
	}
	at, _ := slices.BinarySearchFunc(r.host.runs, r, bySeq)
	r.host.runs = slices.Insert(r.host.runs, at, r)
}

// depart takes a run off its host. One that nobody lives on any more is forgotten:
// container instances come and go.
func (s *Simulation) depart(r *run) {
	h := r.host
	if h == nil {
		return
	}
	r.host = nil
	if at, found := slices.BinarySearchFunc(h.runs, r, bySeq); found {
		h.runs = slices.Delete(h.runs, at, at+1)
	}
	if len(h.runs) == 0 {
		delete(s.hosts, h.id)
	}
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
