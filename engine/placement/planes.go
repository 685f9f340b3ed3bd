package placement

import "math/bits"

// planes holds a number for each slot, bit by bit: plane p has bit p of the
// numbers of 64 slots side by side in one word. So the least of 64 numbers, and
// which slots have it, is found in as many steps as the numbers have bits, and
// the rest of a chain narrows exactly that set down (ECS semantics 2.2, the
// ranking algorithm).
type planes struct {
	width  int      // bits of a number
	blocks int      // of 64 slots
	words  []uint64 // width of them for each block, lowest bit first
}

func newPlanes(blocks, width int) planes {
	return planes{width, blocks, make([]uint64, blocks*width)}
}

// widthOf is how many bits numbers up to most need.
func widthOf(most int) int { return bits.Len(uint(max(0, most))) }

// set changes the number of a slot of a block of 64.
func (p *planes) set(block, slot, from, to int) {
	words := p.words[block*p.width:]
	for diff := uint(from ^ to); diff != 0; diff &= diff - 1 {
		words[bits.TrailingZeros(diff)] ^= 1 << (slot & 63)
	}
}

// least is the least number of the slots in set, and which of them have it. The
// set must not be empty.
func (p *planes) least(block int, set uint64) (int, uint64) {
	value, words := 0, p.words[block*p.width:(block+1)*p.width]
	for k := len(words) - 1; k >= 0; k-- {
		if without := set &^ words[k]; without != 0 {
			set = without
		} else {
			value |= 1 << k
		}
	}
	return value, set
}

// at is the number of a slot.
func (p *planes) at(block, slot int) int {
	value := 0
	for k, w := range p.words[block*p.width : (block+1)*p.width] {
		value |= int(w>>(slot&63)&1) << k
	}
	return value
}

// widen makes room for larger numbers.
func (p *planes) widen(width int) {
	if width <= p.width {
		return
	}
	wide := make([]uint64, p.blocks*width)
	for b := range p.blocks {
		copy(wide[b*width:], p.words[b*p.width:(b+1)*p.width])
	}
	p.width, p.words = width, wide
}

// grow adds blocks in which all numbers are 0.
func (p *planes) grow(blocks int) {
	p.blocks += blocks
	p.words = append(p.words, make([]uint64, blocks*p.width)...)
}
