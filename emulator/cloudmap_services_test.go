package emulator_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	discovery "github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
)

func srvConfig(kinds ...types.RecordType) *types.DnsConfig {
	c := &types.DnsConfig{}
	for _, kind := range kinds {
		c.DnsRecords = append(c.DnsRecords, types.DnsRecord{Type: kind, TTL: aws.Int64(10)})
	}
	return c
}

// TestDiscoveryServices is what is kept of Cloud Map's services, and what is
// refused.
func TestDiscoveryServices(t *testing.T) {
	r := ephemeral(t)
	ctx, c := t.Context(), r.discovery()
	began := must[*discovery.CreatePrivateDnsNamespaceOutput](t)(c.CreatePrivateDnsNamespace(ctx, &discovery.CreatePrivateDnsNamespaceInput{Name: aws.String("local"), Vpc: aws.String("vpc-1")}))
	private := r.operated(began.OperationId).Targets["NAMESPACE"]
	plain := r.namespace("plain")
	for why, in := range map[string]*discovery.CreateServiceInput{
		"no name":               {Name: aws.String("a b"), NamespaceId: &plain},
		"no namespace":          {Name: aws.String("web")},
		"DNS without":           {Name: aws.String("web"), NamespaceId: &plain, DnsConfig: srvConfig("A")},
		"no DNS":                {Name: aws.String("web"), NamespaceId: &private},
		"no records":            {Name: aws.String("web"), NamespaceId: &private, DnsConfig: &types.DnsConfig{DnsRecords: []types.DnsRecord{}}},
		"CNAME and A":           {Name: aws.String("web"), NamespaceId: &private, DnsConfig: srvConfig("A", "CNAME")},
		"A twice":               {Name: aws.String("web"), NamespaceId: &private, DnsConfig: srvConfig("A", "A")},
		"MX":                    {Name: aws.String("web"), NamespaceId: &private, DnsConfig: srvConfig("MX")},
		"a check in a VPC":      {Name: aws.String("web"), NamespaceId: &private, DnsConfig: srvConfig("A"), HealthCheckConfig: &types.HealthCheckConfig{Type: "TCP"}},
		"two kinds of checks":   {Name: aws.String("web"), NamespaceId: &plain, HealthCheckConfig: &types.HealthCheckConfig{Type: "TCP"}, HealthCheckCustomConfig: &types.HealthCheckCustomConfig{}},
		"a path of TCP":         {Name: aws.String("web"), NamespaceId: &plain, HealthCheckConfig: &types.HealthCheckConfig{Type: "TCP", ResourcePath: aws.String("/")}},
		"another type":          {Name: aws.String("web"), NamespaceId: &plain, Type: "DNS"},
		"an empty key of a tag": {Name: aws.String("web"), NamespaceId: &plain, Tags: []types.Tag{{Key: aws.String(""), Value: aws.String("")}}},
	} {
		if _, err := c.CreateService(ctx, in); err == nil || !strings.Contains(err.Error(), "InvalidInput") {
			t.Errorf("%s: %v", why, err)
		}
	}
	_, err := c.CreateService(ctx, &discovery.CreateServiceInput{Name: aws.String("web"), NamespaceId: aws.String("ns-none")})
	refusedWith(t, "NamespaceNotFound", err)
	in := &discovery.CreateServiceInput{Name: aws.String("web"), NamespaceId: &private, DnsConfig: srvConfig("A", "SRV"), CreatorRequestId: aws.String("1"), Description: aws.String("d")}
	s := must[*discovery.CreateServiceOutput](t)(c.CreateService(ctx, in)).Service
	if again := must[*discovery.CreateServiceOutput](t)(c.CreateService(ctx, in)).Service; *again.Id != *s.Id || s.Type != types.ServiceTypeDnsHttp ||
		s.DnsConfig.RoutingPolicy != types.RoutingPolicyMultivalue || *s.NamespaceId != private || *s.InstanceCount != 0 {
		t.Errorf("made again %s, made %+v", *again.Id, s)
	}
	in.Name, in.CreatorRequestId = aws.String("WEB"), nil // names of DNS have no case
	_, err = c.CreateService(ctx, in)
	var exists *types.ServiceAlreadyExists
	if !errors.As(err, &exists) || *exists.ServiceId != *s.Id || *exists.ServiceArn != *s.Arn {
		t.Errorf("made twice: %v", err)
	}
	changed := must[*discovery.UpdateServiceOutput](t)(c.UpdateService(ctx, &discovery.UpdateServiceInput{Id: s.Id, Service: &types.ServiceChange{Description: aws.String("e"),
		DnsConfig: &types.DnsConfigChange{DnsRecords: []types.DnsRecord{{Type: "A", TTL: aws.Int64(99)}}}}}))
	_, err = c.UpdateService(ctx, &discovery.UpdateServiceInput{Id: s.Id, Service: &types.ServiceChange{}})
	refusedWith(t, "DuplicateRequest", err)
	r.watch.pass(3 * time.Second)
	got := must[*discovery.GetServiceOutput](t)(c.GetService(ctx, &discovery.GetServiceInput{Id: s.Arn})).Service
	if len(got.DnsConfig.DnsRecords) != 1 || *got.DnsConfig.DnsRecords[0].TTL != 99 || *got.Description != "e" || r.operated(changed.OperationId).Targets["SERVICE"] != *s.Id {
		t.Errorf("after the change it is %+v", got)
	}
	h := r.registry(plain, "web")
	_, err = c.UpdateService(ctx, &discovery.UpdateServiceInput{Id: h.Id, Service: &types.ServiceChange{}})
	refusedWith(t, "InvalidInput", err)
	_, err = c.GetService(ctx, &discovery.GetServiceInput{Id: aws.String("srv-none")})
	refusedWith(t, "ServiceNotFound", err)
	listed := must[*discovery.ListServicesOutput](t)(c.ListServices(ctx, &discovery.ListServicesInput{Filters: []types.ServiceFilter{{Name: "NAMESPACE_ID", Values: []string{private}}}}))
	paged := must[*discovery.ListServicesOutput](t)(c.ListServices(ctx, &discovery.ListServicesInput{MaxResults: aws.Int32(1)}))
	if len(listed.Services) != 1 || *listed.Services[0].Id != *s.Id || len(paged.Services) != 1 || paged.NextToken == nil {
		t.Errorf("listed are %+v, a page is %+v", listed.Services, paged.Services)
	}
	_, err = c.ListServices(ctx, &discovery.ListServicesInput{NextToken: aws.String("x")})
	refusedWith(t, "InvalidInput", err)
}

