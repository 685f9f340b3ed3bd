package wire_test

import (
	"maps"
	"reflect"
	"slices"
	"testing"

	logsschemas "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/schemas"
	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	ecsschemas "github.com/aws/aws-sdk-go-v2/service/ecs/schemas"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/smithy-go"

	"gantry/awsapi/wire"
)

// unionSchemas pairs each union with the SDK's schema of it.
func unionSchemas() map[reflect.Type]*smithy.Schema {
	return map[reflect.Type]*smithy.Schema{
		reflect.TypeFor[ecstypes.DescribeGatewayConfiguration]():         ecsschemas.DescribeGatewayConfiguration,
		reflect.TypeFor[ecstypes.GatewayConfiguration]():                 ecsschemas.GatewayConfiguration,
		reflect.TypeFor[ecstypes.GatewayConnectionResources]():           ecsschemas.GatewayConnectionResources,
		reflect.TypeFor[ecstypes.GatewayElbAccessLogDestination]():       ecsschemas.GatewayElbAccessLogDestination,
		reflect.TypeFor[ecstypes.GatewayInfrastructureResources]():       ecsschemas.GatewayInfrastructureResources,
		reflect.TypeFor[ecstypes.GatewayRouteResources]():                ecsschemas.GatewayRouteResources,
		reflect.TypeFor[ecstypes.ServiceConnectContainerConfiguration](): ecsschemas.ServiceConnectContainerConfiguration,
		reflect.TypeFor[ecstypes.SharingStrategy]():                      ecsschemas.SharingStrategy,
		reflect.TypeFor[ecstypes.UpdateGatewayConfiguration]():           ecsschemas.UpdateGatewayConfiguration,
		reflect.TypeFor[logstypes.IntegrationDetails]():                  logsschemas.IntegrationDetails,
		reflect.TypeFor[logstypes.ResourceConfig]():                      logsschemas.ResourceConfig,
	}
}

func unions(t *testing.T) map[reflect.Type][]reflect.Type {
	t.Helper()
	members := map[reflect.Type][]reflect.Type{}
	for u := range unionSchemas() {
		members[u] = wire.UnionMembers(u)
	}
	return members
}

func TestUnionsHaveTheMembersOfTheirSchemas(t *testing.T) {
	t.Parallel()
	for u, schema := range unionSchemas() {
		var want, got []string
		want = slices.Sorted(maps.Keys(schema.Members()))
		for _, m := range wire.Members(u) {
			got = append(got, m.Name)
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: members %v, the SDK's schema has %v", u.Name(), got, want)
		}
	}
}

// TestEveryFieldHasAKind walks every type that an operation can reach: a new interface in a later SDK must not get lost.
func TestEveryFieldHasAKind(t *testing.T) {
	t.Parallel()
	seen := map[reflect.Type]bool{}
	unions, documents := map[reflect.Type]bool{}, 0
	var walk func(reflect.Type, string)
	walk = func(t1 reflect.Type, where string) {
		switch t1.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			if wire.KindOf(t1) != wire.KindBlob {
				walk(t1.Elem(), where)
			}
			return
		}
		if seen[t1] {
			return
		}
		seen[t1] = true
		switch wire.KindOf(t1) {
		case wire.KindUnsupported:
			t.Errorf("%s: the codec does not know the type %s", where, t1)
		case wire.KindUnion:
			unions[t1] = true
		case wire.KindDocument:
			documents++
		}
		for _, m := range wire.Members(t1) {
			walk(m.Type, where+"."+m.Name)
		}
	}
	for _, client := range clients(&exchange{}) {
		for _, op := range operations(client) {
			walk(op.input, op.name+"Input")
			walk(op.output, op.name+"Output")
		}
	}
	for u := range unions {
		if unionSchemas()[u] == nil {
			t.Errorf("the union %s is not held against its schema", u)
		}
	}
	if len(unions) < 11 || documents != 1 {
		t.Errorf("found %d unions and %d documents, expected at least 11 and 1", len(unions), documents)
	}
}
