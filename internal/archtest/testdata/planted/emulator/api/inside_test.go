package api

import (
	"testing"

	"planted/awsapi"
)

func TestInside(t *testing.T) { t.Log(awsapi.Name) }
