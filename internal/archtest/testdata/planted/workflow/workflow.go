package workflow

import (
	"context"
	"net/http"
	"os/exec"
	"sync"

	"planted/awsapi/wire"
	"planted/ecs"
	"planted/emulator/api"
)

// Busy is somebody's to change.
var Busy bool

var cache sync.Map

// Breach is not how workflow reaches the world; its context, its lock, its cache
// and the order of its maps are lawful.
func Breach(ctx context.Context, mu *sync.Mutex, m map[string]int) (*exec.Cmd, *http.Client) {
	for k := range m {
		cache.Store(k, ecs.ErrNone)
	}
	api.Serve(wire.Name)
	return nil, nil
}
