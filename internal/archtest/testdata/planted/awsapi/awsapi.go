package awsapi

import "github.com/aws/aws-sdk-go-v2/service/ecs"

// Name is something to use.
const Name = "awsapi"

// Lawful is what the room is for.
func Lawful() *ecs.Client { return ecs.New() }
