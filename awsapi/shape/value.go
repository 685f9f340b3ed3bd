package shape

import (
	"math"
	"time"

	"gantry/ecs"
)

// List turns each element of a list. The result is never nil, so that it is sent, and printed, as [].
func List[A, B any](list []A, turn func(A) B) []B {
	out := make([]B, 0, len(list))
	for _, item := range list {
		out = append(out, turn(item))
	}
	return out
}

// some is List for members that are absent when there is nothing in them.
func some[A, B any](list []A, turn func(A) B) []B {
	if len(list) == 0 {
		return nil
	}
	return List(list, turn)
}

// text reads an optional string. The nouns do not tell "" from absent, and neither does ECS.
func text[N ~string, S ~string](s *S) N {
	if s == nil {
		return ""
	}
	return N(*s)
}

// optional writes a string that is absent when it is empty.
func optional[N ~string](s N) *string {
	if s == "" {
		return nil
	}
	out := string(s)
	return &out
}

// always writes a string that is present even when it is empty.
func always[N ~string](s N) *string {
	out := string(s)
	return &out
}

func same[A ~string](s A) string { return string(s) }

// number reads an optional number; absent is zero.
func number(n *int32) int {
	if n == nil {
		return 0
	}
	return int(*n)
}

// narrow writes a count as the 32 bits of the wire. What does not fit becomes the nearest number that does.
func narrow(n int) int32 {
	return int32(max(math.MinInt32, min(math.MaxInt32, n)))
}

func count(n int) *int32 {
	out := narrow(n)
	return &out
}

// countOrAbsent writes a number whose zero means "not set".
func countOrAbsent(n int) *int32 {
	if n == 0 {
		return nil
	}
	return count(n)
}

// instant reads an optional time; absent is the zero time.
func instant(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

// moment writes a time that is absent when it is zero.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	out := t.UTC()
	return &out
}

func seconds(n *int32) ecs.Seconds {
	return ecs.Seconds(time.Duration(number(n)) * time.Second)
}

func inSeconds(d ecs.Seconds) *int32 {
	return count(int(d.Duration() / time.Second))
}

func inSecondsOrAbsent(d ecs.Seconds) *int32 {
	return countOrAbsent(int(d.Duration() / time.Second))
}

func intPointer(n *int32) *int {
	if n == nil {
		return nil
	}
	out := int(*n)
	return &out
}

func countPointer(n *int) *int32 {
	if n == nil {
		return nil
	}
	return count(*n)
}

// or reads an optional value that stands for something else when it is absent.
func or[A any](v *A, absent A) A {
	if v == nil {
		return absent
	}
	return *v
}

func copiedPointer[A any](v *A) *A {
	if v == nil {
		return nil
	}
	out := *v
	return &out
}
