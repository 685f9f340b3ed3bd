package bench

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

const (
	region = "us-east-1"
	target = "AmazonEC2ContainerServiceV20141113."
)

// object is a JSON object.
type object map[string]any

// signed is a whole request as it goes over the wire: an operation of ECS with
// the signature of a client.
func signed(to *url.URL, operation string, in any) ([]byte, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	return sign(to, "ecs", body, http.Header{"X-Amz-Target": {target + operation}, "Content-Type": {"application/x-amz-json-1.1"}})
}

func sign(to *url.URL, service string, body []byte, head http.Header) ([]byte, error) {
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, to.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header = head
	r.Header.Set("User-Agent", "gantry-bench")
	sum := sha256.Sum256(body)
	keys := aws.Credentials{AccessKeyID: "bench", SecretAccessKey: "bench"}
	if err := v4.NewSigner().SignHTTP(r.Context(), keys, r, hex.EncodeToString(sum[:]), service, region, time.Now()); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = r.Write(&out)
	return out.Bytes(), err
}

// call sends one request outside of any measurement, and reads the answer into
// what out points to, or passes it over when out is nil.
func (s *server) call(operation string, in, out any) error {
	request, err := signed(s.url, operation, in)
	if err != nil {
		return err
	}
	var body bytes.Buffer
	status, err := s.own.do(request, &body)
	switch {
	case err != nil:
		return fmt.Errorf("%s of %s: %w", operation, s.name, err)
	case status/100 != 2:
		return fmt.Errorf("%s of %s was refused: %d %.400s", operation, s.name, status, body.String())
	case out == nil:
		return nil
	}
	if err := json.Unmarshal(body.Bytes(), out); err != nil {
		return fmt.Errorf("%s of %s: %w", operation, s.name, err)
	}
	return nil
}
