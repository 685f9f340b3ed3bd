package api

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gantry/ecs"
	"gantry/emulator/store"
)

// The names of namespaces [API: NamespaceNameHttp, NamespaceNamePrivate,
// NamespaceNamePublic]. None begins like an ARN.
var (
	httpNameRule    = ruleOf(`^[!-~]{1,1000}[!-~]{0,24}$`)
	privateNameRule = ruleOf(`^[!-~]{1,253}$`)
	publicNameRule  = ruleOf(`^([a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$`)
)

// CreateHTTPNamespace makes a namespace whose instances are found by calls alone.
func (a *around) CreateHTTPNamespace(_ context.Context, in *CreateHTTPNamespaceInput) (*OperationOutput, error) {
	return a.create(&in.newNamespace, cloudNamespace{Type: namespaceHTTP}, httpNameRule, nil)
}

// CreatePrivateDNSNamespace makes a namespace for the inside of a VPC.
func (a *around) CreatePrivateDNSNamespace(_ context.Context, in *CreatePrivateDNSNamespaceInput) (*OperationOutput, error) {
	if in.VPC == "" {
		return nil, invalidInput("The Vpc is missing: the id of the VPC that the namespace is for.")
	}
	return a.create(&in.newNamespace, cloudNamespace{Type: namespacePrivate, VPC: in.VPC}, privateNameRule, in.Properties)
}

// CreatePublicDNSNamespace makes a namespace for the internet.
func (a *around) CreatePublicDNSNamespace(_ context.Context, in *CreatePublicDNSNamespaceInput) (*OperationOutput, error) {
	return a.create(&in.newNamespace, cloudNamespace{Type: namespacePublic}, publicNameRule, in.Properties)
}

// create keeps a namespace. It can be used at once, though its operation takes a
// moment.
func (a *around) create(in *newNamespace, n cloudNamespace, rule textRule, soa *zonePropertiesShape) (*OperationOutput, error) {
	if !rule.MatchString(in.Name) || strings.HasPrefix(in.Name, "arn:") {
		return nil, invalidInput("The name %.100q is not valid for a namespace of the type %s.", in.Name, n.Type)
	}
	all, err := store.Documents[cloudNamespace](a.tx, kindNamespace, "")
	if err != nil {
		return nil, err
	}
	n.HTTPName = in.Name
	for _, old := range all {
		if old.Name != in.Name {
			continue
		}
		if old.Type == n.Type && old.VPC == n.VPC {
			if in.CreatorRequestID != "" && in.CreatorRequestID == old.Request {
				return &OperationOutput{old.Operation}, nil // the same request once more
			}
			return nil, &detailedError{refuse(codeNamespaceExists, "Namespace with name %s already exists.", in.Name),
				map[string]string{"NamespaceId": old.ID, "CreatorRequestId": old.Request}}
		}
		n.HTTPName = in.Name + "-" + hashed(a.tx.World().Seed, in.Name, n.Type, n.VPC)[:8] // [API: HttpProperties]
	}
	if len(all) >= mostNamespaces {
		return nil, refuse(codeDiscoveryLimit, "An account can have at most %d namespaces in a Region.", mostNamespaces)
	}
	if n.Tags, err = checkCloudTags(nil, in.Tags); err != nil {
		return nil, err
	}
	n.ID = "ns-" + hashed(a.tx.World().Seed, in.Name, n.Type, n.VPC, a.tx.Now())
	return a.putNamespace(n, in, soa)
}

func (a *around) putNamespace(n cloudNamespace, in *newNamespace, soa *zonePropertiesShape) (out *OperationOutput, err error) {
	n.ARN = string(a.tx.Scope().ARN("servicediscovery", "namespace/"+n.ID))
	n.Name, n.Description, n.Request, n.CreatedAt = in.Name, in.Description, in.CreatorRequestID, a.tx.Now()
	if n.Type != namespaceHTTP {
		n.HostedZone = "Z" + strings.ToUpper(hashed(n.ID)+hashed("zone", n.ID)[:4])
		n.SOA = defaultSOA
		if ttl := soa.ttl(); ttl != nil {
			n.SOA = *ttl
		}
	}
	n.Operation, err = a.operate(cloudOperation{Type: "CREATE_NAMESPACE", Targets: map[string]string{"NAMESPACE": n.ID}, Namespace: n.ID})
	if err != nil {
		return nil, err
	}
	return &OperationOutput{n.Operation}, a.tx.PutDocument(kindNamespace, n.ID, n)
}

