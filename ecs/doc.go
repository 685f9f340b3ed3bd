// Package ecs holds the nouns of Amazon ECS: Cluster, ContainerInstance,
// Service, Deployment, Task, TaskDefinition and their parts, under the names
// that the ECS API gives them.
//
// It stands on the first floor: it imports nothing of ours and does no I/O.
// The engine decides over these values, the emulator and the AWS client
// translate them to and from the SDK's shapes (awsapi/shape), and report and
// tui draw them. Their JSON form uses the API's member names and is what
// --output json prints and snapshots hold.
//
//	arn := ecs.ServiceARN(ecs.Scope{Partition: "aws", Region: "us-east-1", Account: "123456789012"}, "default", "web")
//
// The word "deployment" names the noun here; the engine that moves it is
// engine/rollout and the verbs that start one are in workflow. This package
// never decides anything and never talks to anybody.
package ecs
