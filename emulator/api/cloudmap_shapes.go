package api

import "time"

type (
	newNamespace struct {
		Name             string
		CreatorRequestID string `shape:"CreatorRequestId"`
		Description      string
		Tags             []tagShape
	}
	// CreateHTTPNamespaceInput is a namespace without DNS.
	CreateHTTPNamespaceInput struct{ newNamespace }
	// CreatePrivateDNSNamespaceInput is a namespace in a VPC.
	CreatePrivateDNSNamespaceInput struct {
		newNamespace
		VPC        string `shape:"Vpc"`
		Properties *zonePropertiesShape
	}
	// CreatePublicDNSNamespaceInput is a namespace on the internet.
	CreatePublicDNSNamespaceInput struct {
		newNamespace
		Properties *zonePropertiesShape
	}
	zonePropertiesShape struct {
		DNSProperties struct {
			SOA *struct{ TTL int64 }
		} `shape:"DnsProperties"`
	}
	// OperationOutput names an operation that has begun.
	OperationOutput struct {
		OperationID string `shape:"OperationId"`
	}
	// EmptyOutput has no members.
	EmptyOutput struct{}
	// UpdateHTTPNamespaceInput changes a namespace, of any type.
	UpdateHTTPNamespaceInput struct {
		ID               string `shape:"Id"`
		UpdaterRequestID string `shape:"UpdaterRequestId"`
		Namespace        struct {
			Description *string
			Properties  *zonePropertiesShape
		}
	}
	// GetNamespaceInput names a namespace.
	GetNamespaceInput struct {
		ID string `shape:"Id"`
	}
	// GetNamespaceOutput is the namespace.
	GetNamespaceOutput struct{ Namespace NamespaceShape }
	// DeleteNamespaceInput names a namespace.
	DeleteNamespaceInput struct {
		ID string `shape:"Id"`
	}
	// NamespaceShape is a namespace.
	NamespaceShape struct {
		ID               string `shape:"Id"`
		ARN              string `shape:"Arn"`
		ResourceOwner    string
		Name, Type       string
		Description      string
		ServiceCount     int
		Properties       namespacePropertiesShape
		CreateDate       time.Time
		CreatorRequestID string `shape:"CreatorRequestId"`
	}
	namespacePropertiesShape struct {
		DNSProperties struct {
			HostedZoneID string `shape:"HostedZoneId"`
			SOA          map[string]int64
		} `shape:"DnsProperties"`
		HTTPProperties struct {
			HTTPName string `shape:"HttpName"`
		} `shape:"HttpProperties"`
	}
	cloudFilterShape struct {
		Name, Condition string
		Values          []string
	}
	// ListNamespacesInput asks for namespaces.
	ListNamespacesInput struct {
		NextToken  *string
		MaxResults *int32
		Filters    []cloudFilterShape
	}
	// ListNamespacesOutput is a page of them.
	ListNamespacesOutput struct {
		Namespaces []NamespaceShape
		NextToken  *string
	}
)

type (
	// The settings of a service; they are kept as they are shown.
	dnsConfigShape struct {
		NamespaceID   string           `shape:"NamespaceId" json:"namespaceId"`
		RoutingPolicy string           `shape:"RoutingPolicy" json:"routingPolicy"`
		DNSRecords    []dnsRecordShape `shape:"DnsRecords" json:"dnsRecords"`
	}
	dnsRecordShape struct {
		Type string
		TTL  *int64
	}
	healthConfigShape struct {
		Type, ResourcePath string
		FailureThreshold   int
	}
	customHealthShape struct{ FailureThreshold int }
	// CreateServiceInput is a service.
	CreateServiceInput struct {
		Name                    string
		NamespaceID             string `shape:"NamespaceId"`
		CreatorRequestID        string `shape:"CreatorRequestId"`
		Description             string
		DNSConfig               *dnsConfigShape `shape:"DnsConfig"`
		HealthCheckConfig       *healthConfigShape
		HealthCheckCustomConfig *customHealthShape
		Tags                    []tagShape
		Type                    string
	}
	// CreateServiceOutput is the service.
	CreateServiceOutput struct{ Service ServiceShape }
	// ServiceShape is a service.
	ServiceShape struct {
		ID                      string `shape:"Id"`
		ARN                     string `shape:"Arn"`
		ResourceOwner           string
		Name                    string
		NamespaceID             string `shape:"NamespaceId"`
		Description             string
		InstanceCount           int
		DNSConfig               *dnsConfigShape `shape:"DnsConfig"`
		Type                    string
		HealthCheckConfig       *healthConfigShape
		HealthCheckCustomConfig *customHealthShape
		CreateDate              time.Time
		CreatorRequestID        string `shape:"CreatorRequestId"`
		CreatedByAccount        string
	}
	// GetServiceInput names a service.
	GetServiceInput struct {
		ID string `shape:"Id"`
	}
	// DeleteServiceInput names a service.
	DeleteServiceInput struct {
		ID string `shape:"Id"`
	}
	// ListServicesInput asks for services.
	ListServicesInput struct {
		NextToken  *string
		MaxResults *int32
		Filters    []cloudFilterShape
	}
	// ListServicesOutput is a page of them.
	ListServicesOutput struct {
		Services  []ServiceShape
		NextToken *string
	}
	// UpdateServiceInput changes a service.
	UpdateServiceInput struct {
		ID      string `shape:"Id"`
		Service struct {
			Description       *string
			DNSConfig         *dnsConfigShape `shape:"DnsConfig"`
			HealthCheckConfig *healthConfigShape
		}
	}
	// UpdateServiceAttributesInput gives a service attributes.
	UpdateServiceAttributesInput struct {
		ServiceID  string `shape:"ServiceId"`
		Attributes map[string]string
	}
	// GetServiceAttributesInput names a service.
	GetServiceAttributesInput struct {
		ServiceID string `shape:"ServiceId"`
	}
	// GetServiceAttributesOutput is its attributes.
	GetServiceAttributesOutput struct {
		ServiceAttributes struct {
			ServiceARN    string `shape:"ServiceArn"`
			ResourceOwner string
			Attributes    map[string]string
		}
	}
	// DeleteServiceAttributesInput names attributes of a service.
	DeleteServiceAttributesInput struct {
		ServiceID  string `shape:"ServiceId"`
		Attributes []string
	}
	// TagCloudMapInput gives a namespace or a service tags.
	TagCloudMapInput struct {
		ResourceARN string
		Tags        []tagShape
	}
	// UntagCloudMapInput takes tags away, or asks for them.
	UntagCloudMapInput struct {
		ResourceARN string
		TagKeys     []string
	}
	// ListTagsOfCloudMapOutput is the tags.
	ListTagsOfCloudMapOutput struct{ Tags []tagShape }
)

