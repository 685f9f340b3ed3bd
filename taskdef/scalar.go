package taskdef

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/awsapi/wire"
)

// scalar conforms a value that holds no other.
func (c *conformer) scalar(n *node, t reflect.Type, kind wire.Kind, s spot) *node {
	if n.kind == kindArray || n.kind == kindObject {
		return c.mismatch(n, kind.String(), s)
	}
	if n.kind == kindString {
		if !c.leftover(n, kind, s) {
			return nil
		}
	}
	switch kind {
	case wire.KindString, wire.KindEnum:
		return c.text(n, kind, s)
	case wire.KindInteger:
		return c.integer(n, deref(t).Bits(), s)
	case wire.KindBoolean:
		if n.kind == kindString {
			switch n.text { // yes and on are what older YAML made flags of
			case "true", "yes", "on":
				c.converted(n, s, "true")
				return &node{kind: kindBool, at: n.at, text: "true"}
			case "false", "no", "off":
				c.converted(n, s, "false")
				return &node{kind: kindBool, at: n.at, text: "false"}
			}
		}
		if n.kind != kindBool {
			return c.mismatch(n, kind.String(), s)
		}
	case wire.KindFloat:
		if n.kind == kindString && isNumber(n.text) {
			c.converted(n, s, "a number without quotes")
			return &node{kind: kindNumber, at: n.at, text: n.text}
		}
		if n.kind != kindNumber {
			return c.mismatch(n, kind.String(), s)
		}
	case wire.KindBlob:
		if n.kind != kindString {
			return c.mismatch(n, kind.String(), s)
		}
	}
	return n
}

func (c *conformer) converted(n *node, s spot, wanted string) {
	c.add(Warning, n.at, s.path, "", "%s: ECS wants %s here, got %s; it is converted", s.path, wanted, n.describe())
}

// text conforms to a string. People write ports and flags of the environment
// without quotes; the sizes of a task they may.
func (c *conformer) text(n *node, kind wire.Kind, s spot) *node {
	if n.kind == kindString {
		if n.text == "" && (kind == wire.KindEnum || !strings.ContainsAny(s.path, ".[")) {
			return nil
		}
		if size, ok := taskSize(s, n.text); ok {
			return &node{kind: kindString, at: n.at, text: size}
		}
		return n
	}
	out := &node{kind: kindString, at: n.at, text: n.text}
	if size, ok := taskSize(s, n.text); ok {
		out.text = size
		return out
	}
	c.converted(n, s, "a string")
	return out
}

// taskSize is the cpu or memory of a task (not of a container) as the API keeps
// it: units and MiB in decimal.
func taskSize(s spot, text string) (string, bool) {
	if s.owner != reflect.TypeFor[ecs.RegisterTaskDefinitionInput]() && s.owner != reflect.TypeFor[types.TaskOverride]() {
		return "", false
	}
	var n int
	ok := false
	switch s.member {
	case "cpu":
		n, ok = CPUUnits(text)
	case "memory":
		n, ok = MemoryMiB(text)
	}
	return strconv.Itoa(n), ok
}

func (c *conformer) integer(n *node, bits int, s spot) *node {
	out := &node{kind: kindNumber, at: n.at}
	switch n.kind {
	case kindNumber:
		i, ok := whole(n.text, bits)
		if !ok {
			return c.mismatch(n, fmt.Sprintf("an integer of %d bits", bits), s)
		}
		out.text = strconv.FormatInt(i, 10)
		return out
	case kindString:
		i, ok := whole(n.text, bits)
		ok = ok && isNumber(n.text) // not 007
		if size, isSize := containerSize(s, n.text); isSize {
			i, ok = int64(size), true
		}
		if !ok {
			return c.mismatch(n, "an integer", s)
		}
		out.text = strconv.FormatInt(i, 10)
		c.converted(n, s, "an integer")
		return out
	default:
		return c.mismatch(n, "an integer", s)
	}
}

// containerSize reads ".25 vCPU" and "0.5 GB" where a container has integers.
func containerSize(s spot, text string) (int, bool) {
	if s.owner != reflect.TypeFor[types.ContainerDefinition]() && s.owner != reflect.TypeFor[types.ContainerOverride]() {
		return 0, false
	}
	switch s.member {
	case "cpu":
		return CPUUnits(text)
	case "memory", "memoryReservation":
		return MemoryMiB(text)
	}
	return 0, false
}

// whole reads an integer, be it written as 256, 256.0 or 1e3.
func whole(text string, bits int) (int64, bool) {
	if n, err := strconv.ParseInt(text, 10, bits); err == nil {
		return n, true
	}
	const exact = 1 << 53
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || !isNumber(text) || f != math.Trunc(f) || math.Abs(f) > exact {
		return 0, false
	}
	n := int64(f)
	return n, bits == 64 || n >= -(1<<(bits-1)) && n < 1<<(bits-1)
}

// leftover judges a template marker that is left in a string. In a command, a
// label or an option of a log driver it may be meant; in a name it cannot be.
func (c *conformer) leftover(n *node, kind wire.Kind, s spot) bool {
	span := markerInText.FindStringIndex(n.text)
	if span == nil {
		return true
	}
	severity := Error
	switch {
	case kind != wire.KindString && kind != wire.KindEnum && kind != wire.KindInteger && kind != wire.KindBoolean:
		return true
	case kind != wire.KindString || namesSomething(s):
	case s.owner == reflect.TypeFor[types.KeyValuePair](), strings.HasPrefix(s.key, "awslogs-"):
		severity = Warning
	default:
		return true
	}
	c.add(severity, n.at, s.path, renderFirst, "%s: the marker %s is left over from a template", s.path, n.text[span[0]:span[1]])
	// A marker in a number or an enum leaves nothing to go on with.
	return kind == wire.KindString
}

// namesSomething tells the members that hold the name of a thing.
func namesSomething(s spot) bool {
	if s.key != "" {
		return false
	}
	switch s.member {
	case "family", "image", "name", "cpu", "memory", "valueFrom", "containerName", "sourceVolume", "credentialsParameter",
		"cluster", "service", "serviceName", "taskDefinition", "capacityProvider", "subnets", "securityGroups", "key":
		return true
	}
	return strings.HasSuffix(s.member, "Arn") || strings.HasSuffix(s.member, "Id")
}
