package gate_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"pgregory.net/rapid"

	"gantry/emulator/gate"
)

const (
	formType = "application/x-www-form-urlencoded"
	jsonType = "application/x-amz-json-1.1"
	cborPath = "/service/GraniteServiceVersion20100801/operation/ListMetrics"
)

func pair() gate.Pair {
	return gate.Pair{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
}

func noon() time.Time { return time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC) }

// through is a gate at noon, with a world behind it that answers 204 to everybody
// who came in.
func through() http.Handler {
	return gate.Signed(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, r.Body)
		w.WriteHeader(http.StatusNoContent)
	}), pair(), noon)
}

// order is a request of a service before it is signed.
type order struct {
	service, path, body string
	header              map[string]string
	at                  time.Time
	with                aws.Credentials
	region              string
}

func ecsOrder() order {
	return order{
		service: "ecs", path: "/", body: `{"cluster":"demo"}`, at: noon(), region: "us-east-1",
		header: map[string]string{"X-Amz-Target": "AmazonEC2ContainerServiceV20141113.ListTasks", "Content-Type": jsonType},
		with:   aws.Credentials{AccessKeyID: pair().AccessKeyID, SecretAccessKey: pair().SecretAccessKey},
	}
}

func ofForm(service, version string) order {
	o := ecsOrder()
	o.service, o.body = service, "Action=X&Version="+version
	o.header = map[string]string{"Content-Type": formType}
	return o
}

func ofCBOR() order {
	o := ecsOrder()
	o.service, o.path, o.body = "monitoring", cborPath, "\xa0"
	o.header = map[string]string{"Smithy-Protocol": "rpc-v2-cbor", "Content-Type": "application/cbor"}
	return o
}

func (o order) request(t testing.TB) *http.Request {
	r, err := http.NewRequest(http.MethodPost, "http://127.0.0.1:4599"+o.path, strings.NewReader(o.body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range o.header {
		r.Header.Set(name, value)
	}
	return r
}

func hashOf(body string) string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:])
}

func (o order) signed(t testing.TB) *http.Request {
	r := o.request(t)
	if err := v4.NewSigner().SignHTTP(context.Background(), o.with, r, hashOf(o.body), o.service, o.region, o.at); err != nil {
		t.Fatal(err)
	}
	return r
}

// sent is the answer of a gate.
func sent(gate http.Handler, r *http.Request) *httptest.ResponseRecorder {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	answer := httptest.NewRecorder()
	gate.ServeHTTP(answer, r)
	return answer
}

