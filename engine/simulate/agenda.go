package simulate

// agenda is the runs with a next step, by time, then by seq: a binary heap that
// knows where each run stands in it. The keys stand in the heap itself, since to
// look them up in the runs costs more than all else that it does.
type agenda struct {
	list     []appointment
	progress int // of runs, those whose next step is no repeat
}

type appointment struct {
	at  int64 // the run's Due
	seq uint64
	run *run
}

func (a appointment) before(b appointment) bool {
	return a.at < b.at || a.at == b.at && a.seq < b.seq
}

// first is the run whose turn is next, or nil.
func (a *agenda) first() *run {
	if len(a.list) == 0 {
		return nil
	}
	return a.list[0].run
}

// put gives a run its place by its Due, whether it has one already or not.
func (a *agenda) put(r *run) {
	a.count(r, !r.Periodic)
	x := appointment{at: r.Due.UnixNano(), seq: r.Seq, run: r}
	if r.index < 0 {
		a.list = append(a.list, x)
		r.index = len(a.list) - 1
	}
	a.settle(r.index, x)
}

func (a *agenda) take(r *run) {
	if r.index < 0 {
		return
	}
	a.count(r, false)
	at, last := r.index, len(a.list)-1
	moved := a.list[last]
	a.list[last] = appointment{}
	a.list = a.list[:last]
	if at < last {
		a.settle(at, moved)
	}
	r.index = -1
}

// settle brings x, which is to stand at i or where the order wants it, to its place.
func (a *agenda) settle(i int, x appointment) {
	for i > 0 && x.before(a.list[(i-1)/2]) {
		a.set(i, a.list[(i-1)/2])
		i = (i - 1) / 2
	}
	for {
		child := 2*i + 1
		if child+1 < len(a.list) && a.list[child+1].before(a.list[child]) {
			child++
		}
		if child >= len(a.list) || !a.list[child].before(x) {
			break
		}
		a.set(i, a.list[child])
		i = child
	}
	a.set(i, x)
}

func (a *agenda) set(i int, x appointment) {
	a.list[i] = x
	x.run.index = i
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
