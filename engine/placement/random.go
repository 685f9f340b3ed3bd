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
	if s.many() {
		// One of so many is soon found by asking instances at random.
		for k := range uint64(len(s.index.live)) * 64 {
			at, _ := bits.Mul64(mix(random+k), uint64(len(f.ordered)))
			if n := f.ordered[at]; s.tied(n.slot>>6)>>(n.slot&63)&1 != 0 {
				return n
			}
		}
	}
	var best *node
	for word := range s.index.live {
		for set := s.tied(word); set != 0; set &= set - 1 {
			n := s.index.slots[lowest(word, set)]
			if best == nil || cmp.Or(cmp.Compare(mix(random^n.hash), mix(random^best.hash)), compareID(n, best.ID)) < 0 {
				best = n
			}
		}
	}
	return best
}

// many reports whether more are tied than draw lots.
func (s *search) many() bool {
	count := 0
	for word := range s.index.live {
		if count += bits.OnesCount64(s.tied(word)); count > fewLots {
			return true
		}
	}
	return false
}

// tied is which of 64 slots are as good as the best.
func (s *search) tied(word int) uint64 {
	if s.ties != nil {
		return s.ties[word]
	}
	if s.chosen == nil {
		return s.left(word)
	}
	set := uint64(0)
	for _, value := range s.chosen {
		set |= s.field.members[value].at(word) & s.left(word)
	}
	return set
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
