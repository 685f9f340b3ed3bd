// Package wire turns the AWS SDK's own Go structs into the JSON of the AWS JSON 1.1 protocol and back.
//
// The SDK can write a request and read an answer. A program that stands on the other side of the wire needs the two missing
// halves: to read a request into the SDK's …Input and to write the SDK's …Output. With them no shape is written by hand, and
// a task definition in a file, a request on the wire and a struct in memory are one and the same thing.
//
// It covers the shapes of Amazon ECS, Amazon ECR and CloudWatch Logs. The name of a member on the wire is the name of the
// Go field with its first letter lowered; the three exceptions, the union shapes and the one open document of these services
// are known by name, and the tests hold all of it against what the SDK's real clients write and read.
//
// Where it stands: the lowest floor. It knows nothing of the rest of the project, opens no connection and calls no client.
//
//	var in ecs.CreateServiceInput
//	if err := wire.Decode([]byte(`{"serviceName":"web","desiredCount":2}`), &in); err != nil {
//		return err // for example: desiredCount: expected an integer, got a string
//	}
//	body, err := wire.Encode(&ecs.CreateServiceOutput{Service: service})
//
// What is written, and what is not:
//   - a nil pointer, nil list or nil map is absent; an empty list or map that is not nil is written as [] or {};
//   - a number or boolean that is not a pointer is always written, since real ECS sends "runningCount": 0;
//   - an empty enum value is absent;
//   - a time is a number of seconds since the epoch, to the millisecond.
//
// What it will never do: check what only the service can know (required members, ranges, allowed enum values), guess
// names that are nearly right, or frame event streams and errors; that is the work of those who call it.
package wire
