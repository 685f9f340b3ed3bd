package emulator_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// modelled are the errors that the model of ECS has for each operation, beside
// AccessDenied, Client, InvalidParameter and Server, which all of them have
// [botocore 1.43.11]. No model that we have tells those of gateways: they are what
// the documentation of their operations speaks of.
var modelled = map[string]string{
	"ContinueServiceDeployment":      "ServiceDeploymentNotFound UnsupportedFeature",
	"CreateCapacityProvider":         "ClusterNotFound LimitExceeded UnsupportedFeature UpdateInProgress",
	"CreateCluster":                  "NamespaceNotFound",
	"CreateDaemon":                   "ClusterNotFound PlatformUnknown UnsupportedFeature",
	"CreateExpressGatewayService":    "ClusterNotFound PlatformTaskDefinitionIncompatibility PlatformUnknown UnsupportedFeature",
	"CreateService":                  "ClusterNotFound NamespaceNotFound PlatformTaskDefinitionIncompatibility PlatformUnknown UnsupportedFeature",
	"CreateTaskSet":                  "ClusterNotFound LimitExceeded NamespaceNotFound PlatformTaskDefinitionIncompatibility PlatformUnknown ServiceNotActive ServiceNotFound UnsupportedFeature",
	"DeleteAccountSetting":           "",
	"DeleteAttributes":               "ClusterNotFound TargetNotFound",
	"DeleteCapacityProvider":         "ClusterNotFound UnsupportedFeature UpdateInProgress",
	"DeleteCluster":                  "ClusterContainsCapacityProvider ClusterContainsContainerInstances ClusterContainsServices ClusterContainsTasks ClusterNotFound UpdateInProgress",
	"DeleteDaemon":                   "ClusterNotFound DaemonNotActive DaemonNotFound UnsupportedFeature",
	"DeleteDaemonTaskDefinition":     "",
	"DeleteExpressGatewayService":    "ClusterNotFound ServiceNotActive ServiceNotFound UnsupportedFeature",
	"DeleteService":                  "ClusterNotFound ServiceNotFound",
	"DeleteTaskDefinitions":          "",
	"DeleteTaskSet":                  "ClusterNotFound LimitExceeded ServiceNotActive ServiceNotFound TaskSetNotFound UnsupportedFeature",
	"DeregisterContainerInstance":    "ClusterNotFound",
	"DeregisterTaskDefinition":       "",
	"DescribeCapacityProviders":      "ClusterNotFound UnsupportedFeature",
	"DescribeClusters":               "",
	"DescribeContainerInstances":     "ClusterNotFound",
	"DescribeDaemon":                 "ClusterNotFound DaemonNotFound UnsupportedFeature",
	"DescribeDaemonDeployments":      "ClusterNotFound UnsupportedFeature",
	"DescribeDaemonRevisions":        "ClusterNotFound UnsupportedFeature",
	"DescribeDaemonTaskDefinition":   "",
	"DescribeExpressGatewayService":  "ClusterNotFound ResourceNotFound UnsupportedFeature",
	"DescribeServiceDeployments":     "ClusterNotFound ServiceNotFound UnsupportedFeature",
	"DescribeServiceRevisions":       "ClusterNotFound ServiceNotFound UnsupportedFeature",
	"DescribeServices":               "ClusterNotFound",
	"DescribeTaskDefinition":         "",
	"DescribeTaskSets":               "ClusterNotFound ServiceNotActive ServiceNotFound UnsupportedFeature",
	"DescribeTasks":                  "ClusterNotFound",
	"DiscoverPollEndpoint":           "",
	"ExecuteCommand":                 "ClusterNotFound TargetNotConnected",
	"GetTaskProtection":              "ClusterNotFound ResourceNotFound UnsupportedFeature",
	"ListAccountSettings":            "",
	"ListAttributes":                 "ClusterNotFound",
	"ListClusters":                   "",
	"ListContainerInstances":         "ClusterNotFound",
	"ListDaemonDeployments":          "ClusterNotFound UnsupportedFeature",
	"ListDaemonTaskDefinitions":      "",
	"ListDaemons":                    "ClusterNotFound UnsupportedFeature",
	"ListServiceDeployments":         "ClusterNotFound ServiceNotFound UnsupportedFeature",
	"ListServices":                   "ClusterNotFound",
	"ListServicesByNamespace":        "NamespaceNotFound",
	"ListTagsForResource":            "ClusterNotFound",
	"ListTaskDefinitionFamilies":     "",
	"ListTaskDefinitions":            "",
	"ListTasks":                      "ClusterNotFound ServiceNotFound",
	"PutAccountSetting":              "",
	"PutAccountSettingDefault":       "",
	"PutAttributes":                  "AttributeLimitExceeded ClusterNotFound TargetNotFound",
	"PutClusterCapacityProviders":    "ClusterNotFound ResourceInUse UpdateInProgress",
	"RegisterContainerInstance":      "ClusterNotFound",
	"RegisterDaemonTaskDefinition":   "LimitExceeded",
	"RegisterTaskDefinition":         "LimitExceeded",
	"RunTask":                        "Blocked ClusterNotFound Conflict PlatformTaskDefinitionIncompatibility PlatformUnknown UnsupportedFeature",
	"StartTask":                      "ClusterNotFound NamespaceNotFound UnsupportedFeature",
	"StopServiceDeployment":          "Conflict ServiceDeploymentNotFound UnsupportedFeature",
	"StopTask":                       "ClusterNotFound",
	"SubmitAttachmentStateChanges":   "ClusterNotFound",
	"SubmitContainerStateChange":     "ClusterNotFound",
	"SubmitTaskStateChange":          "ClusterNotFound",
	"TagResource":                    "ClusterNotFound LimitExceeded ResourceNotFound",
	"UntagResource":                  "ClusterNotFound ResourceNotFound",
	"UpdateCapacityProvider":         "ClusterNotFound UnsupportedFeature",
	"UpdateCluster":                  "ClusterNotFound NamespaceNotFound",
	"UpdateClusterSettings":          "ClusterNotFound UpdateInProgress",
	"UpdateContainerAgent":           "ClusterNotFound MissingVersion NoUpdateAvailable UpdateInProgress",
	"UpdateContainerInstancesState":  "ClusterNotFound",
	"UpdateDaemon":                   "ClusterNotFound DaemonNotActive DaemonNotFound PlatformUnknown UnsupportedFeature",
	"UpdateExpressGatewayService":    "ClusterNotFound ServiceNotActive ServiceNotFound UnsupportedFeature",
	"UpdateService":                  "ClusterNotFound NamespaceNotFound PlatformTaskDefinitionIncompatibility PlatformUnknown ServiceNotActive ServiceNotFound UnsupportedFeature",
	"UpdateServicePrimaryTaskSet":    "ClusterNotFound ServiceNotActive ServiceNotFound TaskSetNotFound UnsupportedFeature",
	"UpdateTaskProtection":           "ClusterNotFound ResourceNotFound UnsupportedFeature",
	"UpdateTaskSet":                  "ClusterNotFound LimitExceeded ServiceNotActive ServiceNotFound TaskSetNotFound UnsupportedFeature",
	"AssociateGatewayWithCluster":    "ClusterNotFound GatewayNotFound LimitExceeded",
	"CreateGateway":                  "Conflict LimitExceeded",
	"DeleteGateway":                  "GatewayNotFound ResourceInUse",
	"DescribeGateway":                "GatewayNotFound",
	"DescribeGatewayResources":       "GatewayNotFound",
	"DescribeGatewayRoute":           "ResourceNotFound",
	"DisassociateGatewayFromCluster": "ClusterNotFound GatewayNotFound ResourceNotFound",
	"ListGatewayClusterAssociations": "ClusterNotFound GatewayNotFound",
	"ListGatewayRoutes":              "ClusterNotFound GatewayNotFound",
	"ListGateways":                   "",
	"UpdateGateway":                  "GatewayNotFound",
}

