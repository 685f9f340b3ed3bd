package taskdef

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/engine/query"
)

// byName finds the containers of the task; of two with one name the first.
func (c *checker) byName() map[string]*types.ContainerDefinition {
	names := map[string]*types.ContainerDefinition{}
	for i := range c.in.ContainerDefinitions {
		d := &c.in.ContainerDefinitions[i]
		if _, ok := names[str(d.Name)]; !ok {
			names[str(d.Name)] = d
		}
	}
	return names
}

// dependencies checks what containers want of each other (ECS semantics 5.5).
func (c *checker) dependencies() {
	names := c.byName()
	for i := range c.in.ContainerDefinitions {
		d, path := &c.in.ContainerDefinitions[i], containerPath(i)
		for j := range d.DependsOn {
			c.dependency(&d.DependsOn[j], fmt.Sprintf("%s.dependsOn[%d]", path, j), names)
		}
		for j, link := range d.Links {
			name, _, _ := strings.Cut(link, ":")
			if names[name] == nil {
				c.fail(fmt.Sprintf("%s.links[%d]", path, j), "Cannot link to container %s because it does not exist", name)
			}
		}
		for j := range d.VolumesFrom {
			if name := str(d.VolumesFrom[j].SourceContainer); names[name] == nil {
				c.fail(fmt.Sprintf("%s.volumesFrom[%d].sourceContainer", path, j), "Cannot mount volumes from container %s because it does not exist", name)
			}
		}
	}
	if loop := c.dependencyLoop(names); len(loop) > 0 {
		c.fail(containerPath(c.index(loop[0]))+".dependsOn", "The containers depend on each other in a circle: %s", strings.Join(loop, " -> "))
	}
}

func (c *checker) index(name string) int {
	for i := range c.in.ContainerDefinitions {
		if str(c.in.ContainerDefinitions[i].Name) == name {
			return i
		}
	}
	return 0
}

func (c *checker) dependency(d *types.ContainerDependency, path string, names map[string]*types.ContainerDefinition) {
	name := str(d.ContainerName)
	on := names[name]
	if on == nil || name == "" {
		f := c.fail(path+".containerName", "Cannot depend on container %s because it does not exist", name)
		var known []string
		for i := range c.in.ContainerDefinitions {
			known = append(known, str(c.in.ContainerDefinitions[i].Name))
		}
		if near := Nearest(name, known); near != "" {
			f.Hint = fmt.Sprintf("did you mean %q?", near)
		}
		return
	}
	switch d.Condition {
	case "":
		c.fail(path+".condition", "a dependency needs a condition: START, COMPLETE, SUCCESS or HEALTHY")
	case types.ContainerConditionSuccess, types.ContainerConditionComplete:
		if isEssential(on) {
			c.fail(path+".condition", "A dependency container with SUCCESS or COMPLETE condition cannot be an essential container").
				Hint = fmt.Sprintf(`set "essential": false on the container %q`, name)
		}
	case types.ContainerConditionHealthy:
		if on.HealthCheck == nil {
			c.fail(path+".condition", "A dependency container with HEALTHY condition must have health check configured").
				Hint = fmt.Sprintf("give the container %q a healthCheck, or use START", name)
		}
	}
}

// dependencyLoop returns the names along a circle of dependencies, the first of
// them again at the end, or nil.
func (c *checker) dependencyLoop(names map[string]*types.ContainerDefinition) []string {
	const (
		unseen = iota
		open
		done
	)
	state := map[string]int{}
	var trail []string
	var visit func(name string) []string
	visit = func(name string) []string {
		d := names[name]
		if d == nil || state[name] == done {
			return nil
		}
		trail = append(trail, name)
		if state[name] == open {
			for i := range trail {
				if trail[i] == name {
					return trail[i:]
				}
			}
		}
		state[name] = open
		for i := range d.DependsOn {
			if loop := visit(str(d.DependsOn[i].ContainerName)); loop != nil {
				return loop
			}
		}
		trail = trail[:len(trail)-1]
		state[name] = done
		return nil
	}
	for i := range c.in.ContainerDefinitions {
		if loop := visit(str(c.in.ContainerDefinitions[i].Name)); loop != nil {
			return loop
		}
	}
	return nil
}

// constraints checks the placement constraints and their expressions.
func (c *checker) constraints() {
	if n := len(c.in.PlacementConstraints); n > maxConstraints {
		c.fail("placementConstraints", "a task definition has at most %d placement constraints, this one has %d", maxConstraints, n)
	}
	for i := range c.in.PlacementConstraints {
		p, path := &c.in.PlacementConstraints[i], fmt.Sprintf("placementConstraints[%d]", i)
		if p.Type == "" {
			c.fail(path+".type", "a placement constraint needs a type: memberOf")
			continue
		}
		if p.Type != types.TaskDefinitionPlacementConstraintTypeMemberOf {
			continue // enums has said so
		}
		if strings.TrimSpace(str(p.Expression)) == "" {
			c.fail(path+".expression", "a memberOf constraint needs an expression").Hint = "for example attribute:ecs.instance-type =~ t3.*"
			continue
		}
		_, err := query.Parse(str(p.Expression))
		var syntax *query.SyntaxError
		if errors.As(err, &syntax) {
			f := c.fail(path+".expression", "Invalid constraint expression, %s", syntax.Error())
			f.Hint, f.within = syntax.Mark(), utf8.RuneCountInString(syntax.Expr[:min(syntax.Offset, len(syntax.Expr))])
		}
	}
}

