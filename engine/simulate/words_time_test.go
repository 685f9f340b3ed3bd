package simulate_test

// timeWords:
//
//	> step 5m    all that happens within five minutes
//	> settle     all that happens until nothing but repeats is left
func timeWords() speech {
	return speech{words: []word{
		{"step", func(k *talk, a *arguments) { k.advance(k.now.Add(a.parse(a.name()))) }},
		{"settle", func(k *talk, _ *arguments) { k.settle() }},
	}}
}
