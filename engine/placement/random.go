package placement

import (
	"cmp"
	"math/bits"
)

// fewLots is up to how many instances each draws a lot.
const fewLots = 64

// draw takes one of the tied instances by chance. Each is as likely as any
// other, and which one it is depends on the instances and the random value
// alone; where another one takes or leaves the room for a task, most choices
// stay what they were.
func (s *search) draw(f *Fleet, random uint64) *node {
	if size(s.ties) > fewLots {
		// One of so many is soon found by asking instances at random.
		for k := range uint64(len(s.ties)) * 64 {
			at, _ := bits.Mul64(mix(random+k), uint64(len(f.ordered)))
			if n := f.ordered[at]; s.ties[n.slot>>6]>>(n.slot&63)&1 != 0 {
				return n
			}
		}
	}
	var best *node
	s.index.each(s.ties, func(n *node) {
		if best == nil || cmp.Or(cmp.Compare(mix(random^n.hash), mix(random^best.hash)), compareID(n, best.ID)) < 0 {
			best = n
		}
	})
	return best
}

// mix turns a number into one that looks random (the finaliser of SplitMix64).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// hashText is FNV-1a, mixed.
func hashText(text string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(text) {
		h = (h ^ uint64(text[i])) * 1099511628211
	}
	return mix(h)
}
