package ecs

import (
	"regexp"
	"slices"
	"strings"
)

// partition is a part of AWS that shares nothing with the others.
type partition struct {
	name    string
	global  string // the Region that has what belongs to no Region, such as roles
	regions string
}

// partitions are AWS's partitions with their Regions [endpoints.json of the SDKs].
// A new Region in a known direction of a known part of the world is one without
// being listed (see IsRegion); any other is added here.
func partitions() []partition {
	return []partition{
		{"aws", "us-east-1", `us-east-1 us-east-2 us-west-1 us-west-2 af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3
			ap-south-1 ap-south-2 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7
			ca-central-1 ca-west-1 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3
			il-central-1 me-central-1 me-south-1 mx-central-1 sa-east-1`},
		{"aws-cn", "cn-north-1", "cn-north-1 cn-northwest-1"},
		{"aws-us-gov", "us-gov-west-1", "us-gov-east-1 us-gov-west-1"},
		{"aws-iso", "us-iso-east-1", "us-iso-east-1 us-iso-west-1"},
		{"aws-iso-b", "us-isob-east-1", "us-isob-east-1 us-isob-west-1"},
		{"aws-iso-e", "eu-isoe-west-1", "eu-isoe-west-1"},
		{"aws-iso-f", "us-isof-south-1", "us-isof-east-1 us-isof-south-1"},
		{"aws-eusc", "eusc-de-east-1", "eusc-de-east-1"},
	}
}

// regionParts are the part of the world, the direction and the number of a
// Region's name.
var regionParts = regexp.MustCompile(`^([a-z]+(?:-(?:gov|iso[bef]?|de))?)-(north|south|east|west|central|northeast|northwest|southeast|southwest)-[1-9]$`)

// IsRegion reports whether a Region has that name, or a new one may have it.
func IsRegion(name string) bool {
	_, known := partitionOf(name)
	return known
}

// IsPartition reports whether a partition has that name.
func IsPartition(name string) bool {
	return slices.ContainsFunc(partitions(), func(p partition) bool { return p.name == name })
}

// PartitionOf is the name of the partition that a Region is in, and the Region
// that has what belongs to none of that partition's. For what is no Region they
// are those of the partition aws.
func PartitionOf(region string) (name, global string) {
	p, _ := partitionOf(region)
	return p.name, p.global
}

func partitionOf(region string) (partition, bool) {
	all := partitions()
	parts := regionParts.FindStringSubmatch(region)
	for _, p := range all {
		for known := range strings.FieldsSeq(p.regions) {
			if known == region || parts != nil && regionParts.FindStringSubmatch(known)[1] == parts[1] {
				return p, true
			}
		}
	}
	return all[0], false
}

// NearestRegion is the Region whose name is most like a wrong one, or "" when none
// is like it.
func NearestRegion(wrong string) string {
	if len(wrong) > 40 {
		return "" // the distance takes time, and is far
	}
	nearest, least := "", 4
	for _, p := range partitions() {
		for name := range strings.FieldsSeq(p.regions) {
			if d := editDistance(strings.ToLower(wrong), name); d < least {
				nearest, least = name, d
			}
		}
	}
	return nearest
}