// Requests in every protocol are let in with the right signature, and with a
// wrong one refused in the words of each.
func TestSignatures(t *testing.T) {
	g := through()
	protocols := map[string]order{"json": ecsOrder(), "query": ofForm("sts", "2011-06-15"), "ec2": ofForm("ec2", "2016-11-15"), "cbor": ofCBOR()}
	for name, o := range protocols {
		if answer := sent(g, o.signed(t)); answer.Code >= 300 {
			t.Errorf("%s: %d %s", name, answer.Code, answer.Body)
		}
	}
	for _, tt := range []struct {
		what   string
		change func(*order)
		after  func(*http.Request)
		want   map[string]string // STATUS CODE
		says   string
	}{
		{
			what: "wrong secret", change: func(o *order) { o.with.SecretAccessKey = "other" },
			want: map[string]string{"json": "400 InvalidSignatureException", "query": "403 SignatureDoesNotMatch", "ec2": "401 AuthFailure", "cbor": "400 InvalidSignatureException"},
			says: "The request signature we calculated does not match",
		},
		{
			what: "wrong key", change: func(o *order) { o.with.AccessKeyID = "AKIDOTHER" },
			want: map[string]string{"json": "400 UnrecognizedClientException", "query": "403 InvalidClientTokenId", "ec2": "401 AuthFailure", "cbor": "400 UnrecognizedClientException"},
			says: "The security token included in the request is invalid.",
		},
		{
			what: "no signature", after: func(r *http.Request) { r.Header.Del("Authorization") },
			want: map[string]string{"json": "400 MissingAuthenticationTokenException", "query": "403 MissingAuthenticationToken", "ec2": "401 AuthFailure", "cbor": "400 MissingAuthenticationTokenException"},
			says: "Missing Authentication Token",
		},
		{
			what: "changed body", after: func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader("Action=Y&Version=2011-06-15")) },
			want: map[string]string{"json": "400 InvalidSignatureException", "query": "403 SignatureDoesNotMatch", "cbor": "400 InvalidSignatureException"},
		},
		{
			what: "stale", change: func(o *order) { o.at = noon().Add(-15*time.Minute - time.Second) },
			want: map[string]string{"json": "400 InvalidSignatureException", "query": "403 SignatureDoesNotMatch", "ec2": "400 RequestExpired", "cbor": "400 InvalidSignatureException"},
			says: "Signature expired: 20261125T114459Z is now earlier than 20261125T114500Z (20261125T120000Z - 15 min.)",
		},
		{
			what: "of the future", change: func(o *order) { o.at = noon().Add(15*time.Minute + time.Second) },
			want: map[string]string{"json": "400 InvalidSignatureException", "query": "403 SignatureDoesNotMatch"},
			says: "Signature not yet current: 20261125T121501Z is still later than 20261125T121500Z",
		},
		{
			what: "another service", change: func(o *order) { o.service = "s3" },
			want: map[string]string{"json": "400 InvalidSignatureException", "query": "403 SignatureDoesNotMatch", "ec2": "401 AuthFailure"},
			says: "Credential should be scoped to correct service: ",
		},
		{
			what: "half a header", after: func(r *http.Request) { r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=a/b/c/d/e") },
			want: map[string]string{"json": "400 IncompleteSignatureException", "query": "400 IncompleteSignature", "ec2": "400 IncompleteSignature"},
			says: "Authorization header requires &#39;Signature&#39; parameter.",
		},
	} {
		for protocol, want := range tt.want {
			o := protocols[protocol]
			if tt.change != nil {
				tt.change(&o)
			}
			r := o.signed(t)
			if tt.after != nil {
				tt.after(r)
			}
			answer := sent(g, r)
			status, code, _ := strings.Cut(want, " ")
			body := answer.Body.String()
			if fmt.Sprint(answer.Code) != status || !strings.Contains(body, code) {
				t.Errorf("%s in %s: %d %q, want %s", tt.what, protocol, answer.Code, body, want)
			}
			if says := strings.ReplaceAll(tt.says, "&#39;", "'"); protocol != "ec2" && !strings.Contains(strings.ReplaceAll(body, "&#39;", "'"), says) {
				t.Errorf("%s in %s: %q does not say %q", tt.what, protocol, body, says)
			}
		}
	}
}

// What is signed has to be all that decides, and signed once.
func TestWhatHasToBeSigned(t *testing.T) {
	g := through()
	for name, change := range map[string]func(*http.Request){
		"a header of AWS's that is not signed": func(r *http.Request) { r.Header.Set("X-Amz-Other", "x") },
		"another target": func(r *http.Request) {
			r.Header.Set("X-Amz-Target", "AmazonEC2ContainerServiceV20141113.DeleteCluster")
		},
		"another host":                func(r *http.Request) { r.Host = "127.0.0.1:4600" },
		"another path":                func(r *http.Request) { r.URL.Path = "/_gantry/reset" },
		"another method":              func(r *http.Request) { r.Method = http.MethodPut },
		"a query":                     func(r *http.Request) { r.URL.RawQuery = "a=b" },
		"a second signature":          func(r *http.Request) { r.Header.Add("Authorization", r.Header.Get("Authorization")) },
		"a signature in the URL, too": func(r *http.Request) { r.URL.RawQuery = "X-Amz-Signature=x" },
		"a second credential": func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "Credential=", "XCredential=999999999999/20261125/us-east-1/ecs/aws4_request, Credential=", 1))
		},
		"a payload that is not signed": func(r *http.Request) { r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD") },
	} {
		r := ecsOrder().signed(t)
		change(r)
		if answer := sent(g, r); answer.Code < 400 {
			t.Errorf("%s: %d", name, answer.Code)
		}
	}
	// UNSIGNED-PAYLOAD is for S3, even when that is what was signed.
	o := ecsOrder()
	r := o.request(t)
	r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
	if err := v4.NewSigner().SignHTTP(t.Context(), o.with, r, "UNSIGNED-PAYLOAD", o.service, o.region, o.at); err != nil {
		t.Fatal(err)
	}
	if answer := sent(g, r); answer.Code != http.StatusBadRequest {
		t.Errorf("an unsigned payload: %d", answer.Code)
	}
}

