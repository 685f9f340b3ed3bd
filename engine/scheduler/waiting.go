package scheduler

// waitsForPlace notes that a task of the service found no place.
func (c *Cluster) waitsForPlace(s *service) {
	c.waiting[s.Spec.Name] = s
	c.listen(s)
}

// listen puts a service that waits for a place on the list of those whom the next
// news of room wakes. It is on it from its pass on, and off it once it was woken:
// when room comes with each of a thousand tasks that end, only the first of them
// has to look who waits.
func (c *Cluster) listen(s *service) {
	if !s.listens && c.waiting[s.Spec.Name] == s {
		s.listens = true
		c.listening = append(c.listening, s)
	}
}

// wakeWaiting lets the services look again that found no place for a task, and
// the tasks that wait for one.
func (c *Cluster) wakeWaiting() {
	c.roomCame()
	for _, s := range c.listening {
		s.listens = false
		if c.waiting[s.Spec.Name] == s {
			c.wake(s, c.now.Add(PassDelay))
		}
	}
	clear(c.listening)
	c.listening = c.listening[:0]
}
