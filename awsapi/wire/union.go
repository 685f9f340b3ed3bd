package wire

import (
	"reflect"
	"strings"

	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	ecsdocument "github.com/aws/aws-sdk-go-v2/service/ecs/document"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// union says how the members of one union shape are told apart. A union travels as an object with a single member; in Go
// it is an interface, and reflection cannot list who implements an interface, so they are listed here.
type union struct {
	// members are the struct types behind the union, each with one field Value.
	members []reflect.Type
	// unknown is the SDK's type for a member that this version of the SDK does not know.
	unknown reflect.Type
}

// unionOf knows the union shapes of the three services. The tests walk every shape and fail when one is missing here.
func unionOf(t reflect.Type) (union, bool) {
	ecs := func(members ...reflect.Type) (union, bool) {
		return union{members: members, unknown: reflect.TypeFor[ecstypes.UnknownUnionMember]()}, true
	}
	logs := func(members ...reflect.Type) (union, bool) {
		return union{members: members, unknown: reflect.TypeFor[logstypes.UnknownUnionMember]()}, true
	}
	switch t {
	case reflect.TypeFor[ecstypes.DescribeGatewayConfiguration]():
		return ecs(reflect.TypeFor[ecstypes.DescribeGatewayConfigurationMemberHostSharedAlb]())
	case reflect.TypeFor[ecstypes.GatewayConfiguration]():
		return ecs(reflect.TypeFor[ecstypes.GatewayConfigurationMemberHostSharedAlb]())
	case reflect.TypeFor[ecstypes.GatewayConnectionResources]():
		return ecs(reflect.TypeFor[ecstypes.GatewayConnectionResourcesMemberHostSharedAlb]())
	case reflect.TypeFor[ecstypes.GatewayElbAccessLogDestination]():
		return ecs(reflect.TypeFor[ecstypes.GatewayElbAccessLogDestinationMemberS3]())
	case reflect.TypeFor[ecstypes.GatewayInfrastructureResources]():
		return ecs(reflect.TypeFor[ecstypes.GatewayInfrastructureResourcesMemberHostSharedAlb]())
	case reflect.TypeFor[ecstypes.GatewayRouteResources]():
		return ecs(reflect.TypeFor[ecstypes.GatewayRouteResourcesMemberHostSharedAlb]())
	case reflect.TypeFor[ecstypes.ServiceConnectContainerConfiguration]():
		return ecs(reflect.TypeFor[ecstypes.ServiceConnectContainerConfigurationMemberLogLevel]())
	case reflect.TypeFor[ecstypes.SharingStrategy]():
		return ecs(reflect.TypeFor[ecstypes.SharingStrategyMemberNvidiaMps]())
	case reflect.TypeFor[ecstypes.UpdateGatewayConfiguration]():
		return ecs(reflect.TypeFor[ecstypes.UpdateGatewayConfigurationMemberHostSharedAlb]())
	case reflect.TypeFor[logstypes.IntegrationDetails]():
		return logs(reflect.TypeFor[logstypes.IntegrationDetailsMemberOpenSearchIntegrationDetails]())
	case reflect.TypeFor[logstypes.ResourceConfig]():
		return logs(reflect.TypeFor[logstypes.ResourceConfigMemberOpenSearchResourceConfig]())
	case reflect.TypeFor[logstypes.GetLogObjectResponseStream]():
		return logs(reflect.TypeFor[logstypes.GetLogObjectResponseStreamMemberFields]())
	case reflect.TypeFor[logstypes.StartLiveTailResponseStream]():
		return logs(reflect.TypeFor[logstypes.StartLiveTailResponseStreamMemberSessionStart](),
			reflect.TypeFor[logstypes.StartLiveTailResponseStreamMemberSessionUpdate]())
	}
	return union{}, false
}

// unionMemberName gives the name on the wire: SharingStrategyMemberNvidiaMps of SharingStrategy is "nvidiaMps".
func unionMemberName(unionType, member reflect.Type) string {
	return lowerFirst(strings.TrimPrefix(member.Name(), unionType.Name()+"Member"))
}

// isDocument tells the open document of ECS (the hook details of a deployment lifecycle hook) from other interfaces.
func isDocument(t reflect.Type) bool {
	return t == reflect.TypeFor[ecsdocument.Interface]()
}

// newDocument makes an open document from plain JSON values.
func newDocument(v any) ecsdocument.Interface {
	return ecsdocument.NewLazyDocument(v)
}
