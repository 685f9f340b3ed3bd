package api

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"gantry/ecs"
	"gantry/emulator/store"
)

// loadBalancer is a load balancer as it is kept.
type loadBalancer struct {
	thing
	Name           string    `json:"name"`
	Type           string    `json:"type"`   // application, network
	Scheme         string    `json:"scheme"` // internet-facing, internal
	IPAddressType  string    `json:"ipAddressType"`
	VPC            string    `json:"vpcId"`
	Subnets        []string  `json:"subnets"`
	SecurityGroups []string  `json:"securityGroups,omitempty"`
	CreatedAt      time.Time `json:"createdAt"`
}

func (a *around) loadBalancer(arn string) (l loadBalancer, err error) {
	ok, err := a.tx.Document(kindLoadBalancer, arn, &l)
	if err == nil && !ok {
		err = noLoadBalancer(arn)
	}
	return l, err
}

func noLoadBalancer(named string) error {
	if ecs.ARN(named).IsARN() {
		return refuse("LoadBalancerNotFound", "Load balancer '%s' not found", named)
	}
	return refuse("LoadBalancerNotFound", "Load balancers '[%s]' not found", named)
}

type (
	// CreateLoadBalancerInput describes a load balancer.
	CreateLoadBalancerInput struct {
		Name           string
		Subnets        []string
		SubnetMappings []struct{ SubnetId string } //nolint:revive // as on the wire
		SecurityGroups []string
		Scheme, Type   string
		IPAddressType  string `shape:"IpAddressType"`
		Tags           []tagShape
	}
	// CreateLoadBalancerOutput is the load balancer.
	CreateLoadBalancerOutput struct{ LoadBalancers []loadBalancerShape }
	// DescribeLoadBalancersInput asks for some load balancers, or for all.
	DescribeLoadBalancersInput struct {
		LoadBalancerArns, Names []string
		Marker                  *string
		PageSize                *int
	}
	// DescribeLoadBalancersOutput is a page of them.
	DescribeLoadBalancersOutput struct {
		LoadBalancers []loadBalancerShape
		NextMarker    *string
	}
	// DeleteLoadBalancerInput names a load balancer.
	DeleteLoadBalancerInput struct{ LoadBalancerArn string }
	// DeleteLoadBalancerOutput has no members.
	DeleteLoadBalancerOutput struct{}

	loadBalancerShape struct {
		LoadBalancerArn       string
		DNSName               string
		CanonicalHostedZoneID string `shape:"CanonicalHostedZoneId"`
		CreatedTime           time.Time
		LoadBalancerName      string
		Scheme                string
		VPC                   string `shape:"VpcId"`
		State                 struct{ Code string }
		Type                  string
		AvailabilityZones     []zoneShape
		SecurityGroups        []string
		IPAddressType         string `shape:"IpAddressType"`
	}
	zoneShape struct {
		ZoneName string
		Subnet   string `shape:"SubnetId"`
	}
)

// CreateLoadBalancer makes a load balancer, which is active at once.
func (a *around) CreateLoadBalancer(_ context.Context, in *CreateLoadBalancerInput) (*CreateLoadBalancerOutput, error) {
	if !elbNameRule.MatchString(in.Name) || strings.HasPrefix(in.Name, "internal-") {
		return nil, refuse("ValidationError", "The load balancer name '%s' must have 1 to 32 letters, digits and hyphens, can neither begin nor end "+
			"with a hyphen, and cannot begin with 'internal-'", in.Name)
	}
	l := loadBalancer{
		Name: in.Name, Type: in.Type, Scheme: in.Scheme, IPAddressType: in.IPAddressType, VPC: a.s.cfg.Network.VPC,
		Subnets: slices.Clone(in.Subnets), SecurityGroups: in.SecurityGroups, CreatedAt: a.tx.Now(),
	}
	for _, m := range in.SubnetMappings {
		l.Subnets = append(l.Subnets, m.SubnetId)
	}
	for to, usual := range map[*string]string{&l.Type: "application", &l.Scheme: "internet-facing", &l.IPAddressType: "ipv4"} {
		if *to == "" {
			*to = usual
		}
	}
	if err := l.check(); err != nil {
		return nil, err
	}
	if l.Type == "application" && len(l.SecurityGroups) == 0 {
		l.SecurityGroups = []string{a.s.cfg.Network.SecurityGroup}
	}
	zones := a.s.cfg.Network.Zones()
	for _, subnet := range l.Subnets {
		if zones[subnet] == "" {
			return nil, refuse("SubnetNotFound", "The subnet ID '%s' does not exist", subnet)
		}
	}
	all, err := store.Documents[loadBalancer](a.tx, kindLoadBalancer, "")
	if err != nil {
		return nil, err
	}
	if at := slices.IndexFunc(all, func(x loadBalancer) bool { return x.Name == l.Name }); at >= 0 {
		if all[at].same(&l) { // what is asked for again is answered again [API: CreateLoadBalancer]
			return &CreateLoadBalancerOutput{[]loadBalancerShape{a.showBalancer(&all[at])}}, nil
		}
		return nil, refuse("DuplicateLoadBalancerName", "A load balancer with the same name '%s' exists, but with different settings", l.Name)
	}
	if l.Tags, err = settleTags(nil, in.Tags); err != nil {
		return nil, err
	}
	l.ARN = a.elbARN("loadbalancer/" + balancerLetters()[l.Type] + "/" + l.Name)
	if err := a.tx.PutDocument(kindLoadBalancer, l.ARN, l); err != nil {
		return nil, err
	}
	return &CreateLoadBalancerOutput{[]loadBalancerShape{a.showBalancer(&l)}}, nil
}

