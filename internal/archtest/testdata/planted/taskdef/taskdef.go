package taskdef

import "github.com/aws/aws-sdk-go-v2/service/ecs"

// Lawful names a struct.
type Lawful = ecs.RunTaskInput

// Breach makes a client.
func Breach() any { return ecs.New() }
