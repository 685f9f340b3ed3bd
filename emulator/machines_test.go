package emulator_test

import (
	"net/http"
	"net/url"
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

// TestZoneIDs is that the ids of zones have AWS's short form of their Region.
func TestZoneIDs(t *testing.T) {
	r := ephemeral(t)
	for region, want := range map[string]string{
		"us-east-1": "use1", "us-gov-west-1": "usgw1", "eu-south-2": "eus2", "ap-south-1": "aps1", "ap-southeast-1": "apse1",
		"ap-northeast-3": "apne3", "cn-northwest-1": "cnnw1", "ca-central-1": "cac1",
	} {
		form := url.Values{"Action": {"DescribeAvailabilityZones"}, "Version": {"2016-11-15"}}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://emulator.local/", strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=any/20261123/"+region+"/ec2/aws4_request")
		if got := r.send(req); !strings.Contains(got, "<zoneId>"+want+"-az1</zoneId>") {
			t.Errorf("the zones of %s are %s, want %s-az1", region, got, want)
		}
	}
}
