package taskdef

import (
	"fmt"
	"slices"
	"strings"
)

// The range of cpu of a task outside of Fargate (ECS semantics 3.5
// [API:RegisterTaskDefinition]).
const (
	minTaskCPU = 128
	maxTaskCPU = 196608
)

// fargateSize is a row of the table of ECS semantics 3.5 [DG: task definition
// parameters]: the memory that goes with an amount of cpu.
type fargateSize struct {
	cpu               int
	first, last, step int // MiB
}

func fargateSizes() []fargateSize {
	return []fargateSize{
		{256, 512, 2048, 0}, // doubles: 512, 1024, 2048
		{512, 1024, 4096, 1024},
		{1024, 2048, 8192, 1024},
		{2048, 4096, 16384, 1024},
		{4096, 8192, 30720, 1024},
		{8192, 16384, 61440, 4096},
		{16384, 32768, 122880, 8192},
	}
}

func (s fargateSize) holds(memory int) bool {
	if memory < s.first || memory > s.last {
		return false
	}
	if s.step == 0 {
		return memory == 512 || memory == 1024 || memory == 2048
	}
	return memory%s.step == 0
}

func (s fargateSize) String() string {
	if s.step == 0 {
		return "512, 1024 or 2048"
	}
	return fmt.Sprintf("%d to %d in steps of %d", s.first, s.last, s.step)
}

// taskSizes checks cpu and memory of the task and what the containers take of
// them.
func (c *checker) taskSizes() {
	cpu, cpuOK := c.taskSize("cpu", str(c.in.Cpu), CPUUnits)
	memory, memoryOK := c.taskSize("memory", str(c.in.Memory), MemoryMiB)
	if c.fargate {
		c.fargateSize(cpu, cpuOK, memory, memoryOK)
	} else if cpuOK && cpu != 0 && (cpu < minTaskCPU || cpu > maxTaskCPU) {
		c.badSize("cpu").Hint = fmt.Sprintf("cpu is %d to %d units (1024 are one vCPU), got %d", minTaskCPU, maxTaskCPU, cpu)
	}
	sumCPU, sumMemory := 0, 0
	for i := range c.in.ContainerDefinitions {
		d := &c.in.ContainerDefinitions[i]
		sumCPU += int(max(0, d.Cpu))
		reserved := num(d.Memory)
		if num(d.MemoryReservation) > 0 {
			reserved = *d.MemoryReservation
		}
		sumMemory += int(max(0, reserved))
		if memoryOK && memory > 0 && int(num(d.Memory)) > memory {
			c.fail(containerPath(i)+".memory", "The 'memory' setting for container '%s' is greater than for the task", str(d.Name)).
				Hint = fmt.Sprintf("the task has %d MiB", memory)
		}
	}
	if cpuOK && cpu > 0 && sumCPU > cpu {
		c.fail("cpu", "The sum of all container 'cpu' values cannot be greater than the task-level 'cpu' value").
			Hint = fmt.Sprintf("the containers ask for %d units of the task's %d", sumCPU, cpu)
	}
	if memoryOK && memory > 0 && sumMemory > memory {
		c.fail("memory", "The sum of all container 'memory' values cannot be greater than the task-level 'memory' value").
			Hint = fmt.Sprintf("the containers ask for %d MiB of the task's %d (memoryReservation counts before memory)", sumMemory, memory)
	}
}

func (c *checker) taskSize(member, text string, read func(string) (int, bool)) (int, bool) {
	if text == "" {
		return 0, true
	}
	n, ok := read(text)
	if !ok || n == 0 {
		f := c.badSize(member)
		f.Hint = fmt.Sprintf("%q is not an amount of cpu; write units (256) or vCPUs (.25 vCPU)", text)
		if member == "memory" {
			f.Hint = fmt.Sprintf("%q is not an amount of memory; write MiB (512) or GB (0.5 GB)", text)
		}
		return 0, false
	}
	return n, true
}

func (c *checker) badSize(member string) *Finding {
	return c.fail(member, "Invalid '%s' setting for task. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.", member)
}

func (c *checker) fargateSize(cpu int, cpuOK bool, memory int, memoryOK bool) {
	sizes := fargateSizes()
	if cpuOK && cpu == 0 {
		c.fail("cpu", "Fargate requires that 'cpu' be defined at the task level.").Hint = `for example "cpu": "256"`
	}
	if memoryOK && memory == 0 {
		c.fail("memory", "Fargate requires that 'memory' be defined at the task level.").Hint = `for example "memory": "512"`
	}
	if cpu == 0 || memory == 0 {
		return
	}
	at := slices.IndexFunc(sizes, func(s fargateSize) bool { return s.cpu == cpu })
	if at < 0 {
		var known []string
		for _, s := range sizes {
			known = append(known, fmt.Sprint(s.cpu))
		}
		c.noFargate("cpu").Hint = fmt.Sprintf("cpu is one of %s, got %d", strings.Join(known, ", "), cpu)
		return
	}
	if !sizes[at].holds(memory) {
		c.noFargate("memory").Hint = fmt.Sprintf("with cpu %d the memory is %s MiB, got %d", cpu, sizes[at], memory)
		return
	}
	const windowsLeast = 1024
	if r := c.in.RuntimePlatform; r != nil && strings.HasPrefix(string(r.OperatingSystemFamily), "WINDOWS") && cpu < windowsLeast {
		c.noFargate("cpu").Hint = fmt.Sprintf("Windows needs cpu %d or more, got %d", windowsLeast, cpu)
	}
}

func (c *checker) noFargate(path string) *Finding {
	return c.fail(path, "No Fargate configuration exists for given values.")
}
