package ecs

import (
	"encoding/json"
	"fmt"
	"time"
)

// Seconds is a span of time that is a number of seconds in JSON, as the API has
// it (healthCheckGracePeriodSeconds, interval, stopTimeout …).
type Seconds time.Duration

// Duration is the span for Go.
func (s Seconds) Duration() time.Duration { return time.Duration(s) }

// String is the span as Go writes one: "1m30s".
func (s Seconds) String() string { return time.Duration(s).String() }

// MarshalJSON writes whole seconds without a fraction.
func (s Seconds) MarshalJSON() ([]byte, error) {
	return json.Marshal(time.Duration(s).Seconds())
}

// UnmarshalJSON reads a number of seconds.
func (s *Seconds) UnmarshalJSON(data []byte) error {
	var seconds float64
	if err := json.Unmarshal(data, &seconds); err != nil {
		return fmt.Errorf("a span of time is a number of seconds: %w", err)
	}
	*s = Seconds(time.Duration(seconds * float64(time.Second)))
	return nil
}
