package cmd

import (
	"planted/awsapi"
	"planted/emulator/api"
	"planted/tui"
)

// Main is lawful.
func Main() { api.Serve(awsapi.Name + tui.Name) }
