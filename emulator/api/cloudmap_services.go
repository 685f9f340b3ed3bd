package api

import (
	"context"
	"slices"
	"strings"

	"gantry/emulator/store"
)

// discoveryRule is the form of the names of services [API: ServiceName].
var discoveryRule = ruleOf(`^(([a-zA-Z0-9_][a-zA-Z0-9-_]{0,61}[a-zA-Z0-9_]|[a-zA-Z0-9])(\.([a-zA-Z0-9_][a-zA-Z0-9-_]{0,61}[a-zA-Z0-9_]|[a-zA-Z0-9]))*|\.)$`)

// longestDiscovery is how long such a name may be.
const longestDiscovery = 127

// CreateService makes a service in a namespace.
func (a *around) CreateService(_ context.Context, in *CreateServiceInput) (*CreateServiceOutput, error) {
	if !discoveryRule.MatchString(in.Name) || len(in.Name) > longestDiscovery {
		return nil, invalidInput("The service name %.140q is not valid: labels of up to 63 letters, digits, hyphens and underscores, with dots between.", in.Name)
	}
	given := in.NamespaceID
	if given == "" && in.DNSConfig != nil {
		given = in.DNSConfig.NamespaceID
	}
	if given == "" {
		return nil, invalidInput("The NamespaceId is missing: the id of the namespace that the service is to be in.")
	}
	n, err := a.cloudNamespace(given)
	if err != nil {
		return nil, err
	}
	s := cloudService{
		Name: in.Name, Namespace: n.ID, Description: in.Description, Request: in.CreatorRequestID, CreatedAt: a.tx.Now(),
		DNS: in.DNSConfig, Check: in.HealthCheckConfig, Custom: in.HealthCheckCustomConfig,
	}
	if err := s.settle(&n, in.Type); err != nil {
		return nil, err
	}
	others, err := a.servicesIn(n.ID)
	if err != nil {
		return nil, err
	}
	for _, old := range others {
		same := old.Name == s.Name || s.Type != discoveredByHTTP && strings.EqualFold(old.Name, s.Name)
		switch {
		case !same:
		case in.CreatorRequestID != "" && old.Request == in.CreatorRequestID:
			return a.showCreated(&old)
		default:
			return nil, &detailedError{refuse(codeDiscoveryExists, "Service already exists."),
				map[string]string{"ServiceId": old.ID, "ServiceArn": old.ARN, "CreatorRequestId": old.Request}}
		}
	}
	if s.Tags, err = checkCloudTags(nil, in.Tags); err != nil {
		return nil, err
	}
	if err := a.putService(&s); err != nil {
		return nil, err
	}
	return a.showCreated(&s)
}

// putService keeps a new service.
func (a *around) putService(s *cloudService) error {
	s.ID = "srv-" + hashed(a.tx.World().Seed, s.Namespace, s.Name, a.tx.Now())
	s.ARN = string(a.tx.Scope().ARN("servicediscovery", "service/"+s.ID))
	return a.tx.PutDocument(kindDiscovery, s.ID, s)
}

func (a *around) showCreated(s *cloudService) (*CreateServiceOutput, error) {
	shown, err := a.showDiscovery(s)
	shown.CreatorRequestID, shown.NamespaceID = s.Request, s.Namespace
	return &CreateServiceOutput{shown}, err
}

// settle works out how the service is discovered, and says what is wrong with it
// [API: CreateService].
func (s *cloudService) settle(n *cloudNamespace, kind string) error {
	switch {
	case kind != "" && kind != discoveredByHTTP:
		return invalidInput("The Type of a service can only be HTTP, not %q.", kind)
	case n.Type == namespaceHTTP && s.DNS != nil:
		return invalidInput("A service in the HTTP namespace %s has no DnsConfig.", n.ID)
	case kind == discoveredByHTTP && s.DNS != nil:
		return invalidInput("A service of the Type HTTP has no DnsConfig.")
	case n.Type != namespaceHTTP && kind == "" && s.DNS == nil:
		return invalidInput("A service in the DNS namespace %s needs a DnsConfig, or the Type HTTP.", n.ID)
	case s.Check != nil && s.Custom != nil:
		return invalidInput("A service can have a HealthCheckConfig or a HealthCheckCustomConfig, but not both.")
	case s.Check != nil && n.Type == namespacePrivate:
		return invalidInput("A service in a private DNS namespace has no HealthCheckConfig: Route 53 does not reach it. Use HealthCheckCustomConfig.")
	}
	s.Type = discoveredByHTTP
	if s.DNS != nil {
		s.Type = discoveredByDNS
		s.DNS.NamespaceID = n.ID
	}
	return first(s.DNS.check(), s.Check.check(), s.Custom.check())
}

