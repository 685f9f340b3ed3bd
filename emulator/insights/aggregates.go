package insights

import (
	"math"
	"slices"
)

// aggregates are the functions of stats, over the rows of a group.
func aggregates() map[string]function {
	return map[string]function{
		"count": {0, 1, false, true, func(a []node, in scope) value {
			if len(a) == 0 {
				return numeric(float64(len(in.group)))
			}
			return numeric(float64(len(valuesOf(&a[0], in))))
		}},
		"count_distinct": over(func(found []value) value {
			different := map[string]bool{}
			for _, v := range found {
				different[v.String()] = true
			}
			return numeric(float64(len(different)))
		}),
		"sum":        overNumbers(func(n []float64) float64 { return total(n) }),
		"avg":        overNumbers(func(n []float64) float64 { return total(n) / float64(len(n)) }),
		"stddev":     overNumbers(deviation),
		"min":        over(func(found []value) value { return ordered(found, 0) }),
		"max":        over(func(found []value) value { return ordered(found, 1) }),
		"sortsfirst": over(func(found []value) value { return ordered(found, 0) }),
		"sortslast":  over(func(found []value) value { return ordered(found, 1) }),
		"median":     overNumbers(func(n []float64) float64 { return percentile(n, 50) }),
		"pct": {2, 2, false, true, func(a []node, in scope) value {
			p, ok := a[1].eval(scope{row: &row{}, now: in.now}).asNumber()
			numbers := numbersOf(valuesOf(&a[0], in))
			if !ok || len(numbers) == 0 {
				return value{}
			}
			return computed(percentile(numbers, p))
		}},
		"earliest": {1, 1, false, true, func(a []node, in scope) value { return timely(&a[0], in, -1) }},
		"latest":   {1, 1, false, true, func(a []node, in scope) value { return timely(&a[0], in, 1) }},
	}
}

// valuesOf are the values of an expression in a group's rows, where it has one.
func valuesOf(n *node, in scope) (found []value) {
	for _, r := range in.group {
		if v := n.eval(scope{row: r, now: in.now}); v.kind != absent {
			found = append(found, v)
		}
	}
	return found
}

func over(f func([]value) value) function {
	return function{1, 1, false, true, func(a []node, in scope) value { return f(valuesOf(&a[0], in)) }}
}

func overNumbers(f func([]float64) float64) function {
	return over(func(found []value) value {
		numbers := numbersOf(found)
		if len(numbers) == 0 {
			return value{}
		}
		return computed(f(numbers))
	})
}

func numbersOf(found []value) (numbers []float64) {
	for _, v := range found {
		if n, ok := v.asNumber(); ok {
			numbers = append(numbers, n)
		}
	}
	return numbers
}

func total(numbers []float64) (sum float64) {
	for _, n := range numbers {
		sum += n
	}
	return sum
}

func deviation(numbers []float64) float64 {
	mean, squares := total(numbers)/float64(len(numbers)), 0.0
	for _, n := range numbers {
		squares += (n - mean) * (n - mean)
	}
	return math.Sqrt(squares / float64(len(numbers)))
}

// percentile is the smallest number that p percent of all are not above.
func percentile(numbers []float64, p float64) float64 {
	numbers = slices.Sorted(slices.Values(numbers))
	rank := int(math.Ceil(math.Min(math.Max(p, 0), 100) / 100 * float64(len(numbers))))
	return numbers[max(0, rank-1)]
}

// ordered is the first or the last value in order.
func ordered(found []value, last int) value {
	if len(found) == 0 {
		return value{}
	}
	if last > 0 {
		return slices.MaxFunc(found, compare)
	}
	return slices.MinFunc(found, compare)
}

// timely is an expression's value in the earliest or the latest row that has one.
func timely(n *node, in scope, sign int) (found value) {
	var when value
	for _, r := range in.group {
		v, t := n.eval(scope{row: r, now: in.now}), r.field(fieldTimestamp)
		if v.kind != absent && t.kind != absent && (found.kind == absent || compare(t, when)*sign > 0) {
			found, when = v, t
		}
	}
	return found
}
