package shape

import (
	"reflect"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/awsapi/wire"
	"gantry/ecs"
)

// documentOf is a part of a request as AWS JSON: "" for none, and [] for a list that is there and empty.
func documentOf(part any) ecs.Document {
	if reflect.ValueOf(part).IsNil() {
		return ""
	}
	data, err := wire.Encode(part)
	if err != nil {
		return "" // the codec knows every shape that is given here
	}
	return ecs.Document(data)
}

// ofDocument is a document as the SDK's shape; none, or what is no such shape, is nothing.
func ofDocument[S any](d ecs.Document) (out S) {
	if d != "" && wire.Decode([]byte(d), &out) != nil {
		var none S
		return none
	}
	return out
}

// VolumeConfigurationsOf are the volume configurations of a RunTask or StartTask as a document.
func VolumeConfigurationsOf(list []types.TaskVolumeConfiguration) ecs.Document {
	return documentOf(list)
}

// GatewayConnectorsOf are the gateway connectors of a service.
func GatewayConnectorsOf(c ecs.RevisionConfiguration) []types.GatewayConnector {
	return ofDocument[[]types.GatewayConnector](c.GatewayConnectors)
}
