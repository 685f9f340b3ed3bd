package api

import (
	"time"

	"gantry/ecs"
)

type (
	filterShape struct {
		Name  string
		Value []string
	}
	// EC2Request is what every operation takes.
	EC2Request struct{ DryRun bool }
	// EC2Query is what every Describe operation takes.
	EC2Query struct {
		EC2Request
		Filter []filterShape
	}

	// DescribeInstancesInput asks for instances.
	DescribeInstancesInput struct {
		EC2Query
		EC2Paged
		InstanceID []string `shape:"InstanceId"`
	}
	// DescribeInstancesOutput is the instances, each a reservation of its own.
	DescribeInstancesOutput struct {
		EC2Page
		Reservations []reservationShape `shape:"reservationSet"`
	}
	reservationShape struct {
		ID        string          `shape:"reservationId"`
		Owner     string          `shape:"ownerId"`
		Instances []instanceShape `shape:"instancesSet"`
	}
	instanceShape struct {
		ID             string       `shape:"instanceId"`
		Image          string       `shape:"imageId"`
		State          stateShape   `shape:"instanceState"`
		PrivateDNSName string       `shape:"privateDnsName"`
		Type           string       `shape:"instanceType"`
		LaunchTime     time.Time    `shape:"launchTime"`
		Placement      zonedShape   `shape:"placement"`
		Subnet         string       `shape:"subnetId"`
		VPC            string       `shape:"vpcId"`
		PrivateIP      string       `shape:"privateIpAddress"`
		Architecture   string       `shape:"architecture"`
		Tags           []ec2Tag     `shape:"tagSet"`
		Groups         []groupShape `shape:"groupSet"`
	}
	stateShape struct {
		Code int    `shape:"code"`
		Name string `shape:"name"`
	}
	zonedShape struct {
		Zone    string `shape:"availabilityZone"`
		Tenancy string `shape:"tenancy"`
	}
	ec2Tag struct {
		Key   string `shape:"key"`
		Value string `shape:"value,always"`
	}
	groupShape struct {
		ID   string `shape:"groupId"`
		Name string `shape:"groupName"`
	}

	// DescribeSubnetsInput asks for subnets.
	DescribeSubnetsInput struct {
		EC2Query
		EC2Paged
		SubnetID []string `shape:"SubnetId"`
	}
	// DescribeSubnetsOutput is the subnets.
	DescribeSubnetsOutput struct {
		EC2Page
		Subnets []subnetShape `shape:"subnetSet"`
	}
	subnetShape struct {
		ID        string   `shape:"subnetId"`
		ARN       ecs.ARN  `shape:"subnetArn"`
		State     string   `shape:"state"`
		Owner     string   `shape:"ownerId"`
		VPC       string   `shape:"vpcId"`
		CIDR      string   `shape:"cidrBlock"`
		Free      int      `shape:"availableIpAddressCount"`
		Zone      string   `shape:"availabilityZone"`
		ZoneID    string   `shape:"availabilityZoneId"`
		IsDefault bool     `shape:"defaultForAz"`
		PublicIP  bool     `shape:"mapPublicIpOnLaunch"`
		Tags      []ec2Tag `shape:"tagSet"`
	}

	// DescribeVpcsInput asks for VPCs.
	DescribeVpcsInput struct {
		EC2Query
		EC2Paged
		VpcID []string `shape:"VpcId"`
	}
	// DescribeVpcsOutput is the VPC that a world has.
	DescribeVpcsOutput struct {
		EC2Page
		VPCs []vpcShape `shape:"vpcSet"`
	}
	vpcShape struct {
		ID        string   `shape:"vpcId"`
		State     string   `shape:"state"`
		Owner     string   `shape:"ownerId"`
		CIDR      string   `shape:"cidrBlock"`
		Tenancy   string   `shape:"instanceTenancy"`
		IsDefault bool     `shape:"isDefault"`
		Tags      []ec2Tag `shape:"tagSet"`
	}

	// DescribeSecurityGroupsInput asks for security groups.
	DescribeSecurityGroupsInput struct {
		EC2Query
		EC2Paged
		GroupID   []string `shape:"GroupId"`
		GroupName []string
	}
	// DescribeSecurityGroupsOutput is the security group that a world has.
	DescribeSecurityGroupsOutput struct {
		EC2Page
		Groups []securityGroupShape `shape:"securityGroupInfo"`
	}
	securityGroupShape struct {
		Owner       string   `shape:"ownerId"`
		ID          string   `shape:"groupId"`
		Name        string   `shape:"groupName"`
		Description string   `shape:"groupDescription"`
		VPC         string   `shape:"vpcId"`
		Tags        []ec2Tag `shape:"tagSet"`
	}

	// DescribeAvailabilityZonesInput asks for zones.
	DescribeAvailabilityZonesInput struct {
		EC2Query
		ZoneName []string
	}
	// DescribeAvailabilityZonesOutput is the zones of the Region.
	DescribeAvailabilityZonesOutput struct {
		Zones []availabilityZoneShape `shape:"availabilityZoneInfo"`
	}
	availabilityZoneShape struct {
		Name    string `shape:"zoneName"`
		ID      string `shape:"zoneId"`
		State   string `shape:"zoneState"`
		Region  string `shape:"regionName"`
		Group   string `shape:"groupName"`
		Type    string `shape:"zoneType"`
		OptedIn string `shape:"optInStatus"`
		Border  string `shape:"networkBorderGroup"`
	}

	// TerminateInstancesInput names instances.
	TerminateInstancesInput struct {
		EC2Request
		InstanceID []string `shape:"InstanceId"`
	}
	// TerminateInstancesOutput is what became of them.
	TerminateInstancesOutput struct {
		Changes []stateChangeShape `shape:"instancesSet"`
	}
	stateChangeShape struct {
		ID      string     `shape:"instanceId"`
		Current stateShape `shape:"currentState"`
		Before  stateShape `shape:"previousState"`
	}
)

// dryRun reports whether the request only tries.
func (q *EC2Request) dryRun() bool { return q.DryRun }
