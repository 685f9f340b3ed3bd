package simulate

import "container/heap"

// agenda is the runs with a next step, by time, then by seq.
type agenda struct {
	runs     []*run
	progress int // of runs, those whose next step is no repeat
}

func (a *agenda) Len() int { return len(a.runs) }
func (a *agenda) Less(i, j int) bool {
	if !a.runs[i].Due.Equal(a.runs[j].Due) {
		return a.runs[i].Due.Before(a.runs[j].Due)
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

func (a *agenda) put(r *run) {
	if !r.Periodic {
		a.progress++
	}
	heap.Push(a, r)
}

func (a *agenda) take(r *run) {
	if r.index < 0 {
		return
	}
	if !r.Periodic {
		a.progress--
	}
	heap.Remove(a, r.index)
}
