package gate

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"gantry/ecs"
	"gantry/emulator/api"
	"gantry/emulator/pass"
	"gantry/emulator/registry"
)

// Pair is the access key that lets in.
type Pair struct{ AccessKeyID, SecretAccessKey string }

// Signed lets nobody through but those who sign with the pair, or with temporary
// credentials that were got with it (AWS Signature Version 4). The registry asks
// for the password of an authorization token, as ECR's does. Whether the world is
// there is told to everybody. now is the real time.
func Signed(next http.Handler, pair Pair, now func() time.Time) http.Handler {
	return &checked{next: next, pair: pair, key: pass.KeyOf(pair.SecretAccessKey), now: now}
}

type checked struct {
	next http.Handler
	pair Pair
	key  pass.Key
	now  func() time.Time
}

func (g *checked) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r = r.Clone(r.Context())
	r.Header.Set(api.SealHeader, g.key.String())
	switch {
	case r.URL.Path == api.PathHealth:
	case r.URL.Path == "/v2" || strings.HasPrefix(r.URL.Path, "/v2/"):
		if !g.admits(r) {
			registry.Challenge(w, r)
			return
		}
	default:
		body, err := api.ReadRequest(r)
		r.Body = io.NopCloser(bytes.NewReader(body))
		if err == nil {
			err = g.verify(r, body)
		}
		if err != nil {
			api.Refuse(w, r, err)
			return
		}
	}
	g.next.ServeHTTP(w, r)
}

// admits reports whether a request to the registry has a password of it, or names
// a layer by the URL that ECR gave for it.
func (g *checked) admits(r *http.Request) bool {
	if user, password, ok := r.BasicAuth(); ok {
		return user == "AWS" && g.key.Permits(api.PermitRegistry, password, g.now()) == nil
	}
	given := r.URL.Query().Get(api.PermitParameter)
	return given != "" && (r.Method == http.MethodGet || r.Method == http.MethodHead) &&
		g.key.Permits(r.URL.Path, given, g.now()) == nil
}

// verify makes the signature again that a request should have.
func (g *checked) verify(r *http.Request, body []byte) error {
	c, err := claimOf(r)
	if err != nil {
		return err
	}
	secret, err := g.secret(c)
	if err != nil {
		return err
	}
	if err := c.timely(g.now()); err != nil {
		return err
	}
	if service := api.SignedFor(r, body); service != "" && c.service != service {
		return wrong("Credential should be scoped to correct service: '%s'.", service)
	}
	if err := c.covers(r.Header); err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	again, err := c.sign(r, aws.Credentials{AccessKeyID: c.keyID, SecretAccessKey: secret, SessionToken: c.token}, hex.EncodeToString(sum[:]))
	if err != nil || !hmac.Equal([]byte(again), []byte(c.signature)) {
		return wrong("The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and " +
			"signing method. Consult the service documentation for details.")
	}
	return nil
}

// secret is the secret of the access key that a claim names.
func (g *checked) secret(c *claim) (string, error) {
	if c.token == "" && hmac.Equal([]byte(c.keyID), []byte(g.pair.AccessKeyID)) {
		return g.pair.SecretAccessKey, nil
	}
	secret, err := g.key.Secret(c.keyID, c.token, g.now())
	if errors.Is(err, pass.ErrExpired) {
		return "", &ecs.Error{Code: api.CodeExpiredToken, Message: "The security token included in the request is expired"}
	} else if err != nil {
		return "", &ecs.Error{Code: api.CodeUnrecognizedClient, Message: "The security token included in the request is invalid."}
	}
	return secret, nil
}

// sign lets the SDK sign what the claim says is signed. The hash is that of the
// body as it came: none of the services here takes a payload that is not signed.
// A signer is made for each request, because it remembers keys by their ids.
func (c *claim) sign(r *http.Request, with aws.Credentials, hash string) (string, error) {
	again := &http.Request{Method: r.Method, Host: r.Host, Header: http.Header{}, URL: &url.URL{
		Host: r.Host, Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery,
	}}
	for _, name := range c.headers {
		switch name {
		case "host", "x-amz-date":
		case "content-length":
			again.ContentLength = r.ContentLength
		default:
			if values := r.Header.Values(name); len(values) > 0 {
				again.Header[http.CanonicalHeaderKey(name)] = values
			}
		}
	}
	if !c.presigned {
		if err := v4.NewSigner().SignHTTP(context.Background(), with, again, hash, c.service, c.region, c.at); err != nil {
			return "", err
		}
		_, signature, _ := strings.Cut(again.Header.Get("Authorization"), "Signature=")
		return signature, nil
	}
	query := again.URL.Query()
	query.Del("X-Amz-Signature")
	again.URL.RawQuery = query.Encode()
	signed, _, err := v4.NewSigner().PresignHTTP(context.Background(), with, again, hash, c.service, c.region, c.at)
	if err != nil {
		return "", err
	}
	_, signature, _ := strings.Cut(signed, "X-Amz-Signature=")
	return signature, nil
}
