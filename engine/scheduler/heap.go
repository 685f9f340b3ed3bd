package scheduler

// heapOf is a binary heap, the first at the front. container/heap would put
// each item into an interface, which costs an allocation for every timer.
type heapOf[T ordered[T]] []T

// ordered is what can stand in a heap.
type ordered[T any] interface{ before(other T) bool }

func (h *heapOf[T]) push(x T) {
	*h = append(*h, x)
	list := *h
	for i := len(list) - 1; i > 0; {
		parent := (i - 1) / 2
		if !list[i].before(list[parent]) {
			return
		}
		list[i], list[parent] = list[parent], list[i]
		i = parent
	}
}

// pop takes the first away.
func (h *heapOf[T]) pop() {
	list := *h
	last := len(list) - 1
	var none T
	list[0], list[last] = list[last], none
	list = list[:last]
	*h = list
	for i := 0; ; {
		child := 2*i + 1
		if child >= last {
			return
		}
		if child+1 < last && list[child+1].before(list[child]) {
			child++
		}
		if !list[child].before(list[i]) {
			return
		}
		list[i], list[child] = list[child], list[i]
		i = child
	}
}
