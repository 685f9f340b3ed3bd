package cmd

import (
	"cmp"
	"context"
	"slices"

	"github.com/spf13/cobra"

	"gantry/awsapi"
)

// meansLocal reports whether a command of the emulator's own is about a world of
// this machine although nothing says --local: with no endpoint there is nothing
// else that it could mean. An endpoint is one of the command line or of the AWS
// settings, as for every other command: what reset empties has to be what status
// shows. To serve, and to name a world, is to mean one of this machine.
func (f *Factory) meansLocal(c *cobra.Command) bool {
	if p := c.Parent(); p == nil || p.Name() != "emulator" || f.global.endpointURL != "" {
		return false
	}
	return slices.Contains([]string{"serve", "run", "env"}, c.Name()) || c.Flags().Changed("world") || f.endpointOfSettings(c.Context()) == ""
}

// endpointOfSettings is the endpoint that the AWS settings name, or "". Settings
// that cannot be read name one all the same if the environment does: the command
// then fails as every other one, rather than act elsewhere.
func (f *Factory) endpointOfSettings(ctx context.Context) string {
	endpoint, err := awsapi.EndpointOfSettings(ctx, f.global.profile)
	if err == nil {
		return endpoint
	}
	ofECS, _ := f.env("AWS_ENDPOINT_URL_ECS")
	ofAll, _ := f.env("AWS_ENDPOINT_URL")
	return cmp.Or(ofECS, ofAll)
}