type (
	// RegisterInstanceInput is an instance.
	RegisterInstanceInput struct {
		ServiceID        string `shape:"ServiceId"`
		InstanceID       string `shape:"InstanceId"`
		CreatorRequestID string `shape:"CreatorRequestId"`
		Attributes       map[string]string
	}
	// DeregisterInstanceInput names an instance.
	DeregisterInstanceInput struct {
		ServiceID  string `shape:"ServiceId"`
		InstanceID string `shape:"InstanceId"`
	}
	// GetInstanceInput names an instance.
	GetInstanceInput struct {
		ServiceID  string `shape:"ServiceId"`
		InstanceID string `shape:"InstanceId"`
	}
	// GetInstanceOutput is the instance.
	GetInstanceOutput struct {
		ResourceOwner string
		Instance      InstanceShape
	}
	// InstanceShape is an instance.
	InstanceShape struct {
		ID               string `shape:"Id"`
		CreatorRequestID string `shape:"CreatorRequestId"`
		Attributes       map[string]string
		CreatedByAccount string
	}
	// ListInstancesInput asks for the instances of a service.
	ListInstancesInput struct {
		ServiceID  string `shape:"ServiceId"`
		NextToken  *string
		MaxResults *int32
	}
	// ListInstancesOutput is a page of them.
	ListInstancesOutput struct {
		ResourceOwner string
		Instances     []InstanceShape
		NextToken     *string
	}
	// GetInstancesHealthStatusInput asks how instances are.
	GetInstancesHealthStatusInput struct {
		ServiceID  string `shape:"ServiceId"`
		Instances  []string
		NextToken  *string
		MaxResults *int32
	}
	// GetInstancesHealthStatusOutput is how they are, by id.
	GetInstancesHealthStatusOutput struct {
		Status    map[string]string
		NextToken *string
	}
	// UpdateInstanceCustomHealthStatusInput tells how an instance is.
	UpdateInstanceCustomHealthStatusInput struct {
		ServiceID  string `shape:"ServiceId"`
		InstanceID string `shape:"InstanceId"`
		Status     string
	}
	// DiscoverInstancesInput asks for instances by names.
	DiscoverInstancesInput struct {
		NamespaceName, ServiceName          string
		MaxResults                          *int
		QueryParameters, OptionalParameters map[string]string
		HealthStatus, OwnerAccount          string
	}
	// DiscoverInstancesOutput is those that were found.
	DiscoverInstancesOutput struct {
		Instances         []foundShape
		InstancesRevision int64
	}
	foundShape struct {
		InstanceID                               string `shape:"InstanceId"`
		NamespaceName, ServiceName, HealthStatus string
		Attributes                               map[string]string
	}
	// DiscoverInstancesRevisionInput asks whether instances came or went.
	DiscoverInstancesRevisionInput struct{ NamespaceName, ServiceName, OwnerAccount string }
	// DiscoverInstancesRevisionOutput is a number that grows when they did.
	DiscoverInstancesRevisionOutput struct{ InstancesRevision int64 }
	// GetOperationInput names an operation.
	GetOperationInput struct {
		OperationID string `shape:"OperationId"`
	}
	// GetOperationOutput is the operation.
	GetOperationOutput struct{ Operation OperationShape }
	// OperationShape is an operation.
	OperationShape struct {
		ID           string `shape:"Id"`
		OwnerAccount string
		Type, Status string
		CreateDate   time.Time
		UpdateDate   time.Time
		Targets      map[string]string
	}
	// ListOperationsInput asks for operations.
	ListOperationsInput struct {
		NextToken  *string
		MaxResults *int32
		Filters    []cloudFilterShape
	}
	// ListOperationsOutput is a page of them.
	ListOperationsOutput struct {
		Operations []operationSummary
		NextToken  *string
	}
	operationSummary struct {
		ID     string `shape:"Id"`
		Status string
	}
)