// others checks the members that concern no other.
func (c *checker) others() {
	if len(c.in.InferenceAccelerators) > 0 { //nolint:staticcheck // the member is gone from ECS, which is what is said to who still has it
		c.fail("inferenceAccelerators", "Unsupported field 'inferenceAccelerators'")
	}
	if e := c.in.EphemeralStorage; e != nil {
		switch {
		case e.SizeInGiB < minEphemeralGiB:
			c.fail("ephemeralStorage.sizeInGiB", "EphemeralStorage size should be at least %d", minEphemeralGiB)
		case e.SizeInGiB > maxEphemeralGiB:
			c.fail("ephemeralStorage.sizeInGiB", "EphemeralStorage size should be at most %d", maxEphemeralGiB)
		}
	}
	c.role("taskRoleArn", str(c.in.TaskRoleArn))
	c.role("executionRoleArn", str(c.in.ExecutionRoleArn))
	if p := c.in.ProxyConfiguration; p != nil && c.byName()[str(p.ContainerName)] == nil {
		c.fail("proxyConfiguration.containerName", "The proxy container %s does not exist", str(p.ContainerName))
	}
	for i := range c.in.ContainerDefinitions {
		d, path := &c.in.ContainerDefinitions[i], containerPath(i)
		c.health(d.HealthCheck, path+".healthCheck")
		c.restart(d.RestartPolicy, path+".restartPolicy")
		for j, u := range d.Ulimits {
			if u.Name == "" {
				c.fail(fmt.Sprintf("%s.ulimits[%d].name", path, j), "a ulimit needs a name")
			}
			if u.HardLimit >= 0 && u.SoftLimit > u.HardLimit {
				c.fail(fmt.Sprintf("%s.ulimits[%d].softLimit", path, j), "the soft limit of %s is above its hard limit", u.Name)
			}
		}
		for j, r := range d.ResourceRequirements {
			at := fmt.Sprintf("%s.resourceRequirements[%d]", path, j)
			if r.Type == "" {
				c.fail(at+".type", "a resource requirement needs a type, for example GPU")
			}
			if n, ok := whole(str(r.Value), 32); r.Type == types.ResourceTypeGpu && (!ok || n < 1) {
				c.fail(at+".value", "a GPU requirement needs a whole number of GPUs, got %q", str(r.Value))
			}
		}
	}
}

// role checks the little that can be said about a role by its name. A task role
// may be given by its short name.
func (c *checker) role(member, role string) {
	if strings.ContainsAny(role, " \t\r\n") || strings.HasPrefix(role, "arn:") && !strings.Contains(role, ":role/") {
		c.fail(member, "Role is not valid").Hint = "a role is arn:aws:iam::ACCOUNT:role/NAME"
	}
}

func (c *checker) health(h *types.HealthCheck, path string) {
	if h == nil {
		return
	}
	if len(h.Command) == 0 {
		c.fail(path+".command", "a health check needs a command").Hint = `for example ["CMD-SHELL", "curl -f http://localhost/ || exit 1"]`
	} else if first := h.Command[0]; first != "CMD" && first != "CMD-SHELL" && first != "NONE" {
		c.warn(path+".command", "the command of a health check begins with CMD or CMD-SHELL, this one with %q", first)
	}
	c.within(path+".interval", "interval", h.Interval, 5, 300)
	c.within(path+".timeout", "timeout", h.Timeout, 2, 60)
	c.within(path+".retries", "retries", h.Retries, 1, 10)
	c.within(path+".startPeriod", "startPeriod", h.StartPeriod, 0, 300)
}

func (c *checker) within(path, member string, value *int32, low, high int32) {
	if value != nil && (*value < low || *value > high) {
		c.fail(path, "Invalid '%s' setting: it takes %d to %d, got %d", member, low, high, *value)
	}
}

func (c *checker) restart(r *types.ContainerRestartPolicy, path string) {
	if r == nil {
		return
	}
	const maxIgnored = 50
	if r.Enabled == nil {
		c.fail(path+".enabled", "a restart policy needs enabled, true or false")
	}
	c.within(path+".restartAttemptPeriod", "restartAttemptPeriod", r.RestartAttemptPeriod, 60, 1800)
	if len(r.IgnoredExitCodes) > maxIgnored {
		c.fail(path+".ignoredExitCodes", "a restart policy ignores at most %d exit codes, this one %d", maxIgnored, len(r.IgnoredExitCodes))
	}
}
