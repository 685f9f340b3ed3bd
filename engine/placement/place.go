package placement

// Place chooses the container instance for a task by ECS semantics 2.1: filter,
// rank, select. It changes nothing: Commit does. Exactly one of the results is set.
//
// Ranking by a chain is the same as taking the instance that fits and is first
// by the links' scores in turn: a spread wants few tasks where the instance is,
// a binpack little left on it. What is still tied goes by chance when the policy
// says so, else to the fewest tasks of the group, then to the lowest id.
func (f *Fleet) Place(r *Request) (Choice, *Unplaceable) {
	s := f.searchFor(r)
	if s.spread() {
		s.run()
	}
	switch {
	case !s.found:
		return Choice{}, f.refuse(s.view, r)
	case s.policy.random:
		return s.choice(s.draw(f, r.Random)), nil
	}
	return s.choice(s.index.slots[s.slot]), nil
}
