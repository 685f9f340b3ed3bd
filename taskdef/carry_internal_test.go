package taskdef

import (
	"reflect"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/awsapi/wire"
)

// TestCarry is that the members which an input and its revision share are of the
// same types, so that carry leaves none of them behind.
func TestCarry(t *testing.T) {
	input, revision := reflect.TypeFor[ecs.RegisterTaskDefinitionInput](), reflect.TypeFor[types.TaskDefinition]()
	shared := 0
	for _, m := range wire.Members(revision) {
		in, ok := input.FieldByName(m.Field)
		if !ok {
			continue
		}
		shared++
		if out, _ := revision.FieldByName(m.Field); in.Type != out.Type {
			t.Errorf("%s is a %s in the input and a %s in the revision", m.Name, in.Type, out.Type)
		}
	}
	if shared < 10 {
		t.Errorf("they share %d members", shared)
	}
}