// balancerLetters are the types of load balancers as ARNs have them.
func balancerLetters() map[string]string {
	return map[string]string{"application": "app", "network": "net", "gateway": "gwy"}
}

// check refuses the settings that no load balancer can have.
func (l *loadBalancer) check() error {
	switch {
	case balancerLetters()[l.Type] == "":
		return refuse("ValidationError", "Type '%s' must be one of application, network, gateway", l.Type)
	case l.Scheme != "internet-facing" && l.Scheme != "internal":
		return refuse("InvalidScheme", "Scheme '%.100s' must be one of internet-facing, internal", l.Scheme)
	case slices.ContainsFunc(l.SecurityGroups, func(g string) bool { return !strings.HasPrefix(g, "sg-") }):
		return refuse("InvalidSecurityGroup", "One or more security groups are invalid")
	case len(l.Subnets) == 0:
		return refuse("ValidationError", "You must specify either subnets or an Availability Zone mapping")
	case l.Type == "application" && len(l.Subnets) < 2:
		return refuse("ValidationError", "At least two subnets in two different Availability Zones must be specified")
	}
	return nil
}

// same reports whether a load balancer has the settings of another.
func (l *loadBalancer) same(x *loadBalancer) bool {
	return l.Type == x.Type && l.Scheme == x.Scheme && l.IPAddressType == x.IPAddressType &&
		slices.Equal(l.Subnets, x.Subnets) && slices.Equal(l.SecurityGroups, x.SecurityGroups)
}

func (a *around) showBalancer(l *loadBalancer) loadBalancerShape {
	out := loadBalancerShape{
		LoadBalancerArn: l.ARN, CanonicalHostedZoneID: "Z35SXDOTRQ7X7K", CreatedTime: l.CreatedAt, LoadBalancerName: l.Name, Scheme: l.Scheme,
		VPC: l.VPC, Type: l.Type, SecurityGroups: l.SecurityGroups, IPAddressType: l.IPAddressType,
	}
	out.State.Code = "active"
	id := l.ARN[strings.LastIndex(l.ARN, "/")+1:]
	out.DNSName = l.Name + "-" + id + ".elb." + a.tx.Scope().Region + ".amazonaws.com"
	if l.Scheme == "internal" {
		out.DNSName = "internal-" + out.DNSName
	}
	zones := a.s.cfg.Network.Zones()
	for _, subnet := range l.Subnets {
		out.AvailabilityZones = append(out.AvailabilityZones, zoneShape{zones[subnet], subnet})
	}
	return out
}

// DescribeLoadBalancers describes load balancers.
func (a *around) DescribeLoadBalancers(_ context.Context, in *DescribeLoadBalancersInput) (*DescribeLoadBalancersOutput, error) {
	all, err := store.Documents[loadBalancer](a.tx, kindLoadBalancer, "")
	if err != nil {
		return nil, err
	}
	all, err = pick(all, append(slices.Clone(in.LoadBalancerArns), in.Names...),
		func(l *loadBalancer) []string { return []string{l.ARN, l.Name} }, noLoadBalancer)
	if err != nil {
		return nil, err
	}
	all, next, err := elbPaged(all, func(l *loadBalancer) string { return l.ARN }, in.Marker, in.PageSize)
	if err != nil {
		return nil, err
	}
	out := &DescribeLoadBalancersOutput{LoadBalancers: []loadBalancerShape{}, NextMarker: next}
	for i := range all {
		out.LoadBalancers = append(out.LoadBalancers, a.showBalancer(&all[i]))
	}
	return out, nil
}

