// Package shape turns the AWS SDK's structs into the nouns of package ecs and back: once, for the client and the emulator.
//
// What comes from AWS is read with the …FromSDK functions, and the emulator answers with the …ToSDK functions. Both
// directions are held together by a property: a noun that went out and came back is the same noun. What a noun does not
// model is lost on the way in, except for task definitions, whose document keeps every member (see OverDocument).
//
// The way out also knows what real ECS sends when there is nothing to send: the events of a new service are an empty
// list and not absent, the status reason of a healthy container instance is absent and not empty. On the way in, absent
// and empty are the same; a noun then has an empty list where its JSON form always shows the list, and nil elsewhere.
//
// Where it stands: above ecs, below everything that talks to AWS or plays AWS. Its functions are pure.
//
//	out, err := client.DescribeServices(ctx, in)
//	services := shape.List(out.Services, shape.ServiceFromSDK)
//
// What it will never do: call a client, refuse a value (a status that it does not know passes through), or make up what
// the service would decide, such as an ARN or a revision.
package shape
