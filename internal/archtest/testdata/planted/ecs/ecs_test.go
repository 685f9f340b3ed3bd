package ecs

import (
	"os"
	"testing"
	"time"
)

func TestMayTouchTheWorld(t *testing.T) {
	for k := range map[string]int{os.Args[0]: 1} {
		t.Log(k, time.Now())
	}
}