// presigned is the URL of an order.
func (o order) presigned(t testing.TB, lasts string) *http.Request {
	r, err := http.NewRequest(http.MethodGet, "http://127.0.0.1:4599"+o.path, nil)
	if err != nil {
		t.Fatal(err)
	}
	query := r.URL.Query()
	if lasts != "" {
		query.Set("X-Amz-Expires", lasts)
	}
	r.URL.RawQuery = query.Encode()
	signed, _, err := v4.NewSigner().PresignHTTP(context.Background(), o.with, r, hashOf(""), o.service, o.region, o.at)
	if err != nil {
		t.Fatal(err)
	}
	if r.URL, err = url.Parse(signed); err != nil {
		t.Fatal(err)
	}
	return r
}

// A presigned URL is good until it ends, and for nothing but itself.
func TestPresigned(t *testing.T) {
	g := through()
	o := ecsOrder()
	o.service, o.path = "sts", "/?Action=GetCallerIdentity&Version=2011-06-15"
	for _, tt := range []struct {
		before time.Duration
		lasts  string
		change func(*http.Request)
		want   int
	}{
		{0, "60", nil, 204},
		{0, "", nil, 204},
		{time.Hour, "7200", nil, 204},
		{59 * time.Minute, "3540", nil, 204},
		{time.Hour, "3599", nil, 403},
		{16 * time.Minute, "", nil, 403},
		{0, "604801", nil, 400},
		{0, "x", nil, 400},
		{0, "60", func(r *http.Request) {
			r.URL.RawQuery = strings.Replace(r.URL.RawQuery, "GetCallerIdentity", "AssumeRole", 1)
		}, 403},
		{0, "60", func(r *http.Request) { r.URL.RawQuery = strings.Replace(r.URL.RawQuery, "Expires=60", "Expires=61", 1) }, 403},
		{0, "60", func(r *http.Request) { r.URL.RawQuery += "&X-Amz-Credential=x" }, 400},
		{0, "60", func(r *http.Request) { r.Method = http.MethodPost }, 403},
		{0, "60", func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader("more")) }, 403},
	} {
		o.at = noon().Add(-tt.before)
		r := o.presigned(t, tt.lasts)
		if tt.change != nil {
			tt.change(r)
		}
		if answer := sent(g, r); answer.Code != tt.want {
			t.Errorf("%s before, for %q: %d %s, want %d", tt.before, tt.lasts, answer.Code, answer.Body, tt.want)
		}
	}
}

