package ecs_test

import (
	"testing"

	"gantry/ecs"
)

func TestLoadBalancerEqual(t *testing.T) {
	plain := ecs.LoadBalancer{TargetGroupARN: "arn:blue", ContainerName: "app", ContainerPort: 80}
	shifting := func(alternate string) ecs.LoadBalancer {
		l := plain
		l.Advanced = &ecs.AdvancedConfiguration{AlternateTargetGroupARN: alternate}
		return l
	}
	other := plain
	other.ContainerPort = 81
	for _, c := range []struct {
		what string
		a, b ecs.LoadBalancer
		want bool
	}{
		{"the same", plain, plain, true},
		{"another port", plain, other, false},
		{"two equal advanced configurations", shifting("arn:green"), shifting("arn:green"), true},
		{"another alternate target group", shifting("arn:green"), shifting("arn:red"), false},
		{"one without", plain, shifting("arn:green"), false},
		{"one without, the other way", shifting("arn:green"), plain, false},
	} {
		if got := c.a.Equal(c.b); got != c.want {
			t.Errorf("%s: Equal is %v", c.what, got)
		}
	}
}
