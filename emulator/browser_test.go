package emulator_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gantry/emulator"
)

// Scripts in a browser get nothing from a world that is served, neither from
// another host's page nor under another host's name.
func TestBrowsersStayOut(t *testing.T) {
	a, err := emulator.Attach(t.Context(), emulator.Options{Dir: t.TempDir(), Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	server := httptest.NewServer(a.Handler())
	t.Cleanup(server.Close)
	for _, tt := range []struct {
		host, origin string
		status       int
	}{
		{"", "", http.StatusOK},
		{"stream-127.0.0.1:4599", "", http.StatusOK},
		{"data-localhost:4599", "", http.StatusOK},
		{"stream-127.0.0.1.evil.example", "", http.StatusForbidden},
		{"127.0.0.1-evil.example", "", http.StatusForbidden},
		{"localhost:4599", "", http.StatusOK},
		{"LOCALHOST", "", http.StatusOK},
		{"[::1]:4599", "", http.StatusOK},
		{"gantry:4599", "", http.StatusOK},
		{"host.docker.internal:4599", "", http.StatusOK},
		{"123456789012.dkr.ecr.us-east-1.amazonaws.com", "", http.StatusOK},
		{"stream-localhost:4599", "", http.StatusOK},
		{"streaming-127.0.0.1:4599", "", http.StatusOK},
		{"stream-logs.us-east-1.amazonaws.com", "", http.StatusOK},
		{"evil.example", "", http.StatusForbidden},
		{"stream-evil.example", "", http.StatusForbidden},
		{"evil.example:4599", "", http.StatusForbidden},
		{"127.0.0.1.evil.example", "", http.StatusForbidden},
		{"amazonaws.com.evil.example", "", http.StatusForbidden},
		{"", "https://evil.example", http.StatusForbidden},
		{"", "null", http.StatusForbidden},
		{"localhost", "http://localhost", http.StatusForbidden},
	} {
		for _, path := range []string{"/_gantry/world", "/v2/"} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Host = tt.host
			if tt.origin != "" {
				req.Header.Set("Origin", tt.origin)
			}
			response, err := server.Client().Do(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			if response.StatusCode != tt.status {
				t.Errorf("%s of host %q and origin %q: status %d, want %d", path, tt.host, tt.origin, response.StatusCode, tt.status)
			}
			if tt.status == http.StatusForbidden && !strings.Contains(response.Header.Get("Content-Type"), "json") {
				t.Errorf("the refusal is %s", response.Header.Get("Content-Type"))
			}
		}
	}
}

// A browser says of whose page a request is, and asks before a script's; both are
// refused at every route, and never is a page allowed anything.
func TestPagesStayOut(t *testing.T) {
	world, err := emulator.New(emulator.Options{Dir: t.TempDir(), Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = world.Close() })
	server := httptest.NewServer(world)
	t.Cleanup(server.Close)
	for _, path := range []string{
		"/", "/_gantry/health", "/_gantry/reset", "/_gantry/nothing", "/v2/", "/v2/web/manifests/latest", "/service/GraniteServiceVersion20100801/operation/ListMetrics",
	} {
		for _, tt := range []struct {
			method, header, value string
			refused               bool
		}{
			{http.MethodGet, "Sec-Fetch-Site", "none", false},
			{http.MethodGet, "Sec-Fetch-Site", "cross-site", true},
			{http.MethodPost, "Sec-Fetch-Site", "same-site", true},
			{http.MethodGet, "Sec-Fetch-Site", "same-origin", true},
			{http.MethodOptions, "Access-Control-Request-Method", "POST", true},
			{http.MethodPost, "Origin", "https://evil.example", true},
		} {
			req, err := http.NewRequestWithContext(t.Context(), tt.method, server.URL+path, strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set(tt.header, tt.value)
			response, err := server.Client().Do(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			if refused := response.StatusCode == http.StatusForbidden; refused != tt.refused {
				t.Errorf("%s %s with %s %s: status %d", tt.method, path, tt.header, tt.value, response.StatusCode)
			}
			for name := range response.Header {
				if strings.HasPrefix(name, "Access-Control-Allow") {
					t.Errorf("%s %s: %s", tt.method, path, name)
				}
			}
		}
	}
}