// The SDK's signature of any request is taken, and none of the request with any
// byte of what is signed changed.
func TestAnySignature(t *testing.T) {
	g := through()
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-zA-Z0-9 ~!*'()/+=&%_.-]{0,12}`)
		o := ecsOrder()
		o.path = "/" + url.PathEscape(word.Draw(t, "path")) + "?" + url.Values{word.Draw(t, "name"): {word.Draw(t, "value"), word.Draw(t, "value")}}.Encode()
		if strings.HasPrefix(o.path, "/v2") || strings.HasPrefix(o.path, "/_gantry") {
			t.Skip()
		}
		o.body = string(rapid.SliceOfN(rapid.Byte(), 0, 50).Draw(t, "body"))
		o.header["X-Amz-Meta"] = rapid.StringMatching(`[ -~]{0,20}`).Draw(t, "header")
		o.region = rapid.SampledFrom([]string{"us-east-1", "eu-west-1", "ap-southeast-2"}).Draw(t, "region")
		o.at = noon().Add(time.Duration(rapid.IntRange(-900, 900).Draw(t, "seconds")) * time.Second)
		r := o.signed(nil)
		if answer := sent(g, r.Clone(context.Background())); answer.Code != http.StatusNoContent && answer.Code != http.StatusOK {
			t.Fatalf("%d %s: %s %v", answer.Code, answer.Body, r.URL, r.Header)
		}
		r = o.signed(nil)
		flip := func(text string) string {
			if text == "" {
				return "x"
			}
			changed := []byte(text)
			at := rapid.IntRange(0, len(changed)-1).Draw(t, "at")
			changed[at] ^= byte(rapid.SampledFrom([]int{1, 2, 4, 8, 64}).Draw(t, "by"))
			return string(changed)
		}
		switch rapid.IntRange(0, 4).Draw(t, "what") {
		case 0:
			r.Body = io.NopCloser(bytes.NewReader([]byte(flip(o.body))))
		case 1:
			r.Host = flip("127.0.0.1:4599")
		case 2:
			name := rapid.SampledFrom([]string{"X-Amz-Target", "X-Amz-Date"}).Draw(t, "name")
			r.Header.Set(name, flip(r.Header.Get(name)))
		case 3:
			authorization := r.Header.Get("Authorization")
			changed := flip(authorization)
			if strings.ReplaceAll(changed, " ", "") == strings.ReplaceAll(authorization, " ", "") {
				t.Skip()
			}
			r.Header.Set("Authorization", changed)
		case 4:
			r.URL.Path += "x"
			r.URL.RawPath = ""
		}
		if answer := sent(g, r); answer.Code < 400 {
			t.Fatalf("%d although it was changed: %s %v", answer.Code, r.URL, r.Header)
		}
	})
}

// What is no operation: health is told to all, the registry asks for its password,
// and the administration for a signature of its own.
func TestRoutesOfTheGate(t *testing.T) {
	g := through()
	get := func(path, user, password string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		if user != "" {
			r.SetBasicAuth(user, password)
		}
		return sent(g, r)
	}
	if answer := get("/_gantry/health", "", ""); answer.Code != http.StatusNoContent {
		t.Errorf("health: %d", answer.Code)
	}
	for _, path := range []string{"/_gantry/world", "/", "/x", "/_gantry/health/x", "//_gantry/health"} {
		if answer := get(path, "", ""); answer.Code != http.StatusBadRequest {
			t.Errorf("%s: %d", path, answer.Code)
		}
	}
	for _, path := range []string{"/v2", "/v2/", "/v2/team/web/manifests/v1"} {
		for _, password := range []string{"", "gantry", pair().SecretAccessKey, "a.b.c"} {
			answer := get(path, "AWS", password)
			if answer.Code != http.StatusUnauthorized || !strings.HasPrefix(answer.Header().Get("Www-Authenticate"), "Basic ") {
				t.Errorf("%s with %q: %d", path, password, answer.Code)
			}
		}
	}
	o := ecsOrder()
	o.path, o.header, o.body, o.service = "/_gantry/clock", nil, `{"speed":"max"}`, "gantry"
	if answer := sent(g, o.signed(t)); answer.Code >= 300 {
		t.Errorf("the administration: %d %s", answer.Code, answer.Body)
	}
	o.service = "ecs"
	if answer := sent(g, o.signed(t)); answer.Code != http.StatusBadRequest {
		t.Errorf("the administration with a signature for ECS: %d", answer.Code)
	}
}