// DeleteLoadBalancer deletes a load balancer with its listeners; one that is not
// there is gone already [API: DeleteLoadBalancer].
func (a *around) DeleteLoadBalancer(_ context.Context, in *DeleteLoadBalancerInput) (*DeleteLoadBalancerOutput, error) {
	l, err := a.loadBalancer(in.LoadBalancerArn)
	if err == nil && l.Attributes[attributeProtection] == "true" {
		return nil, refuse(codeELBForbidden, "Load balancer '%s' cannot be deleted because deletion protection is enabled", in.LoadBalancerArn)
	}
	listeners, err := a.listenersOf(in.LoadBalancerArn)
	if err != nil {
		return nil, err
	}
	for i := range listeners {
		if err := a.dropListener(&listeners[i]); err != nil {
			return nil, err
		}
	}
	return &DeleteLoadBalancerOutput{}, a.tx.DeleteDocument(kindLoadBalancer, in.LoadBalancerArn)
}

type (
	// DescribeLoadBalancerAttributesInput names a load balancer.
	DescribeLoadBalancerAttributesInput struct{ LoadBalancerArn string }
	// DescribeLoadBalancerAttributesOutput is its attributes.
	DescribeLoadBalancerAttributesOutput struct{ Attributes []attributeShape }
	// ModifyLoadBalancerAttributesInput sets some of them.
	ModifyLoadBalancerAttributesInput struct {
		LoadBalancerArn string
		Attributes      []attributeShape
	}
	// ModifyLoadBalancerAttributesOutput is all of them.
	ModifyLoadBalancerAttributesOutput struct{ Attributes []attributeShape }
)

// attributeProtection is the one attribute of a load balancer with an effect here.
const attributeProtection = "deletion_protection.enabled"

// codeELBForbidden refuses what cannot be deleted or changed.
const codeELBForbidden = "OperationNotPermitted"

// balancerAttributes are the defaults [API: LoadBalancerAttribute].
func balancerAttributes(l *loadBalancer) map[string]string {
	out := map[string]string{
		attributeProtection: "false", "load_balancing.cross_zone.enabled": "true",
		"access_logs.s3.enabled": "false", "access_logs.s3.bucket": "", "access_logs.s3.prefix": "",
	}
	if l.Type == "application" {
		maps.Copy(out, map[string]string{
			"idle_timeout.timeout_seconds": "60", "client_keep_alive.seconds": "3600", "routing.http2.enabled": "true",
			"routing.http.drop_invalid_header_fields.enabled": "false", "routing.http.preserve_host_header.enabled": "false",
			"routing.http.desync_mitigation_mode": "defensive", "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false",
			"routing.http.xff_client_port.enabled": "false", "routing.http.xff_header_processing.mode": "append", "waf.fail_open.enabled": "false",
			"connection_logs.s3.enabled": "false", "connection_logs.s3.bucket": "", "connection_logs.s3.prefix": "", "zonal_shift.config.enabled": "false",
		})
	} else {
		out["load_balancing.cross_zone.enabled"] = "false"
		out["dns_record.client_routing_policy"], out["zonal_shift.config.enabled"] = "any_availability_zone", "false"
	}
	maps.Copy(out, l.Attributes)
	return out
}

// DescribeLoadBalancerAttributes tells the attributes of a load balancer.
func (a *around) DescribeLoadBalancerAttributes(_ context.Context, in *DescribeLoadBalancerAttributesInput) (*DescribeLoadBalancerAttributesOutput, error) {
	l, err := a.loadBalancer(in.LoadBalancerArn)
	if err != nil {
		return nil, err
	}
	return &DescribeLoadBalancerAttributesOutput{showAttributes(balancerAttributes(&l))}, nil
}

// ModifyLoadBalancerAttributes sets attributes of a load balancer.
func (a *around) ModifyLoadBalancerAttributes(_ context.Context, in *ModifyLoadBalancerAttributesInput) (*ModifyLoadBalancerAttributesOutput, error) {
	l, err := a.loadBalancer(in.LoadBalancerArn)
	if err != nil {
		return nil, err
	}
	known := balancerAttributes(&l)
	for _, x := range in.Attributes {
		if _, ok := known[x.Key]; !ok {
			return nil, refuse("ValidationError", "Load balancer attribute key '%s' is not recognized", x.Key)
		}
		l.setAttribute(x.Key, x.Value)
	}
	if err := a.tx.PutDocument(kindLoadBalancer, l.ARN, l); err != nil {
		return nil, err
	}
	return &ModifyLoadBalancerAttributesOutput{showAttributes(balancerAttributes(&l))}, nil
}
