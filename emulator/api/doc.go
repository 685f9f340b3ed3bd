// Package api is the wire side of the emulator: the protocols of Amazon ECS,
// Amazon ECR and CloudWatch Logs as real clients speak them, and the emulator's
// own administration below /_gantry/.
//
// Floor 6, inside of emulator. It decodes a request into the SDK's own Input,
// runs one handler on one transaction of the store, and encodes the SDK's own
// Output. Handlers look like the operation, one file per family:
//
//	func (s *ECS) CreateCluster(ctx context.Context, in *ecs.CreateClusterInput) (*ecs.CreateClusterOutput, error)
//
// A handler checks in the order of real ECS and refuses in its words (*ecs.Error).
// It changes records first and gives the engine its command last, so that a
// refusal leaves nothing half done; a panic is a ServerException to the client
// and a stack in the log, never the end of the process.
//
// Any credentials are accepted; signatures are looked at by package gate, where
// somebody asks for it. The package never opens a file or a port, and never
// decides what the scheduler decides.
package api
