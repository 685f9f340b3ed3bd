package awsapi

import (
	"context"
	"net/http"
	"net/url"

	"gantry/ecs"
)

// MakeFault lets something go wrong in the emulated world, now or later.
func (c *Client) MakeFault(ctx context.Context, fault ecs.Fault) (ecs.FaultState, error) {
	var made ecs.FaultState
	err := c.adminsOn(ctx, string(fault.Cluster), "make the fault", http.MethodPost, "faults", fault, &made)
	return made, err
}

// Faults are the faults of the emulated world: those that last, those that are to
// come, and those that could not begin when their time had come.
func (c *Client) Faults(ctx context.Context) ([]ecs.FaultState, error) {
	var out struct {
		Faults []ecs.FaultState `json:"faults"`
	}
	err := c.admins(ctx, "list the faults", http.MethodGet, "faults", nil, &out)
	return out.Faults, err
}

// EndFaults ends the faults with those names, or all when none is named, and tells
// which they were.
func (c *Client) EndFaults(ctx context.Context, names ...string) ([]string, error) {
	var out struct {
		Ended []string `json:"ended"`
	}
	path := "faults"
	if len(names) > 0 {
		path += "?" + url.Values{"name": names}.Encode()
	}
	err := c.admins(ctx, "end the faults", http.MethodDelete, path, nil, &out)
	return out.Ended, err
}
