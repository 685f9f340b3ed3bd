package simulate

import "container/heap"

// agenda is the runs with a next step, by time, then by seq.
type agenda struct {
	runs     []*run
	progress int // of runs, those whose next step is no repeat
}

func (a *agenda) Len() int { return len(a.runs) }
func (a *agenda) Less(i, j int) bool {
	if a.runs[i].ordinal != a.runs[j].ordinal {
		return a.runs[i].ordinal < a.runs[j].ordinal
	}
	return a.runs[i].Seq < a.runs[j].Seq
}
func (a *agenda) Swap(i, j int) {
	a.runs[i], a.runs[j] = a.runs[j], a.runs[i]
	a.runs[i].index, a.runs[j].index = i, j
}
func (a *agenda) Push(x any) {
	r := x.(*run)
	r.index = len(a.runs)
	a.runs = append(a.runs, r)
}
func (a *agenda) Pop() any {
	last := a.runs[len(a.runs)-1]
	a.runs = a.runs[:len(a.runs)-1]
	last.index = -1
	return last
}

// put gives a run its place by its Due, whether it has one already or not.
func (a *agenda) put(r *run) {
	r.ordinal = r.Due.UnixNano()
	a.count(r, !r.Periodic)
	if r.index < 0 {
		heap.Push(a, r)
		return
	}
	heap.Fix(a, r.index)
}

func (a *agenda) take(r *run) {
	if r.index < 0 {
		return
	}
	a.count(r, false)
	heap.Remove(a, r.index)
}

// count notes whether the run's next step is progress.
func (a *agenda) count(r *run, progress bool) {
	switch {
	case progress && !r.counted:
		a.progress++
	case !progress && r.counted:
		a.progress--
	}
	r.counted = progress
}
