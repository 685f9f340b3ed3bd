package api

import (
	"math"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/ecs"
)

// checkResources refuses what no instance can have. ECS's own words for it are
// not known; we decided.
func checkResources(given []types.Resource) error {
	if len(given) == 0 {
		return invalid("totalResources cannot be empty.")
	}
	seen := map[string]bool{}
	for _, r := range given {
		name := text[string](r.Name)
		if seen[name] {
			return invalid("The resource %s is given twice in totalResources.", name)
		}
		seen[name] = true
		for _, number := range []float64{float64(r.IntegerValue), float64(r.LongValue), r.DoubleValue} {
			if !(number >= 0 && number <= math.MaxInt32) {
				return invalid("The resource %s in totalResources must be a number from 0 to %d, but it is %v.", name, math.MaxInt32, number)
			}
		}
		if name != ecs.ResourcePorts && name != ecs.ResourcePortsUDP {
			continue
		}
		for _, port := range r.StringSetValue {
			if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
				return invalid("Invalid port %q in %s of totalResources: a port is a number from 1 to 65535.", port, name)
			}
		}
	}
	return nil
}

// checkInstanceAttributes refuses attributes of a new instance that could not be
// put on it later either. A value may be longer: an agent's own are not custom.
func checkInstanceAttributes(given []ecs.Attribute) error {
	seen := map[string]bool{}
	for _, attribute := range given {
		if !attributeNameRule.MatchString(attribute.Name) {
			return checkAttribute(attribute)
		}
		if seen[attribute.Name] {
			return invalid("The attribute %s is given twice.", attribute.Name)
		}
		seen[attribute.Name] = true
	}
	return nil
}
