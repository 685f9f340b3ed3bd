package taskdef

import (
	"math"
	"strconv"
	"strings"
)

// Task sizes are integers (units, MiB) or text with a unit (ECS semantics 3.5
// [API:RegisterTaskDefinition]): 256, .25 vCPU, 1 vCPU, 0.5 GB, 2GB.

// CPUUnits reads the cpu of a task: units (256), or vCPUs (.25 vCPU) of 1,024
// units each.
func CPUUnits(text string) (int, bool) {
	return sized(text, []unit{{"vcpus", 1024}, {"vcpu", 1024}})
}

// MemoryMiB reads an amount of memory: 512, 0.5 GB, 512 MiB.
func MemoryMiB(text string) (int, bool) {
	return sized(text, []unit{{"gib", 1024}, {"gb", 1024}, {"mib", 1}, {"mb", 1}})
}

type unit struct {
	name   string // in lower case
	factor float64
}

// sized reads a number with one of the units, or an integer without any. The
// result must be whole and not negative.
func sized(text string, units []unit) (int, bool) {
	s := strings.ToLower(strings.TrimSpace(text))
	for _, u := range units {
		number, ok := strings.CutSuffix(s, u.name)
		if !ok {
			continue
		}
		number = strings.TrimSpace(number)
		if strings.Trim(number, "0123456789.") != "" {
			return 0, false
		}
		f, err := strconv.ParseFloat(number, 64)
		n := f * u.factor
		if err != nil || n != math.Trunc(n) || n > math.MaxInt32 {
			return 0, false
		}
		return int(n), true
	}
	if strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 32)
	return int(n), err == nil
}
