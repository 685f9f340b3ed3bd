package emulator_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

// TestSlowSnapshot is that the world goes on, and its file grows, while somebody
// takes his time to read a snapshot.
func TestSlowSnapshot(t *testing.T) {
	r := ephemeral(t)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://emulator.local/_gantry/snapshot", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response := must[*http.Response](t)(r.http.Do(req))
	defer response.Body.Close()
	if _, err := response.Body.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for i := range 300 {
		_, err := r.ssm().PutParameter(ctx, &ssm.PutParameterInput{Name: aws.String(fmt.Sprint("p", i)), Type: "String", Value: aws.String(strings.Repeat("x", 4000))})
		if err != nil {
			t.Fatalf("after %d changes: %v", i, err)
		}
	}
}
