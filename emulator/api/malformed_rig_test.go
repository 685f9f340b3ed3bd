package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/smithy-go/encoding/cbor"

	"gantry/emulator"
)

// inhabitedWorld is a world in which there is something of everything, and the
// failures that it told nobody of.
type inhabitedWorld struct {
	handler http.Handler
	log     *failures
	sent    int
	known   pool
	open    func(testing.TB) http.Handler
}

// failures are what a world logs as errors: panics that it caught, and clusters
// that stand still.
type failures struct {
	mu   sync.Mutex
	said []string
}

func (f *failures) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelError }
func (f *failures) WithAttrs([]slog.Attr) slog.Handler               { return f }
func (f *failures) WithGroup(string) slog.Handler                    { return f }
func (f *failures) Handle(_ context.Context, r slog.Record) error {
	text := r.Message
	r.Attrs(func(a slog.Attr) bool { text += fmt.Sprintf(" %s=%v", a.Key, a.Value); return true })
	f.mu.Lock()
	defer f.mu.Unlock()
	f.said = append(f.said, text)
	return nil
}

func (f *failures) take() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	said := f.said
	f.said = nil
	return said
}

// afresh is how many requests a world is sent: what they make adds up.
const afresh = 3000

func inhabited(t testing.TB) *inhabitedWorld {
	w := &inhabitedWorld{log: &failures{}, known: pool{}}
	var world *emulator.World
	dir := t.TempDir() // a fuzz target may not ask for one
	leave := func() {
		if world != nil {
			_ = world.Close()
		}
	}
	t.Cleanup(leave)
	// t is that of whoever opens it: a fuzz target may not use its parent's.
	w.open = func(t testing.TB) http.Handler {
		leave()
		var err error
		if world, err = emulator.New(emulator.Options{Dir: dir, Ephemeral: true, Seed: 1, Speed: emulator.SpeedMax(), Log: slog.New(w.log)}); err != nil {
			t.Fatal(err)
		}
		w.handler = world
		clear(w.known)
		w.inhabit(t)
		return w.handler
	}
	w.open(t)
	return w
}

// inhabit makes what the requests of valid name.
func (w *inhabitedWorld) inhabit(t testing.TB) {
	for _, step := range []struct{ target, body string }{
		{targetECS + "CreateCluster", `{"clusterName":"demo"}`},
		{"/_gantry/instances", `{"cluster":"demo","instanceType":"t3.small","zones":["us-east-1a","us-east-1b"],"count":3}`},
		{targetECS + "RegisterTaskDefinition", `{"family":"web","containerDefinitions":[{"name":"web","image":"nginx:1","cpu":64,"memory":64,"portMappings":[{"containerPort":80}],
			"logConfiguration":{"logDriver":"awslogs","options":{"awslogs-group":"/ecs/web","awslogs-region":"us-east-1","awslogs-stream-prefix":"web","awslogs-create-group":"true"}}}]}`},
		{targetECS + "CreateService", `{"cluster":"demo","serviceName":"web","taskDefinition":"web","desiredCount":2}`},
		{targetECS + "CreateService", `{"cluster":"demo","serviceName":"sets","desiredCount":1,"deploymentController":{"type":"EXTERNAL"}}`},
		{targetECS + "RunTask", `{"cluster":"demo","taskDefinition":"web","count":2}`},
		{targetECS + "CreateCapacityProvider", `{"name":"group","autoScalingGroupProvider":{"autoScalingGroupArn":"arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:x:autoScalingGroupName/group"}}`},
		{targetECR + "CreateRepository", `{"repositoryName":"team/web"}`},
		{"Logs_20140328.CreateLogGroup", `{"logGroupName":"logs"}`},
		{"Logs_20140328.CreateLogStream", `{"logGroupName":"logs","logStreamName":"stream"}`},
		{"Logs_20140328.PutLogEvents", `{"logGroupName":"logs","logStreamName":"stream","logEvents":[{"timestamp":1790000000000,"message":"hello"}]}`},
		{"AmazonSSM.PutParameter", `{"Name":"/demo","Value":"1","Type":"String"}`},
		{"secretsmanager.CreateSecret", `{"Name":"demo","SecretString":"hush"}`},
		{"AnyScaleFrontendService.RegisterScalableTarget", `{"ServiceNamespace":"ecs","ResourceId":"service/demo/web","ScalableDimension":"ecs:service:DesiredCount","MinCapacity":1,"MaxCapacity":4}`},
		{"form", "Action=CreateTargetGroup&Version=2015-12-01&Name=web&Protocol=HTTP&Port=80&TargetType=instance&VpcId=vpc-0123456789abcdef0"},
		{"form", "Action=CreateRole&Version=2010-05-08&RoleName=demo&AssumeRolePolicyDocument=%7B%7D"},
		{"form", "Action=PutMetricAlarm&Version=2010-08-01&AlarmName=demo&MetricName=CPUUtilization&Namespace=AWS/ECS&Period=60&EvaluationPeriods=1&Threshold=1&Statistic=Average&ComparisonOperator=GreaterThanThreshold"},
	} {
		path, headers := "/", map[string]string{"X-Amz-Target": step.target}
		switch {
		case strings.HasPrefix(step.target, "/"):
			path, headers = step.target, nil
		case step.target == "form":
			headers = map[string]string{"Content-Type": contentForm}
		}
		if answer := w.do(t, http.MethodPost, path, headers, []byte(step.body)); answer.Code >= 300 && !strings.Contains(step.body, "VpcId") {
			t.Fatalf("%s: %d %s", step.body, answer.Code, answer.Body)
		}
	}
}

