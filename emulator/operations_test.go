package emulator_test

import (
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
)

// operationsOf are the operations of a client of the SDK: its methods that take an
// Input and answer with an Output.
func operationsOf[C any]() []string {
	client := reflect.TypeFor[*C]()
	var names []string
	for i := range client.NumMethod() {
		m := client.Method(i)
		if m.Type.NumIn() == 4 && m.Type.NumOut() == 2 && m.Type.In(2).Kind() == reflect.Pointer && m.Type.In(2).Elem().Name() == m.Name+"Input" {
			names = append(names, m.Name)
		}
	}
	return names
}

// later are the operations that may still be missing. One that is answered by now
// is no fault.
var later = map[string]string{
	"ECR": `
		BatchGetRepositoryScanningConfiguration CreatePullThroughCacheRule CreateRepositoryCreationTemplate
		DeletePullThroughCacheRule DeleteRegistryPolicy DeleteRepositoryCreationTemplate DeleteSigningConfiguration
		DeregisterPullTimeUpdateExclusion DescribeImageReplicationStatus DescribeImageScanFindings DescribeImageSigningStatus
		DescribePullThroughCacheRules DescribeReplicationBackfillResults DescribeRepositoryCreationTemplates GetAccountSetting
		GetLifecyclePolicyPreview GetRegistryPolicy GetRegistryScanningConfiguration GetSigningConfiguration ListImageReferrers
		ListPullTimeUpdateExclusions ListReplicationBackfills PutAccountSetting PutRegistryPolicy
		PutRegistryScanningConfiguration PutReplicationConfiguration PutSigningConfiguration RegisterPullTimeUpdateExclusion
		StartImageScan StartLifecyclePolicyPreview StartReplicationBackfill StopReplicationBackfill UpdateImageStorageClass
		UpdatePullThroughCacheRule UpdateRepositoryCreationTemplate ValidatePullThroughCacheRule`,
	"CloudWatch Logs": `
		AssociateKmsKey AssociateSourceToS3TableIntegration CancelExportTask CancelImportTask CreateDelivery CreateExportTask
		CreateImportTask CreateLogAnomalyDetector CreateLookupTable CreateScheduledQuery DeleteAccountPolicy
		DeleteDataProtectionPolicy DeleteDelivery DeleteDeliveryDestination DeleteDeliveryDestinationPolicy DeleteDeliverySource
		DeleteDestination DeleteIndexPolicy DeleteIntegration DeleteLogAnomalyDetector DeleteLookupTable DeleteMetricFilter
		DeleteQueryDefinition DeleteResourcePolicy DeleteScheduledQuery DeleteSubscriptionFilter DeleteSyslogConfiguration
		DeleteTransformer DescribeAccountPolicies DescribeConfigurationTemplates DescribeDeliveries DescribeDeliveryDestinations
		DescribeDeliverySources DescribeDestinations DescribeExportTasks DescribeFieldIndexes DescribeImportTaskBatches
		DescribeImportTasks DescribeIndexPolicies DescribeLookupTables DescribeMetricFilters DescribeQueries
		DescribeQueryDefinitions DescribeResourcePolicies DescribeSubscriptionFilters DisassociateKmsKey
		DisassociateSourceFromS3TableIntegration GetDataProtectionPolicy GetDelivery GetDeliveryDestination
		GetDeliveryDestinationPolicy GetDeliverySource GetIntegration GetLogAnomalyDetector GetLogFields GetLogGroupFields
		GetLogObject GetLogRecord GetLookupTable GetQueryResults GetScheduledQuery GetScheduledQueryHistory GetStorageTierPolicy
		GetTransformer ListAggregateLogGroupSummaries ListAnomalies ListIntegrations ListLogAnomalyDetectors ListLogGroups
		ListLogGroupsForQuery ListScheduledQueries ListSourcesForS3TableIntegration ListSyslogConfigurations ListTagsLogGroup
		PutAccountPolicy PutBearerTokenAuthentication PutDataProtectionPolicy PutDeliveryDestination
		PutDeliveryDestinationPolicy PutDeliverySource PutDestination PutDestinationPolicy PutIndexPolicy PutIntegration
		PutLogGroupDeletionProtection PutMetricFilter PutQueryDefinition PutResourcePolicy PutStorageTierPolicy
		PutSubscriptionFilter PutSyslogConfiguration PutTransformer StartLiveTail StartQuery StopQuery TagLogGroup
		TestMetricFilter TestTransformer UntagLogGroup UpdateAnomaly UpdateDeliveryConfiguration UpdateLogAnomalyDetector
		UpdateLookupTable UpdateScheduledQuery`,
}

// TestEveryOperation is that the emulator answers every operation of ECS that the
// SDK has, and of ECR and CloudWatch Logs all but those that are named here. What is
// missing is answered with an error that names it.
func TestEveryOperation(t *testing.T) {
	for _, service := range []struct {
		name, target string
		operations   []string
	}{
		{"ECS", "AmazonEC2ContainerServiceV20141113", operationsOf[ecs.Client]()},
		{"ECR", "AmazonEC2ContainerRegistry_V20150921", operationsOf[ecr.Client]()},
		{"CloudWatch Logs", "Logs_20140328", operationsOf[cloudwatchlogs.Client]()},
	} {
		t.Run(service.name, func(t *testing.T) {
			r := ephemeral(t)
			if len(service.operations) < 50 {
				t.Fatalf("the SDK has but %d operations: the test does not see them", len(service.operations))
			}
			var missing []string
			for _, name := range service.operations {
				status, _, body := r.call(http.MethodPost, "/", service.target+"."+name, "{}")
				var answer struct {
					Type    string `json:"__type"`
					Message string `json:"message"`
				}
				if status == http.StatusOK {
					continue
				}
				if err := json.Unmarshal([]byte(body), &answer); err != nil || answer.Type == "" || status >= http.StatusInternalServerError {
					t.Errorf("%s is answered with %d %s", name, status, body)
				}
				if answer.Type != "UnknownOperationException" {
					continue
				}
				if missing = append(missing, name); !strings.Contains(answer.Message, name) {
					t.Errorf("the refusal of %s does not name it: %s", name, answer.Message)
				}
			}
			allowed := strings.Fields(later[service.name])
			for _, name := range missing {
				if !slices.Contains(allowed, name) {
					t.Errorf("%s is not answered", name)
				}
			}
			for _, name := range allowed {
				if !slices.Contains(service.operations, name) {
					t.Errorf("%s is no operation", name)
				}
			}
		})
	}
}