// TestDiscoveryTags is that tags and attributes of Cloud Map's services are kept
// and bounded.
func TestDiscoveryTags(t *testing.T) {
	r := ephemeral(t)
	ctx, c := t.Context(), r.discovery()
	s := r.registry(r.namespace("shop"), "web")
	many, attributes := []types.Tag{}, map[string]string{}
	for i := range 51 {
		many = append(many, types.Tag{Key: aws.String(fmt.Sprint("k", i)), Value: aws.String("v")})
		attributes[fmt.Sprint("a", i)] = "v"
	}
	_, err := c.TagResource(ctx, &discovery.TagResourceInput{ResourceARN: s.Arn, Tags: many})
	refusedWith(t, "TooManyTagsException", err)
	must[*discovery.TagResourceOutput](t)(c.TagResource(ctx, &discovery.TagResourceInput{ResourceARN: s.Arn, Tags: many[:3]}))
	must[*discovery.UntagResourceOutput](t)(c.UntagResource(ctx, &discovery.UntagResourceInput{ResourceARN: s.Arn, TagKeys: []string{"k0", "k1"}}))
	if tags := must[*discovery.ListTagsForResourceOutput](t)(c.ListTagsForResource(ctx, &discovery.ListTagsForResourceInput{ResourceARN: s.Arn})).Tags; len(tags) != 1 || *tags[0].Key != "k2" {
		t.Errorf("the tags are %v", tags)
	}
	for _, arn := range []string{*s.Arn + "x", "arn:aws:servicediscovery:us-east-1:123456789012:thing/x"} {
		_, err = c.ListTagsForResource(ctx, &discovery.ListTagsForResourceInput{ResourceARN: &arn})
		refusedWith(t, "ResourceNotFoundException", err)
	}
	_, err = c.UpdateServiceAttributes(ctx, &discovery.UpdateServiceAttributesInput{ServiceId: s.Id, Attributes: attributes})
	refusedWith(t, "ServiceAttributesLimitExceededException", err)
	must[*discovery.UpdateServiceAttributesOutput](t)(c.UpdateServiceAttributes(ctx, &discovery.UpdateServiceAttributesInput{ServiceId: s.Id, Attributes: map[string]string{"a": "1", "b": "2"}}))
	must[*discovery.DeleteServiceAttributesOutput](t)(c.DeleteServiceAttributes(ctx, &discovery.DeleteServiceAttributesInput{ServiceId: s.Id, Attributes: []string{"a"}}))
	got := must[*discovery.GetServiceAttributesOutput](t)(c.GetServiceAttributes(ctx, &discovery.GetServiceAttributesInput{ServiceId: s.Id})).ServiceAttributes
	if !maps.Equal(got.Attributes, map[string]string{"b": "2"}) || *got.ServiceArn != *s.Arn {
		t.Errorf("the attributes are %+v", got)
	}
}

