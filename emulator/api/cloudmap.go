package api

import (
	"slices"
	"strings"
	"time"

	"gantry/ecs"
	"gantry/emulator/store"
)

// cloudMapFamily is AWS Cloud Map: namespaces, services, and the instances in
// them, which the tasks of ECS are without anybody registering them. It has no
// DNS: instances are found with DiscoverInstances.
func cloudMapFamily() family {
	return family{
		name: "Cloud Map", signs: "servicediscovery", target: "Route53AutoNaming_v20170314",
		operations: operations(
			writing(onAround, (*around).CreateHTTPNamespace).called("CreateHttpNamespace"),
			writing(onAround, (*around).CreatePrivateDNSNamespace).called("CreatePrivateDnsNamespace"),
			writing(onAround, (*around).CreatePublicDNSNamespace).called("CreatePublicDnsNamespace"),
			writing(onAround, (*around).UpdateHTTPNamespace).called("UpdateHttpNamespace"),
			writing(onAround, (*around).UpdatePrivateDNSNamespace).called("UpdatePrivateDnsNamespace"),
			writing(onAround, (*around).UpdatePublicDNSNamespace).called("UpdatePublicDnsNamespace"),
			reading(onAround, (*around).GetNamespace),
			reading(onAround, (*around).ListNamespaces),
			writing(onAround, (*around).DeleteNamespace),
			writing(onAround, (*around).CreateService),
			writing(onAround, (*around).UpdateService),
			reading(onAround, (*around).GetService),
			reading(onAround, (*around).ListServices),
			writing(onAround, (*around).DeleteService),
			writing(onAround, (*around).UpdateServiceAttributes),
			reading(onAround, (*around).GetServiceAttributes),
			writing(onAround, (*around).DeleteServiceAttributes),
			writing(onAround, (*around).RegisterInstance),
			writing(onAround, (*around).DeregisterInstance),
			reading(onAround, (*around).GetInstance),
			reading(onAround, (*around).ListInstances),
			reading(onAround, (*around).GetInstancesHealthStatus),
			writing(onAround, (*around).UpdateInstanceCustomHealthStatus),
			writing(onAround, (*around).DiscoverInstances),
			writing(onAround, (*around).DiscoverInstancesRevision),
			reading(onAround, (*around).GetOperation),
			reading(onAround, (*around).ListOperations),
			writing(onAround, (*around).TagCloudMap).called("TagResource"),
			writing(onAround, (*around).UntagCloudMap).called("UntagResource"),
			reading(onAround, (*around).ListTagsOfCloudMap).called("ListTagsForResource"),
		),
	}
}

// What Cloud Map keeps, by id; instances by service and id.
const (
	kindNamespace = "servicediscovery/namespace"
	kindDiscovery = "servicediscovery/service"
	kindInstance  = "servicediscovery/instance"
)

// The types of namespaces, and of services.
const (
	namespaceHTTP    = "HTTP"
	namespacePrivate = "DNS_PRIVATE"
	namespacePublic  = "DNS_PUBLIC"
	discoveredByHTTP = "HTTP"
	discoveredByDNS  = "DNS_HTTP"
)

// The codes of Cloud Map's refusals.
const (
	codeInvalidInput            = "InvalidInput"
	codeNamespaceExists         = "NamespaceAlreadyExists"
	codeNamespaceMissing        = "NamespaceNotFound"
	codeDiscoveryExists         = "ServiceAlreadyExists"
	codeDiscoveryMissing        = "ServiceNotFound"
	codeInstanceMissing         = "InstanceNotFound"
	codeOperationMissing        = "OperationNotFound"
	codeDuplicateRequest        = "DuplicateRequest"
	codeDiscoveryInUse          = "ResourceInUse"
	codeDiscoveryLimit          = "ResourceLimitExceeded"
	codeTooManyTags             = "TooManyTagsException"
	codeDiscoveryUntagged       = "ResourceNotFoundException"
	codeHealthNotCustom         = "CustomHealthNotFound"
	codeTooManyAttributes       = "ServiceAttributesLimitExceededException"
	mostNamespaces              = 50   // [Cloud Map quotas]
	mostCloudInstances          = 1000 // per service [Cloud Map quotas]
	mostCloudAttributes         = 30   // of a service, and of an instance [Cloud Map quotas]
	mostCloudMapPage            = 100  // [API: MaxResults]
	mostCloudMapTags            = 50
	defaultSOA            int64 = 15 // of the hosted zone, in seconds (we decided)
)