func (p *zonePropertiesShape) ttl() *int64 {
	if p == nil || p.DNSProperties.SOA == nil {
		return nil
	}
	return &p.DNSProperties.SOA.TTL
}

// UpdateHTTPNamespace changes the description of a namespace.
func (a *around) UpdateHTTPNamespace(_ context.Context, in *UpdateHTTPNamespaceInput) (*OperationOutput, error) {
	return a.change(namespaceHTTP, in)
}

// UpdatePrivateDNSNamespace changes the description or the SOA record.
func (a *around) UpdatePrivateDNSNamespace(_ context.Context, in *UpdateHTTPNamespaceInput) (*OperationOutput, error) {
	return a.change(namespacePrivate, in)
}

// UpdatePublicDNSNamespace changes the description or the SOA record.
func (a *around) UpdatePublicDNSNamespace(_ context.Context, in *UpdateHTTPNamespaceInput) (*OperationOutput, error) {
	return a.change(namespacePublic, in)
}

func (a *around) change(kind string, in *UpdateHTTPNamespaceInput) (*OperationOutput, error) {
	n, err := a.cloudNamespace(in.ID)
	if err != nil {
		return nil, err
	}
	if n.Type != kind {
		return nil, invalidInput("The namespace %s is of the type %s, not %s.", n.ID, n.Type, kind)
	}
	id, err := a.operate(cloudOperation{Type: "UPDATE_NAMESPACE", Targets: map[string]string{"NAMESPACE": n.ID}, Namespace: n.ID, Request: in.UpdaterRequestID})
	if err != nil {
		return nil, err
	}
	if in.Namespace.Description != nil {
		n.Description = *in.Namespace.Description
	}
	if ttl := in.Namespace.Properties.ttl(); ttl != nil && kind != namespaceHTTP {
		n.SOA = *ttl
	}
	return &OperationOutput{id}, a.tx.PutDocument(kindNamespace, n.ID, n)
}

// DeleteNamespace deletes a namespace without services.
func (a *around) DeleteNamespace(_ context.Context, in *DeleteNamespaceInput) (*OperationOutput, error) {
	n, err := a.cloudNamespace(in.ID)
	if err != nil {
		return nil, err
	}
	services, err := a.servicesIn(n.ID)
	if err != nil {
		return nil, err
	}
	if len(services) > 0 {
		return nil, refuse(codeDiscoveryInUse, "Namespace has associated services; delete the services before deleting the namespace")
	}
	id, err := a.operate(cloudOperation{Type: "DELETE_NAMESPACE", Targets: map[string]string{"NAMESPACE": n.ID}, Namespace: n.ID})
	if err != nil {
		return nil, err
	}
	return &OperationOutput{id}, a.tx.DeleteDocument(kindNamespace, n.ID)
}

func (a *around) showNamespace(n *cloudNamespace, services []cloudService) NamespaceShape {
	out := NamespaceShape{ID: n.ID, ARN: n.ARN, ResourceOwner: a.tx.Scope().Account, Name: n.Name, Type: n.Type, Description: n.Description, CreateDate: n.CreatedAt}
	out.Properties.HTTPProperties.HTTPName = n.HTTPName
	out.Properties.DNSProperties.HostedZoneID = n.HostedZone
	out.Properties.DNSProperties.SOA = map[string]int64{}
	if n.Type != namespaceHTTP {
		out.Properties.DNSProperties.SOA["TTL"] = n.SOA
	}
	for _, s := range services {
		if s.Namespace == n.ID {
			out.ServiceCount++
		}
	}
	return out
}

// GetNamespace tells a namespace.
func (a *around) GetNamespace(_ context.Context, in *GetNamespaceInput) (*GetNamespaceOutput, error) {
	n, err := a.cloudNamespace(in.ID)
	if err != nil {
		return nil, err
	}
	services, err := a.servicesIn(n.ID)
	shown := a.showNamespace(&n, services)
	shown.CreatorRequestID = n.Request
	return &GetNamespaceOutput{shown}, err
}

