package awsapi

import (
	"bufio"
	"context"
	"errors"
	"net/http"
	"net/url"

	"gantry/internal/hint"
)

// EventQuery says which events of an emulated world are wanted. Since is a time,
// a span of time such as 10m, or the id of an event after which they begin.
type EventQuery struct {
	Follow      bool
	Since       string
	DetailTypes []string
	Clusters    []string
}

func (q *EventQuery) values() url.Values {
	v := url.Values{"detail-type": q.DetailTypes, "cluster": q.Clusters}
	if q.Follow {
		v.Set("follow", "true")
	}
	if q.Since != "" {
		v.Set("since", q.Since)
	}
	return v
}

// longestEvent bounds one event.
const longestEvent = 8 << 20

// Events tells the events of an emulated world, each as the line of JSON that it
// is, until there are no more, or with Follow until the context ends. begun is
// called before the first, with whether the world keeps events only from now on.
func (c *Client) Events(ctx context.Context, q EventQuery, begun func(fresh bool), tell func(line []byte) error) error {
	const doing = "read the world's events"
	if err := c.mustBeEmulator(ctx, doing); err != nil {
		return err
	}
	res, err := c.send(ctx, http.MethodGet, "events?"+q.values().Encode(), "application/json", http.NoBody, sumOf(nil))
	if err != nil {
		return c.adminFailure("", doing, err)
	}
	defer res.Body.Close()
	recorded := res.Header.Get("X-Gantry-Events-Recorded")
	if recorded == "" {
		return hint.As(hint.Usage, &Error{Status: res.StatusCode, Doing: doing, Message: c.where() + " is not a gantry emulator that has events"})
	}
	begun(recorded == "now")
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, longestEvent)
	for lines.Scan() {
		if err := tell(lines.Bytes()); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return c.failOnTheWay(subject{doing: doing}, err)
	}
	if q.Follow && ctx.Err() == nil {
		return errors.New("the emulator ended, and its events with it")
	}
	return context.Cause(ctx)
}