const (
	targetECS   = "AmazonEC2ContainerServiceV20141113."
	targetECR   = "AmazonEC2ContainerRegistry_V20150921."
	contentForm = "application/x-www-form-urlencoded"
)

// send sends the body of a call.
func (w *inhabitedWorld) send(t testing.TB, c call, body []byte) {
	t.Helper()
	if w.sent++; w.sent%afresh == 0 {
		w.open(t)
	}
	path, headers := c.route()
	w.do(t, http.MethodPost, path, headers, body)
}

// route is where the requests of a call go.
func (c call) route() (path string, headers map[string]string) {
	switch c.protocol {
	case protocolJSON:
		return "/", map[string]string{"X-Amz-Target": c.Service + "." + c.Name, "Content-Type": "application/x-amz-json-1.1"}
	case protocolCBOR:
		return "/service/" + c.Service + "/operation/" + c.Name, map[string]string{"Smithy-Protocol": "rpc-v2-cbor", "Content-Type": "application/cbor"}
	}
	return "/", map[string]string{"Content-Type": contentForm}
}

var xmlCode = regexp.MustCompile(`<Code>[A-Za-z.]+</Code>`)

func request(t testing.TB, method, path string, headers map[string]string, body []byte) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://localhost/", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.URL.Path, r.URL.RawQuery, _ = strings.Cut(path, "?")
	r.RequestURI = path
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	return r
}

// do sends a request and looks at the answer: it is one of the protocol's own, and
// the world has not failed.
func (w *inhabitedWorld) do(t testing.TB, method, path string, headers map[string]string, body []byte) *httptest.ResponseRecorder {
	t.Helper()
	r := request(t, method, path, headers, body)
	answer := httptest.NewRecorder()
	func() {
		defer func() {
			if p := recover(); p != nil {
				w.log.said = append(w.log.said, fmt.Sprint("panic: ", p))
			}
		}()
		w.handler.ServeHTTP(answer, r)
	}()
	said := w.log.take()
	w.learn(answer)
	failed := strings.Contains(answer.Body.String(), `"__type":"ServerException"`)
	if answer.Code < 500 && !failed && len(said) == 0 && wellFormed(path, answer) {
		return answer
	}
	t.Errorf("%s %.100s %v %.1500q: %d %.1500s %.3000s", method, path, headers, body, answer.Code, answer.Body, strings.Join(said, "\n"))
	if name := os.Getenv("GANTRY_FOUND"); name != "" {
		file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err == nil {
			_, _ = fmt.Fprintf(file, "%s %s %v %q\n\t%d %.300s %.1500s\n", method, path, headers, body[:min(len(body), 3000)], answer.Code, answer.Body, strings.Join(said, "\n"))
			_ = file.Close()
		}
	}
	w.open(t)
	return answer
}

var xmlWord = regexp.MustCompile(`<(\w+)>([^<>]{1,300})</`)

// learn remembers what there is.
func (w *inhabitedWorld) learn(answer *httptest.ResponseRecorder) {
	if answer.Code >= 300 || answer.Body.Len() > 100_000 {
		return
	}
	var object map[string]any
	if json.Unmarshal(answer.Body.Bytes(), &object) == nil {
		w.known.learn(object, "")
		return
	}
	for _, m := range xmlWord.FindAllStringSubmatch(answer.Body.String(), 500) {
		w.known.learn(m[2], m[1])
	}
}

// wellFormed reports whether an answer is one that a client of its protocol can
// read, and a refusal says what it is.
func wellFormed(path string, answer *httptest.ResponseRecorder) bool {
	body := answer.Body.Bytes()
	refused := answer.Code >= http.StatusBadRequest
	kind := answer.Header().Get("Content-Type")
	switch {
	case len(body) == 0:
		return !refused || strings.HasPrefix(path, "/v2") || answer.Code == http.StatusMethodNotAllowed
	case strings.Contains(kind, "json"):
		var object map[string]any
		if json.Unmarshal(body, &object) != nil {
			return strings.HasPrefix(path, "/_gantry/") && json.Valid(body)
		}
		_, named := object["__type"].(string)
		_, list := object["errors"]
		_, message := object["message"]
		return !refused || named || list || message && answer.Code == http.StatusNotFound
	case strings.Contains(kind, "xml"):
		return validXML(body) && (!refused || xmlCode.Match(body))
	case strings.Contains(kind, "cbor"):
		value, err := cbor.Decode(body)
		object, ok := value.(cbor.Map)
		return err == nil && ok && (!refused || object["__type"] != nil)
	}
	return slices.Contains([]string{"/v2", "/_gantry"}, path) || !refused || answer.Code == http.StatusNotFound || answer.Code == http.StatusMethodNotAllowed
}

func validXML(body []byte) bool {
	decoder := xml.NewDecoder(bytes.NewReader(body))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return true
		} else if err != nil {
			return false
		}
	}
}
