package emulator

import (
	"context"
	"net/http"

	"gantry/emulator/api"
)

// lasting ends the requests whose answers would last for as long as their clients
// listen.
type lasting struct {
	ended context.Context
	end   context.CancelFunc
}

func newLasting() lasting {
	ended, end := context.WithCancel(context.Background())
	return lasting{ended, end}
}

// handler is the handler with such requests ended in time; all others it leaves
// as they are.
func (l lasting) handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if api.Lasts(r) {
			ctx, cancel := context.WithCancel(r.Context())
			defer cancel()
			defer context.AfterFunc(l.ended, cancel)()
			r = r.WithContext(ctx)
		}
		next.ServeHTTP(w, r)
	})
}
