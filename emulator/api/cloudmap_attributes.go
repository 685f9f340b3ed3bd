package api

import (
	"net/netip"
	"slices"
	"strconv"

	"gantry/ecs"
)

// The attributes with a meaning of their own [API: RegisterInstance].
const (
	attributeIPv4   = "AWS_INSTANCE_IPV4"
	attributeIPv6   = "AWS_INSTANCE_IPV6"
	attributePort   = "AWS_INSTANCE_PORT"
	attributeCNAME  = "AWS_INSTANCE_CNAME"
	attributeAlias  = "AWS_ALIAS_DNS_NAME"
	attributeEC2    = "AWS_EC2_INSTANCE_ID"
	attributeHealth = "AWS_INIT_HEALTH_STATUS"
)

var (
	instanceRule  = ruleOf(`^[0-9a-zA-Z_/:.@-]{1,64}$`)
	attributeRule = ruleOf(`^[!-~]{1,255}$`)
	valueRule     = ruleOf(`^([!-~]([ \t!-~]*[!-~])?)?$`)
)

const longestCloudValue = 1024

// checkAttributes refuses attributes that do not fit the service [API:
// RegisterInstance]. The id of a machine gives its address.
func (a *around) checkAttributes(s *cloudService, n *cloudNamespace, given map[string]string) error {
	if len(given) > mostCloudAttributes {
		return invalidInput("An instance can have at most %d attributes, but has %d.", mostCloudAttributes, len(given))
	}
	for _, key := range sortedKeys(given) {
		if !attributeRule.MatchString(key) || len(given[key]) > longestCloudValue || !valueRule.MatchString(given[key]) {
			return invalidInput("The attribute %.260q is not valid: a key of 1 to 255 visible characters and a value of up to %d, without spaces at its ends.", key, longestCloudValue)
		}
	}
	if id, ok := given[attributeEC2]; ok {
		if n.Type != namespaceHTTP {
			return invalidInput("The attribute %s is for HTTP namespaces.", attributeEC2)
		}
		machines := a.machines()
		at := slices.IndexFunc(machines, func(m machine) bool { return m.instance.EC2InstanceID == id })
		if at < 0 {
			return invalidInput("The EC2 instance %.40q does not exist.", id)
		}
		given[attributeIPv4] = a.address(&machines[at])
	}
	return first(checkAddresses(given), checkHealthGiven(s, given), checkRecordsGiven(s, given))
}

func checkAddresses(given map[string]string) error {
	for _, key := range []string{attributeIPv4, attributeIPv6} {
		text, ok := given[key]
		if !ok {
			continue
		}
		if at, err := netip.ParseAddr(text); err != nil || at.Is4() != (key == attributeIPv4) {
			return invalidInput("The attribute %s is no such address: %.60q.", key, text)
		}
	}
	if text, ok := given[attributePort]; ok {
		if port, err := strconv.Atoi(text); err != nil || port < 1 || port > 65535 {
			return invalidInput("The attribute %s must be a port between 1 and 65535, but is %.20q.", attributePort, text)
		}
	}
	return nil
}

func checkHealthGiven(s *cloudService, given map[string]string) error {
	switch health, ok := given[attributeHealth]; {
	case !ok:
	case s.Custom == nil:
		return invalidInput("The attribute %s is for services with a HealthCheckCustomConfig.", attributeHealth)
	case health != string(ecs.HealthHealthy) && health != string(ecs.HealthUnhealthy):
		return invalidInput("The attribute %s must be HEALTHY or UNHEALTHY, but is %.20q.", attributeHealth, health)
	}
	return nil
}

// checkRecordsGiven is that each DNS record of the service has its value.
func checkRecordsGiven(s *cloudService, given map[string]string) error {
	if s.DNS == nil {
		return nil
	}
	if _, alias := given[attributeAlias]; alias {
		if s.DNS.RoutingPolicy != "WEIGHTED" {
			return invalidInput("The attribute %s needs a service with the RoutingPolicy WEIGHTED.", attributeAlias)
		}
		return nil
	}
	needs := map[string]string{"A": attributeIPv4, "AAAA": attributeIPv6, "SRV": attributePort, "CNAME": attributeCNAME}
	for _, r := range s.DNS.DNSRecords {
		if _, ok := given[needs[r.Type]]; !ok {
			return invalidInput("The service has a DNS record of the type %s, so the instance needs the attribute %s.", r.Type, needs[r.Type])
		}
	}
	return nil
}
