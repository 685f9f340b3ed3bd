package life

import (
	"math"
	"time"
)

// never is a time that does not come.
const never = time.Duration(math.MaxInt64)

// course is when something of a container is well, its port or what its health
// check looks at, in times since the container was started.
type course struct {
	lost     bool          // it never is
	warm     time.Duration // it is from then on
	cold     time.Duration // and no more from then on; never when it stays
	from     time.Duration // when it began to flap
	up, down time.Duration // well, then not, in turn; 0: it does not flap
}

// at says whether it is well at a time, and until when that stays so.
func (c *course) at(t time.Duration) (well bool, until time.Duration) {
	switch {
	case c.lost:
		return false, never
	case t < c.warm:
		return false, c.warm
	case t >= c.cold:
		return false, never
	}
	well, until = true, never
	if c.up > 0 {
		in := (t - c.from) % (c.up + c.down)
		until = t - in + c.up
		if in >= c.up {
			well, until = false, until+c.down
		}
	}
	return well, min(until, c.cold)
}

// courses are those of a container's health check and of its port, by its fate.
// What goes wrong is told from a time since its start: that of the news.
func (f *Fate) courses(bad bool, since time.Duration) (check, port course) {
	check = course{warm: f.Healthy, cold: never}
	port = course{warm: f.Ready, cold: never}
	if !bad {
		return check, port
	}
	check.lost = f.Sick
	if f.Unhealthy > 0 {
		check.cold = since + f.Unhealthy
	}
	if f.Unready > 0 {
		port.cold = since + f.Unready
	}
	check.up, check.down, check.from = f.FlapUp, f.FlapDown, max(since, check.warm)
	port.up, port.down, port.from = f.FlapUp, f.FlapDown, max(since, port.warm)
	return check, port
}
