// Package shapes reads requests and writes answers of the AWS services that
// the emulator has beside ECS, ECR and CloudWatch Logs, in all the protocols
// that their clients speak: AWS Query and EC2 Query (a form in, XML out), AWS
// JSON, and Smithy RPC v2 CBOR. Clients of one service, such as CloudWatch,
// speak three of them.
//
// What those services say is written down by hand, as structs, as far as
// clients of ECS need it:
//
//	type DescribeTargetGroupsInput struct {
//		Names    []string
//		PageSize *int
//	}
//
//	value, err := shapes.FromForm(form) // or FromJSON, FromCBOR
//	err = shapes.Assign(value, &in)
//	body := shapes.Query(answer, &out)  // or EC2, JSON, CBOR
//
// The name of a member is that of the field, or its tag `shape:"name"`, or that
// of its JSON form; nouns of package ecs whose JSON form is AWS's own can so be
// used as they are. The members of an embedded struct, which must be exported,
// are the struct's own. A nil pointer, list or map, an empty string and a zero
// time are absent; numbers and booleans that are no pointers are always written,
// unless their JSON form omits zeros, and so is a string with the tag
// `shape:"name,always"`.
//
// Floor 6, inside of emulator: it knows no service and no world.
package shapes