// ofAll are the errors that every operation has, and those of the protocol: of
// requests that reach no operation, and of the emulator's own.
var ofAll = []string{
	"AccessDeniedException", "ClientException", "InvalidParameterException", "ServerException",
	"SerializationException", "UnknownOperationException", "RequestEntityTooLargeException", "ThrottlingException", "ClusterFailedException",
	"InvalidSignatureException", "MissingAuthenticationTokenException", "UnrecognizedClientException", "IncompleteSignatureException",
}

// errorsOf are the names of the errors that the model has for an operation alone.
func errorsOf(operation string) []string {
	var out []string
	for _, name := range strings.Fields(modelled[operation]) {
		out = append(out, name+"Exception")
	}
	return out
}

// witness looks at all that ECS refuses in a test, and reports what the model does
// not have for the operation.
type witness struct {
	t    *testing.T
	next http.RoundTripper
}

func (w witness) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := w.next.RoundTrip(r)
	operation, ours := strings.CutPrefix(r.Header.Get("X-Amz-Target"), "AmazonEC2ContainerServiceV20141113.")
	if err != nil || !ours || response.StatusCode < http.StatusBadRequest || response.StatusCode >= http.StatusInternalServerError {
		return response, err
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	_ = response.Body.Close()
	response.Body = io.NopCloser(bytes.NewReader(body))
	var refusal struct {
		Type string `json:"__type"`
	}
	if strings.Contains(string(body), "A world of the emulator holds") { // which AWS has no bound for
		return response, nil
	}
	if json.Unmarshal(body, &refusal) == nil && !slices.Contains(ofAll, refusal.Type) && !slices.Contains(errorsOf(operation), refusal.Type) {
		w.t.Errorf("%s is refused with %s, which its model does not have: %s", operation, refusal.Type, body)
	}
	return response, nil
}
