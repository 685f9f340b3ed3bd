package emulator_test

import (
	"strings"
	"testing"
	"time"
)

// TestTriedRequests is that what EC2 is asked with DryRun changes nothing, and
// is refused in other words where it would fail anyway.
func TestTriedRequests(t *testing.T) {
	r := ephemeral(t)
	r.cluster()
	_, id, _ := strings.Cut(r.ec2("DescribeInstances"), "<instanceId>")
	id, _, _ = strings.Cut(id, "<")
	const would = "<Code>DryRunOperation</Code><Message>Request would have succeeded, but DryRun flag is set.</Message>"
	for name, c := range map[string]struct {
		action     string
		parameters []string
		want       string
	}{
		"terminating":  {"TerminateInstances", []string{"InstanceId.1=" + id}, would},
		"none":         {"TerminateInstances", []string{"InstanceId.1=i-none"}, "<Code>InvalidInstanceID.NotFound</Code>"},
		"no ids":       {"TerminateInstances", nil, "<Code>MissingParameter</Code>"},
		"instances":    {"DescribeInstances", nil, would},
		"a bad filter": {"DescribeInstances", []string{"Filter.1.Name=colour", "Filter.1.Value.1=x"}, "<Code>InvalidParameterValue</Code>"},
		"subnets":      {"DescribeSubnets", nil, would},
		"VPCs":         {"DescribeVpcs", nil, would},
		"groups":       {"DescribeSecurityGroups", nil, would},
		"zones":        {"DescribeAvailabilityZones", nil, would},
	} {
		if got := r.ec2(c.action, append(c.parameters, "DryRun=true")...); !strings.Contains(got, c.want) {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	r.watch.pass(time.Minute)
	if left := r.connected(); len(left) != 4 {
		t.Errorf("%d container instances are connected after a dry run, want 4", len(left))
	}
	if got := r.ec2("TerminateInstances", "InstanceId.1="+id, "DryRun=false"); !strings.Contains(got, "<name>shutting-down</name>") {
		t.Errorf("terminating in earnest says %s", got)
	}
}
