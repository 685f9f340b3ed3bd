package emulator_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// A request that is larger than any that a client has to send is refused in the
// words of its protocol, without being read.
func TestRequestsHaveALimit(t *testing.T) {
	r := ephemeral(t)
	big := strings.Repeat(" ", 32<<20) + "{}"
	for _, tt := range []struct{ path, target, kind, code string }{
		{"/", targetECS + "ListClusters", "", `"__type":"RequestEntityTooLargeException"`},
		{"/", "secretsmanager.ListSecrets", "", `"__type":"RequestEntityTooLargeException"`},
		{"/", "", "application/x-www-form-urlencoded", "<Code>RequestEntityTooLarge</Code>"},
		{"/_gantry/clock", "", "", `"__type":"RequestEntityTooLargeException"`},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://emulator.local"+tt.path, strings.NewReader(big))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Amz-Target", tt.target)
		req.Header.Set("Content-Type", tt.kind)
		for _, known := range []bool{true, false} {
			again := req.Clone(t.Context())
			again.Body, _ = req.GetBody()
			if !known {
				again.ContentLength = -1
			}
			response, err := r.http.Do(again)
			if err != nil {
				t.Fatal(err)
			}
			body := readAll(t, response)
			if response.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(body, tt.code) {
				t.Errorf("%s %s: %d %.200s", tt.path, tt.target, response.StatusCode, body)
			}
		}
	}
}

func readAll(t *testing.T, response *http.Response) string {
	t.Helper()
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
