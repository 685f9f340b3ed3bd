package scheduler

import (
	"encoding/json"
	"fmt"
	"time"
)

// instant is a moment in a third of the memory of a time.Time, and without a
// pointer for the garbage collector to follow. The zero instant is no moment.
type instant int64

func instantOf(t time.Time) instant {
	if t.IsZero() {
		return 0
	}
	return instant(t.UnixNano())
}

// Time is the moment as a time.Time.
func (i instant) Time() time.Time {
	if i == 0 {
		return time.Time{}
	}
	return time.Unix(0, int64(i)).UTC()
}

// IsZero reports whether there is no moment.
func (i instant) IsZero() bool { return i == 0 }

// Add is the moment that much later.
func (i instant) Add(d time.Duration) time.Time { return i.Time().Add(d) }

// MarshalJSON writes what a time.Time writes.
func (i instant) MarshalJSON() ([]byte, error) { return i.Time().MarshalJSON() }

// UnmarshalJSON reads what a time.Time writes.
func (i *instant) UnmarshalJSON(data []byte) error {
	var t time.Time
	if err := json.Unmarshal(data, &t); err != nil {
		return fmt.Errorf("read a moment: %w", err)
	}
	*i = instantOf(t)
	return nil
}