// ListNamespaces lists namespaces, by id.
func (a *around) ListNamespaces(_ context.Context, in *ListNamespacesInput) (*ListNamespacesOutput, error) {
	all, err := store.Documents[cloudNamespace](a.tx, kindNamespace, "")
	if err != nil {
		return nil, err
	}
	byID := map[string]cloudNamespace{}
	for _, n := range all {
		ok, err := passesAll(in.Filters, map[string]string{"TYPE": n.Type, "NAME": n.Name, "HTTP_NAME": n.HTTPName, "RESOURCE_OWNER": "SELF"},
			filterEquals, filterBegins)
		if err != nil {
			return nil, err
		}
		if ok {
			byID[n.ID] = n
		}
	}
	cut, next, err := cloudMapPage(sortedKeys(byID), in.NextToken, in.MaxResults)
	if err != nil {
		return nil, err
	}
	services, err := a.servicesIn("")
	out := &ListNamespacesOutput{Namespaces: []NamespaceShape{}, NextToken: next}
	for _, id := range cut {
		n := byID[id]
		out.Namespaces = append(out.Namespaces, a.showNamespace(&n, services))
	}
	return out, err
}

// The conditions of filters [API: FilterCondition].
const (
	filterEquals  = "EQ"
	filterIn      = "IN"
	filterBetween = "BETWEEN"
	filterBegins  = "BEGINS_WITH"
)

// passesAll reports whether facts pass all of the filters, which may have these
// conditions.
func passesAll(filters []cloudFilterShape, facts map[string]string, conditions ...string) (bool, error) {
	passes := true
	for _, f := range filters {
		fact, known := facts[f.Name]
		if f.Condition == "" {
			f.Condition = filterEquals
		}
		switch {
		case !known:
			return false, invalidInput("There is no filter %q here; there are %s.", f.Name, strings.Join(sortedKeys(facts), ", "))
		case !slices.Contains(conditions, f.Condition):
			return false, invalidInput("The condition %q is not supported for the filter %s.", f.Condition, f.Name)
		case len(f.Values) == 0 || len(f.Values) > 1 && f.Condition != filterIn:
			return false, invalidInput("The filter %s with the condition %s takes one value, but has %d.", f.Name, f.Condition, len(f.Values))
		case f.Condition == filterBegins:
			passes = passes && strings.HasPrefix(fact, f.Values[0])
		default:
			passes = passes && slices.Contains(f.Values, fact)
		}
	}
	return passes, nil
}

// connectNamespace is the ARN of the namespace that a name or an ARN means, as
// ECS takes it for Service Connect: any type of namespace will do. "" is none.
func (a *around) connectNamespace(given string) (string, bool, error) {
	all, err := store.Documents[cloudNamespace](a.tx, kindNamespace, "")
	if err != nil {
		return "", false, err
	}
	at := slices.IndexFunc(all, func(n cloudNamespace) bool { return n.ARN == given || n.Name == given && n.HTTPName == given })
	if at < 0 {
		at = slices.IndexFunc(all, func(n cloudNamespace) bool { return n.Name == given })
	}
	if at < 0 {
		return "", false, nil
	}
	return all[at].ARN, true, nil
}

// madeByECS is the tag of what ECS makes in Cloud Map.
func madeByECS() ecs.Tag { return ecs.Tag{Key: "AmazonECSManaged", Value: "true"} }

// makeConnectNamespace makes the HTTP namespace that a cluster names and that is
// not there yet [API: ClusterServiceConnectDefaultsRequest]. Its id is that of the
// name, as it was when clusters alone knew of it.
func (a *around) makeConnectNamespace(name, id string) error {
	if !httpNameRule.MatchString(name) {
		return invalid("The namespace name %.100q is not valid: up to 1024 characters without spaces.", name)
	}
	n := cloudNamespace{ID: id, Type: namespaceHTTP, HTTPName: name, Tags: []ecs.Tag{madeByECS()}}
	_, err := a.putNamespace(n, &newNamespace{Name: name, Description: fmt.Sprintf("Made by ECS for %s", name)}, nil)
	return err
}