// check refuses what is no set of DNS records: A, AAAA, both, SRV, or CNAME
// [API: CreateService]. SRV with A is what ECS's own guide makes.
func (c *dnsConfigShape) check() error {
	if c == nil {
		return nil
	}
	if c.RoutingPolicy == "" {
		c.RoutingPolicy = "MULTIVALUE"
	}
	if c.RoutingPolicy != "MULTIVALUE" && c.RoutingPolicy != "WEIGHTED" {
		return invalidInput("The RoutingPolicy must be MULTIVALUE or WEIGHTED, but is %q.", c.RoutingPolicy)
	}
	return checkRecords(c.DNSRecords, c.RoutingPolicy)
}

func checkRecords(records []dnsRecordShape, policy string) error {
	if len(records) == 0 {
		return invalidInput("The DnsConfig has no DnsRecords.")
	}
	var kinds []string
	for _, r := range records {
		switch {
		case !slices.Contains([]string{"A", "AAAA", "SRV", "CNAME"}, r.Type):
			return invalidInput("The Type of a DNS record must be A, AAAA, SRV or CNAME, but is %q.", r.Type)
		case r.TTL == nil || *r.TTL < 0 || *r.TTL > 1<<31-1:
			return invalidInput("The TTL of a DNS record must be between 0 and %d seconds.", 1<<31-1)
		case slices.Contains(kinds, r.Type):
			return invalidInput("There are two DNS records of the Type %s.", r.Type)
		}
		kinds = append(kinds, r.Type)
	}
	if slices.Contains(kinds, "CNAME") && (len(kinds) > 1 || policy != "WEIGHTED") {
		return invalidInput("A CNAME record stands alone, and needs the RoutingPolicy WEIGHTED.")
	}
	return nil
}

func (c *healthConfigShape) check() error {
	if c == nil {
		return nil
	}
	if c.FailureThreshold == 0 {
		c.FailureThreshold = 1
	}
	switch {
	case !slices.Contains([]string{"HTTP", "HTTPS", "TCP"}, c.Type):
		return invalidInput("The Type of a health check must be HTTP, HTTPS or TCP, but is %q.", c.Type)
	case c.Type == "TCP" && c.ResourcePath != "":
		return invalidInput("A health check of the Type TCP has no ResourcePath.")
	case c.FailureThreshold < 1 || c.FailureThreshold > 10:
		return invalidInput("The FailureThreshold must be between 1 and 10, but is %d.", c.FailureThreshold)
	}
	if c.ResourcePath == "" && c.Type != "TCP" {
		c.ResourcePath = "/"
	}
	return nil
}

func (c *customHealthShape) check() error {
	if c == nil {
		return nil
	}
	c.FailureThreshold = 1 // whatever is given [API: HealthCheckCustomConfig, FailureThreshold]
	return nil
}

func (a *around) showDiscovery(s *cloudService) (ServiceShape, error) {
	instances, err := a.instances(s)
	account := a.tx.Scope().Account
	return ServiceShape{
		ID: s.ID, ARN: s.ARN, ResourceOwner: account, Name: s.Name, Type: s.Type, Description: s.Description, InstanceCount: len(instances), DNSConfig: s.DNS,
		HealthCheckConfig: s.Check, HealthCheckCustomConfig: s.Custom, CreateDate: s.CreatedAt, CreatedByAccount: account,
	}, err
}