// TestInstancesByHand is that instances that are no tasks are kept and found.
func TestInstancesByHand(t *testing.T) {
	r := ephemeral(t)
	ctx, c := t.Context(), r.discovery()
	r.cluster()
	began := must[*discovery.CreatePrivateDnsNamespaceOutput](t)(c.CreatePrivateDnsNamespace(ctx, &discovery.CreatePrivateDnsNamespaceInput{Name: aws.String("local"), Vpc: aws.String("vpc-1")}))
	private := r.operated(began.OperationId).Targets["NAMESPACE"]
	s := must[*discovery.CreateServiceOutput](t)(c.CreateService(ctx, &discovery.CreateServiceInput{Name: aws.String("db"), NamespaceId: &private, DnsConfig: srvConfig("A", "SRV")})).Service
	h := r.registry(r.namespace("plain"), "db")
	for why, in := range map[string]*discovery.RegisterInstanceInput{
		"no address":       {ServiceId: s.Id, InstanceId: aws.String("a"), Attributes: map[string]string{"AWS_INSTANCE_PORT": "1"}},
		"no port":          {ServiceId: s.Id, InstanceId: aws.String("a"), Attributes: map[string]string{"AWS_INSTANCE_IPV4": "10.0.0.1"}},
		"a wrong address":  {ServiceId: s.Id, InstanceId: aws.String("a"), Attributes: map[string]string{"AWS_INSTANCE_IPV4": "ten", "AWS_INSTANCE_PORT": "1"}},
		"a wrong port":     {ServiceId: s.Id, InstanceId: aws.String("a"), Attributes: map[string]string{"AWS_INSTANCE_IPV4": "10.0.0.1", "AWS_INSTANCE_PORT": "x"}},
		"an alias":         {ServiceId: s.Id, InstanceId: aws.String("a"), Attributes: map[string]string{"AWS_ALIAS_DNS_NAME": "x"}},
		"a health":         {ServiceId: s.Id, InstanceId: aws.String("a"), Attributes: map[string]string{"AWS_INIT_HEALTH_STATUS": "HEALTHY"}},
		"a wrong health":   {ServiceId: h.Id, InstanceId: aws.String("a"), Attributes: map[string]string{"AWS_INIT_HEALTH_STATUS": "FINE"}},
		"a machine in DNS": {ServiceId: s.Id, InstanceId: aws.String("a"), Attributes: map[string]string{"AWS_EC2_INSTANCE_ID": "i-1"}},
		"no machine":       {ServiceId: h.Id, InstanceId: aws.String("a"), Attributes: map[string]string{"AWS_EC2_INSTANCE_ID": "i-1"}},
		"a wrong id":       {ServiceId: h.Id, InstanceId: aws.String("a b"), Attributes: map[string]string{}},
		"a wrong key":      {ServiceId: h.Id, InstanceId: aws.String("a"), Attributes: map[string]string{"a b": "c"}},
	} {
		if _, err := c.RegisterInstance(ctx, in); err == nil || !strings.Contains(err.Error(), "InvalidInput") {
			t.Errorf("%s: %v", why, err)
		}
	}
	_, err := c.RegisterInstance(ctx, &discovery.RegisterInstanceInput{ServiceId: aws.String("srv-none"), InstanceId: aws.String("a"), Attributes: map[string]string{}})
	refusedWith(t, "ServiceNotFound", err)
	register := func(service *string, id string, attributes map[string]string) string {
		t.Helper()
		began := must[*discovery.RegisterInstanceOutput](t)(c.RegisterInstance(ctx, &discovery.RegisterInstanceInput{ServiceId: service, InstanceId: &id, Attributes: attributes}))
		return *began.OperationId
	}
	before := r.revision("local", "db")
	register(s.Id, "one", map[string]string{"AWS_INSTANCE_IPV4": "10.0.0.1", "AWS_INSTANCE_PORT": "5432", "role": "main"})
	_, err = c.RegisterInstance(ctx, &discovery.RegisterInstanceInput{ServiceId: s.Id, InstanceId: aws.String("one"), Attributes: map[string]string{"AWS_INSTANCE_IPV4": "10.0.0.1", "AWS_INSTANCE_PORT": "1"}})
	refusedWith(t, "DuplicateRequest", err)
	register(s.Id, "two", map[string]string{"AWS_INSTANCE_IPV4": "10.0.0.2", "AWS_INSTANCE_PORT": "5432"})
	if found := r.found(discovery.DiscoverInstancesInput{NamespaceName: aws.String("local"), ServiceName: aws.String("db"), HealthStatus: "UNHEALTHY"}); len(found) != 2 ||
		found["one"].HealthStatus != types.HealthStatusUnknown { // without health checks the health is no matter
		t.Errorf("found are %v", found)
	}
	if after := r.revision("local", "db"); after <= before || r.revision("local", "db") != after {
		t.Errorf("the revision is %d after %d", after, before)
	}
	_, err = c.UpdateInstanceCustomHealthStatus(ctx, &discovery.UpdateInstanceCustomHealthStatusInput{ServiceId: s.Id, InstanceId: aws.String("one"), Status: "HEALTHY"})
	refusedWith(t, "CustomHealthNotFound", err)

	machines := r.ec2("DescribeInstances")
	_, id, _ := strings.Cut(machines, "<instanceId>")
	id, _, _ = strings.Cut(id, "<")
	register(h.Id, "ill", map[string]string{"AWS_EC2_INSTANCE_ID": id, "AWS_INIT_HEALTH_STATUS": "UNHEALTHY"})
	ill := must[*discovery.GetInstanceOutput](t)(c.GetInstance(ctx, &discovery.GetInstanceInput{ServiceId: h.Id, InstanceId: aws.String("ill")})).Instance
	if !strings.Contains(machines, "<privateIpAddress>"+ill.Attributes["AWS_INSTANCE_IPV4"]+"<") {
		t.Errorf("the machine's instance is %+v", ill)
	}
	either := discovery.DiscoverInstancesInput{NamespaceName: aws.String("plain"), ServiceName: aws.String("db")}
	if len(r.found(either)) != 1 {
		t.Error("where none is healthy, not all are found")
	}
	either.HealthStatus = "HEALTHY"
	if len(r.found(either)) != 0 {
		t.Error("an unhealthy instance is found as a healthy one")
	}
	must[*discovery.UpdateInstanceCustomHealthStatusOutput](t)(c.UpdateInstanceCustomHealthStatus(ctx, &discovery.UpdateInstanceCustomHealthStatusInput{ServiceId: h.Id, InstanceId: aws.String("ill"), Status: "HEALTHY"}))
	status := must[*discovery.GetInstancesHealthStatusOutput](t)(c.GetInstancesHealthStatus(ctx, &discovery.GetInstancesHealthStatusInput{ServiceId: h.Id})).Status
	if !maps.Equal(status, map[string]types.HealthStatus{"ill": "HEALTHY"}) || len(r.found(either)) != 1 {
		t.Errorf("the health is %v", status)
	}
	_, err = c.GetInstancesHealthStatus(ctx, &discovery.GetInstancesHealthStatusInput{ServiceId: h.Id, Instances: []string{"none"}})
	refusedWith(t, "InstanceNotFound", err)

	r.watch.pass(3 * time.Second)
	left := must[*discovery.DeregisterInstanceOutput](t)(c.DeregisterInstance(ctx, &discovery.DeregisterInstanceInput{ServiceId: s.Id, InstanceId: aws.String("one")}))
	if o := r.operated(left.OperationId); o.Type != types.OperationTypeDeregisterInstance || o.Targets["INSTANCE"] != "one" {
		t.Errorf("the operation is %+v", o)
	}
	listed := must[*discovery.ListInstancesOutput](t)(c.ListInstances(ctx, &discovery.ListInstancesInput{ServiceId: s.Id})).Instances
	if len(listed) != 1 || *listed[0].Id != "two" {
		t.Errorf("left are %+v", listed)
	}
	_, err = c.DiscoverInstances(ctx, &discovery.DiscoverInstancesInput{NamespaceName: aws.String("none"), ServiceName: aws.String("db")})
	refusedWith(t, "NamespaceNotFound", err)
	_, err = c.DiscoverInstances(ctx, &discovery.DiscoverInstancesInput{NamespaceName: aws.String("local"), ServiceName: aws.String("db"), HealthStatus: "FINE"})
	refusedWith(t, "InvalidInput", err)

	operations := func(filters ...types.OperationFilter) int {
		t.Helper()
		return len(must[*discovery.ListOperationsOutput](t)(c.ListOperations(ctx, &discovery.ListOperationsInput{Filters: filters})).Operations)
	}
	now := r.watch.Now().Unix()
	for _, f := range []struct {
		filters []types.OperationFilter
		want    int
	}{
		{nil, 6}, {[]types.OperationFilter{{Name: "TYPE", Condition: "IN", Values: []string{"REGISTER_INSTANCE", "DEREGISTER_INSTANCE"}}}, 4},
		{[]types.OperationFilter{{Name: "STATUS", Values: []string{"SUBMITTED"}}, {Name: "SERVICE_ID", Values: []string{*s.Id}}}, 1},
		{[]types.OperationFilter{{Name: "NAMESPACE_ID", Values: []string{private}}, {Name: "STATUS", Values: []string{"SUCCEED"}}}, 3},
		{[]types.OperationFilter{{Name: "UPDATE_DATE", Condition: "BETWEEN", Values: []string{fmt.Sprint(now), fmt.Sprint(now + 9)}}}, 1},
	} {
		if got := operations(f.filters...); got != f.want {
			t.Errorf("%v finds %d operations, want %d", f.filters, got, f.want)
		}
	}
	_, err = c.ListOperations(ctx, &discovery.ListOperationsInput{Filters: []types.OperationFilter{{Name: "UPDATE_DATE", Condition: "BETWEEN", Values: []string{"9", "1"}}}})
	refusedWith(t, "InvalidInput", err)
	_, err = c.GetOperation(ctx, &discovery.GetOperationInput{OperationId: aws.String("none")})
	refusedWith(t, "OperationNotFound", err)
	r.watch.pass(25 * time.Hour)
	for i := range 100 { // until the old ones are swept away
		register(h.Id, fmt.Sprint("n", i), map[string]string{})
	}
	if got := operations(); got > 100 {
		t.Errorf("%d operations are kept for ever", got)
	}
}

// TestCloudMapQuotas is that namespaces and instances are bounded as on AWS.
func TestCloudMapQuotas(t *testing.T) {
	r := ephemeral(t)
	ctx, c := t.Context(), r.discovery()
	s := r.registry(r.namespace("n0"), "web")
	var errs []error
	for i := range 50 {
		_, err := c.CreateHttpNamespace(ctx, &discovery.CreateHttpNamespaceInput{Name: aws.String(fmt.Sprint("m", i))})
		errs = append(errs, err)
	}
	if slices.ContainsFunc(errs[:49], func(err error) bool { return err != nil }) {
		t.Errorf("of 50 namespaces: %v", errors.Join(errs[:49]...))
	}
	refusedWith(t, "ResourceLimitExceeded", errs[49])
	_, err := c.RegisterInstance(ctx, &discovery.RegisterInstanceInput{ServiceId: s.Id, InstanceId: aws.String("a"), Attributes: map[string]string{"k": strings.Repeat("x", 1025)}})
	refusedWith(t, "InvalidInput", err)
}