// cloudNamespace is a namespace as it is kept.
type cloudNamespace struct {
	ID          string    `json:"id"`
	ARN         string    `json:"arn"`
	Name        string    `json:"name"`
	Type        string    `json:"type"`
	Description string    `json:"description,omitempty"`
	HTTPName    string    `json:"httpName"`
	VPC         string    `json:"vpc,omitempty"`
	HostedZone  string    `json:"hostedZoneId,omitempty"`
	SOA         int64     `json:"soa,omitempty"`
	Request     string    `json:"creatorRequestId,omitempty"`
	Operation   string    `json:"operation,omitempty"` // that made it
	Tags        []ecs.Tag `json:"tags,omitempty"`
	CreatedAt   time.Time `json:"createdAt"`
}

// cloudService is a service of Cloud Map as it is kept.
type cloudService struct {
	ID          string             `json:"id"`
	ARN         string             `json:"arn"`
	Name        string             `json:"name"`
	Namespace   string             `json:"namespace"` // its id
	Type        string             `json:"type"`
	Description string             `json:"description,omitempty"`
	DNS         *dnsConfigShape    `json:"dnsConfig,omitempty"`
	Check       *healthConfigShape `json:"healthCheckConfig,omitempty"`
	Custom      *customHealthShape `json:"healthCheckCustomConfig,omitempty"`
	Request     string             `json:"creatorRequestId,omitempty"`
	Attributes  map[string]string  `json:"attributes,omitempty"`
	Tags        []ecs.Tag          `json:"tags,omitempty"`
	CreatedAt   time.Time          `json:"createdAt"`
	Revision    int64              `json:"revision,omitempty"` // of its instances
	Seen        string             `json:"seen,omitempty"`     // which they were then
}

// checked reports whether the instances of the service have a health.
func (s *cloudService) checked() bool { return s.Check != nil || s.Custom != nil }

func invalidInput(format string, args ...any) *ecs.Error {
	return refuse(codeInvalidInput, format, args...)
}

// cloudMapID reads the id of a namespace or a service out of an id or an ARN.
func (a *around) cloudMapID(given, kind string) string {
	arn := ecs.ARN(given)
	if !arn.IsARN() || arn.Scope() != a.tx.Scope() {
		return given
	}
	if id, ok := strings.CutPrefix(arn.Resource(), kind+"/"); ok {
		return id
	}
	return given
}

func (a *around) cloudNamespace(given string) (n cloudNamespace, err error) {
	ok, err := a.tx.Document(kindNamespace, a.cloudMapID(given, "namespace"), &n)
	if err == nil && !ok {
		err = refuse(codeNamespaceMissing, "Namespace not found: %s", given)
	}
	return n, err
}

func (a *around) cloudService(given string) (s cloudService, err error) {
	ok, err := a.tx.Document(kindDiscovery, a.cloudMapID(given, "service"), &s)
	if err == nil && !ok {
		err = refuse(codeDiscoveryMissing, "Service not found: %s", given)
	}
	return s, err
}

// servicesIn are the services of a namespace, or all of them, by id.
func (a *around) servicesIn(namespace string) ([]cloudService, error) {
	all, err := store.Documents[cloudService](a.tx, kindDiscovery, "")
	return slices.DeleteFunc(all, func(s cloudService) bool { return namespace != "" && s.Namespace != namespace }), err
}

// cloudMapPage is a page of what has those keys.
func cloudMapPage(keys []string, token *string, given *int32) (cut []string, next *string, err error) {
	return aroundPage(keys, token, given, mostCloudMapPage, mostCloudMapPage, pageCodes{codeInvalidInput, codeInvalidInput, "maxResults"})
}

// checkCloudTags are the tags of a request laid over those that are there.
func checkCloudTags(old []ecs.Tag, given []tagShape) ([]ecs.Tag, error) {
	tags := slices.Clone(old)
	for _, t := range given {
		if t.Key == "" || len(t.Key) > 128 || len(t.Value) > 256 {
			return nil, invalidInput("A tag has a key of 1 to 128 characters and a value of up to 256, but %.140q has %d and %d.", t.Key, len(t.Key), len(t.Value))
		}
		tags = slices.DeleteFunc(tags, func(x ecs.Tag) bool { return x.Key == t.Key })
		tags = append(tags, ecs.Tag(t))
	}
	if len(tags) > mostCloudMapTags {
		return nil, refuse(codeTooManyTags, "A resource can have at most %d tags, but would have %d.", mostCloudMapTags, len(tags))
	}
	return tags, nil
}
