package api_test

import (
	"testing"

	"planted/awsapi"
	"planted/emulator/api"
	"planted/report"
)

func TestOutside(t *testing.T) { t.Log(awsapi.Name, api.Serve(""), report.Name) }