// GetService tells a service.
func (a *around) GetService(_ context.Context, in *GetServiceInput) (*CreateServiceOutput, error) {
	s, err := a.cloudService(in.ID)
	if err != nil {
		return nil, err
	}
	return a.showCreated(&s)
}

// ListServices lists services, by id.
func (a *around) ListServices(_ context.Context, in *ListServicesInput) (*ListServicesOutput, error) {
	all, err := a.servicesIn("")
	if err != nil {
		return nil, err
	}
	filters := slices.Clone(in.Filters)
	for i, f := range filters {
		if f.Name == "NAMESPACE_ID" && len(f.Values) == 1 {
			filters[i].Values = []string{a.cloudMapID(f.Values[0], "namespace")}
		}
	}
	if _, err := passesAll(filters, (&cloudService{}).facts(), filterEquals); err != nil {
		return nil, err
	}
	byID := map[string]cloudService{}
	for _, s := range all {
		if ok, _ := passesAll(filters, s.facts(), filterEquals); ok {
			byID[s.ID] = s
		}
	}
	cut, next, err := cloudMapPage(sortedKeys(byID), in.NextToken, in.MaxResults)
	if err != nil {
		return nil, err
	}
	out := &ListServicesOutput{Services: []ServiceShape{}, NextToken: next}
	for _, id := range cut {
		s := byID[id]
		shown, err := a.showDiscovery(&s)
		if err != nil {
			return nil, err
		}
		out.Services = append(out.Services, shown)
	}
	return out, nil
}

func (s *cloudService) facts() map[string]string {
	return map[string]string{"NAMESPACE_ID": s.Namespace, "RESOURCE_OWNER": "SELF"}
}

// UpdateService changes a service. What is left out of the records and the
// health check is taken away [API: UpdateService].
func (a *around) UpdateService(_ context.Context, in *UpdateServiceInput) (*OperationOutput, error) {
	s, err := a.cloudService(in.ID)
	if err != nil {
		return nil, err
	}
	n, err := a.cloudNamespace(s.Namespace)
	if err != nil {
		return nil, err
	}
	if n.Type == namespaceHTTP {
		return nil, invalidInput("The settings of a service in an HTTP namespace cannot be changed.")
	}
	id, err := a.operate(cloudOperation{Type: "UPDATE_SERVICE", Targets: map[string]string{"SERVICE": s.ID}, Namespace: n.ID, Service: s.ID})
	if err != nil {
		return nil, err
	}
	if in.Service.Description != nil {
		s.Description = *in.Service.Description
	}
	kind := discoveredByHTTP
	if c := in.Service.DNSConfig; c != nil {
		if s.DNS == nil {
			return nil, invalidInput("The service %s has no DnsConfig, and cannot be given one.", s.ID)
		}
		kind, s.DNS.DNSRecords = "", c.DNSRecords
	} else {
		s.DNS = nil
	}
	s.Check = in.Service.HealthCheckConfig
	if err := s.settle(&n, kind); err != nil {
		return nil, err
	}
	return &OperationOutput{id}, a.tx.PutDocument(kindDiscovery, s.ID, s)
}

// DeleteService deletes a service without instances.
func (a *around) DeleteService(_ context.Context, in *DeleteServiceInput) (*EmptyOutput, error) {
	s, err := a.cloudService(in.ID)
	if err != nil {
		return nil, err
	}
	instances, err := a.instances(&s)
	if err != nil {
		return nil, err
	}
	if len(instances) > 0 {
		return nil, refuse(codeDiscoveryInUse, "Service contains registered instances; delete the instances before deleting the service")
	}
	kept, err := store.Documents[cloudInstance](a.tx, kindInstance, s.ID+"/")
	if err != nil {
		return nil, err
	}
	for _, i := range kept { // what is said of tasks that are gone
		if err := a.tx.DeleteDocument(kindInstance, instanceKey(s.ID, i.ID)); err != nil {
			return nil, err
		}
	}
	return &EmptyOutput{}, a.tx.DeleteDocument(kindDiscovery, s.ID)
}
