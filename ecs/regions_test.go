package ecs_test

import (
	"testing"

	"gantry/ecs"
)

// TestRegions is which names are Regions', in which partition, and what a wrong
// one is like.
func TestRegions(t *testing.T) {
	for name, want := range map[string]struct{ partition, nearest string }{
		"us-east-1":       {"aws", ""},
		"eu-west-3":       {"aws", ""},
		"ap-southeast-8":  {"aws", ""}, // a new one
		"cn-northwest-1":  {"aws-cn", ""},
		"us-gov-west-1":   {"aws-us-gov", ""},
		"us-isof-south-1": {"aws-iso-f", ""},
		"eu-isoe-west-1":  {"aws-iso-e", ""},
		"eusc-de-east-1":  {"aws-eusc", ""},
		"us-esat-1":       {"", "us-east-1"},
		"eu-wset-3":       {"", "eu-west-3"},
		"us-east1":        {"", "us-east-1"},
		"us-east-12":      {"", "us-east-1"},
		"us-gvo-west-1":   {"", "us-gov-west-1"},
		"US-EAST-1":       {"", "us-east-1"},
		"mars":            {"", ""},
		"":                {"", ""},
	} {
		partition, _ := ecs.PartitionOf(name)
		switch {
		case want.partition == "":
			if ecs.IsRegion(name) || ecs.NearestRegion(name) != want.nearest || partition != "aws" {
				t.Errorf("%q is a Region: %t, is like %q, in %s", name, ecs.IsRegion(name), ecs.NearestRegion(name), partition)
			}
		case !ecs.IsRegion(name) || partition != want.partition || !ecs.IsPartition(partition):
			t.Errorf("%q is a Region: %t, in %s", name, ecs.IsRegion(name), partition)
		}
	}
	if ecs.IsPartition("aws-x") {
		t.Error("aws-x is a partition")
	}
}
