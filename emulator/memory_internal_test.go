package emulator

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"gantry/internal/hint"
)

// The next step after a panic leads to the world in which it happened, whatever
// other one the user's settings name.
func TestPanicNamesItsWorld(t *testing.T) {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://emulator.local/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	fault := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("a fault") })
	response, err := inMemory(fault, req, &Options{World: "scratch", Log: slog.New(slog.DiscardHandler)}, func() {})
	if err == nil {
		_ = response.Body.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "a fault") || !strings.HasSuffix(hint.Of(err), "gantry --local --world scratch emulator reset") {
		t.Errorf("error %v, hint %q", err, hint.Of(err))
	}
}
