// Package ecs stands for the client of an AWS service.
package ecs

// Client calls AWS.
type Client struct{}

// New makes a client.
func New() *Client { return nil }

// RunTaskInput is only a struct.
type RunTaskInput struct{}
