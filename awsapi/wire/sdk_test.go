package wire_test

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/smithy-go/middleware"

	"gantry/awsapi/wire"
)

// exchange plays the service: it keeps what the client sent and answers with what it was given.
type exchange struct {
	sent   []byte
	answer []byte
}

func (x *exchange) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		sent, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		x.sent = sent
	}
	return &http.Response{
		StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header:        http.Header{"Content-Type": {"application/x-amz-json-1.1"}},
		Body:          io.NopCloser(bytes.NewReader(x.answer)),
		ContentLength: int64(len(x.answer)),
	}, nil
}

// operation is one method of a client of the SDK that calls the service.
type operation struct {
	name   string
	call   reflect.Value
	input  reflect.Type
	output reflect.Type
}

// streams are the operations whose answer is an event stream and not a JSON document.
var streams = []string{"StartLiveTail", "GetLogObject"}

func operations(client any) []operation {
	var list []operation
	v := reflect.ValueOf(client)
	for i := range v.NumMethod() {
		t := v.Method(i).Type()
		if t.NumIn() != 3 || t.NumOut() != 2 || !strings.HasSuffix(t.In(1).String(), "Input") {
			continue
		}
		list = append(list, operation{
			name: v.Type().Method(i).Name, call: v.Method(i), input: t.In(1).Elem(), output: t.Out(0).Elem(),
		})
	}
	return list
}

// clients are the SDK's real clients over a transport of ours.
func clients(x *exchange) map[string]any {
	httpClient := &http.Client{Transport: x}
	credentials := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "AKIAEXAMPLE", SecretAccessKey: "secret"}, nil
	})
	// An input without its required members must be readable too, so that the service can say which one is missing.
	unchecked := []func(*middleware.Stack) error{func(stack *middleware.Stack) error {
		_, _ = stack.Initialize.Remove("OperationInputValidation") // not every operation checks its input
		return nil
	}}
	const region = "us-east-1"
	return map[string]any{
		"ecs": ecs.New(ecs.Options{Region: region, Credentials: credentials, HTTPClient: httpClient,
			Retryer: aws.NopRetryer{}, APIOptions: unchecked}),
		"ecr": ecr.New(ecr.Options{Region: region, Credentials: credentials, HTTPClient: httpClient,
			Retryer: aws.NopRetryer{}, APIOptions: unchecked}),
		"cloudwatchlogs": cloudwatchlogs.New(cloudwatchlogs.Options{Region: region, Credentials: credentials, HTTPClient: httpClient,
			Retryer: aws.NopRetryer{}, APIOptions: unchecked}),
	}
}

// TestEveryShapeThroughTheSDK sends every input of every operation through the SDK's real client and reads back what came
// over the wire, and lets the client read every output that we wrote.
func TestEveryShapeThroughTheSDK(t *testing.T) {
	t.Parallel()
	atLeast := map[string]int{"ecs": 60, "ecr": 40, "cloudwatchlogs": 80}
	for name, client := range clients(&exchange{}) {
		if got := len(operations(client)); got < atLeast[name] {
			t.Errorf("%s: found %d operations, expected at least %d", name, got, atLeast[name])
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := &exchange{}
			for _, op := range operations(clients(x)[name]) {
				for seed := range uint64(4) {
					f := &filler{random: rand.New(rand.NewPCG(seed, 1)), full: seed == 0, unions: unions(t)}
					checkOperation(t, x, op, f)
				}
			}
		})
	}
}

func checkOperation(t *testing.T, x *exchange, op operation, f *filler) {
	t.Helper()
	in, out := reflect.New(op.input), reflect.New(op.output)
	f.fill(in.Elem(), 0)
	f.fill(out.Elem(), 0)
	checkRoundTrip(t, op.name, in)
	body := checkRoundTrip(t, op.name, out)

	x.sent, x.answer = nil, body
	results := op.call.Call([]reflect.Value{reflect.ValueOf(context.Background()), in})
	err, _ := results[1].Interface().(error)
	stream := slices.Contains(streams, op.name)
	if err != nil && !stream {
		t.Fatalf("%s: %v\n%s", op.name, err, body)
	}
	got := reflect.New(op.input)
	if err := wire.Decode(x.sent, got.Interface()); err != nil {
		t.Fatalf("%s: read what the client sent: %v\n%s", op.name, err, x.sent)
	}
	if d := difference(op.name+"Input", in, got); d != "" {
		t.Fatalf("what was given to the client and what we read: %s\n%s", d, x.sent)
	}
	if stream {
		return
	}
	if d := difference(op.name+"Output", out, results[0]); d != "" {
		t.Fatalf("what we wrote and what the client read: %s\n%s", d, body)
	}
}

func checkRoundTrip(t *testing.T, name string, v reflect.Value) []byte {
	t.Helper()
	body, err := wire.Encode(v.Interface())
	if err != nil {
		t.Fatalf("%s: encode: %v", name, err)
	}
	back := reflect.New(v.Type().Elem())
	if err := wire.Decode(body, back.Interface()); err != nil {
		t.Fatalf("%s: decode: %v\n%s", name, err, body)
	}
	if d := difference(name, v, back); d != "" {
		t.Fatalf("not the same after a round trip: %s\n%s", d, body)
	}
	return body
}
