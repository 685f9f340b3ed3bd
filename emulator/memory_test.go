package emulator_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"gantry/emulator"
)

// An answer that a client gave up on keeps nobody waiting.
func TestAbandonedAnswer(t *testing.T) {
	a, err := emulator.Attach(t.Context(), emulator.Options{Dir: t.TempDir(), Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://emulator.local/_gantry/world", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := a.RoundTripper().RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	cancel() // nothing of the body was read
	began := time.Now()
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("closing the world took %s", took)
	}
}
