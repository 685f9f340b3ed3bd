package store

// Adopt gives a world that was made elsewhere the name that it has here, and its
// clock.
func (s *Store) Adopt(name string, clock Clock) error {
	s.world.Name, s.clock = name, clock
	return s.Update(s.reached, func(tx *Tx) error { return tx.put(bucketMeta, []byte(metaWorld), s.world) })
}
