package awsapi

import (
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
)

// hosts notes where requests would go.
type hosts []string

func (h *hosts) RoundTrip(r *http.Request) (*http.Response, error) {
	*h = append(*h, r.URL.Host)
	return nil, http.ErrNotSupported
}

// What has an endpoint of its own is asked there, and not at stream-HOST; AWS's
// own endpoint keeps the prefix.
func TestHostPrefix(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "any")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "any")
	t.Setenv("AWS_CONFIG_FILE", t.TempDir()+"/none")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", t.TempDir()+"/none")
	for endpoint, want := range map[string]string{
		"http://127.0.0.1:4599": "127.0.0.1:4599",
		"":                      "stream-logs.us-east-1.amazonaws.com",
	} {
		c, err := New(t.Context(), Options{EndpointURL: endpoint, Region: "us-east-1"})
		if err != nil {
			t.Fatal(err)
		}
		var asked hosts
		_, _ = c.logs.StartLiveTail(t.Context(), &cloudwatchlogs.StartLiveTailInput{LogGroupIdentifiers: []string{"arn"}}, func(o *cloudwatchlogs.Options) {
			o.HTTPClient, o.RetryMaxAttempts = &http.Client{Transport: &asked}, 1
		}) // nobody answers
		if got := strings.Join(asked, " "); got != want {
			t.Errorf("endpoint %q: asked %q, want %q", endpoint, got, want)
		}
	}
}
