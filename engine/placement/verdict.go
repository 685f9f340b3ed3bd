package placement

import "slices"

// verdict is what is said of an instance to a task: that it fits, or what it is
// refused for first, as its place in the order of kinds from 1. A view keeps two
// of them in one byte for each slot: in the upper half what lasts whatever is
// left on the instance, in the lower half what holds now.
type verdict uint8

const (
	fitting       verdict = 0
	shortOfCPU    verdict = 1
	shortOfMemory verdict = 2
	disconnected  verdict = 10 // this one and those behind it are found before any room is looked for
	nobody        verdict = 15 // there is no instance
)

func (v verdict) now() verdict     { return v & 15 }
func (v verdict) lasting() verdict { return v >> 4 }

// afterRoom reports whether a lack of room on the instance would be said instead.
func (v verdict) afterRoom() bool { return v < disconnected }

// verdicts counts instances by what is said of them.
type verdicts [16]int32

// kinds are the kinds of refusals, what an instance is short of before what it is
// not. Reasons that are kept with tasks name them by their places here, so a new
// one comes last.
func kinds() [12]Kind {
	return [...]Kind{CPU, Memory, Port, ENI, GPU, Attribute, Location, MemberOf, DistinctInstance, AgentDisconnected, NotActive, OtherProvider}
}

func kindOrder(k Kind) int {
	order := kinds()
	return slices.Index(order[:], k)
}

func verdictOf(k Kind) verdict { return verdict(kindOrder(k) + 1) }
