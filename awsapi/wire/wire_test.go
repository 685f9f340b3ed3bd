package wire_test

import (
	"errors"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecsdocument "github.com/aws/aws-sdk-go-v2/service/ecs/document"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"pgregory.net/rapid"

	"gantry/awsapi/wire"
)

func TestEncode(t *testing.T) {
	t.Parallel()
	created := time.Date(2019, 5, 6, 5, 7, 33, 821_999_999, time.FixedZone("", 3600))
	for name, c := range map[string]struct {
		in   any
		want string
	}{
		"zero numbers are written, nil and empty enums are not": {&ecstypes.Deployment{Id: aws.String("d")},
			`{"desiredCount":0,"failedTasks":0,"id":"d","pendingCount":0,"runningCount":0}`},
		"an empty list is written, a nil one is not": {&ecs.DescribeServicesOutput{Failures: []ecstypes.Failure{}}, `{"failures":[]}`},
		"an empty map is written":                    {&ecstypes.ContainerDefinition{DockerLabels: map[string]string{}}, `{"cpu":0,"dockerLabels":{}}`},
		"map keys are sorted":                        {map[string]string{"b": "2", "a": "1", "c": "3"}, `{"a":"1","b":"2","c":"3"}`},
		"a time has milliseconds":                    {&ecstypes.ServiceEvent{CreatedAt: &created}, `{"createdAt":1557115653.821}`},
		"a time without fraction":                    {&ecstypes.ServiceEvent{CreatedAt: aws.Time(time.Unix(1557119253, 0))}, `{"createdAt":1557119253}`},
		"a time with tenths":                         {&ecstypes.ServiceEvent{CreatedAt: aws.Time(time.UnixMilli(50))}, `{"createdAt":0.05}`},
		"a time before 1970":                         {&ecstypes.ServiceEvent{CreatedAt: aws.Time(time.UnixMilli(-1500))}, `{"createdAt":-1.5}`},
		"text keeps its brackets":                    {&ecstypes.KeyValuePair{Name: aws.String("<a&b>\u2028\n\x00\xff")}, `{"name":"<a&b>` + "\u2028" + `\n\u0000` + "\ufffd" + `"}`},
		"blob":                                       {&ecr.UploadLayerPartInput{LayerPartBlob: []byte("hi")}, `{"layerPartBlob":"aGk="}`},
		"an error shape without the SDK's own field": {
			&ecstypes.ConflictException{Message: aws.String("no"), ResourceIds: []string{"x"}, ErrorCodeOverride: aws.String("Y")},
			`{"message":"no","resourceIds":["x"]}`},
		"members that begin with a capital": {ecrtypes.Tag{Key: aws.String("k"), Value: aws.String("v")}, `{"Key":"k","Value":"v"}`},
		"another one":                       {cloudwatchlogs.DescribeDestinationsInput{DestinationNamePrefix: aws.String("p")}, `{"DestinationNamePrefix":"p"}`},
		"union": {&ecs.CreateGatewayInput{Configuration: &ecstypes.GatewayConfigurationMemberHostSharedAlb{}},
			`{"configuration":{"hostSharedAlb":{}}}`},
		"numbers that JSON cannot say": {[]float64{1.5, 0, 1e30, math.NaN(), math.Inf(-1)}, `[1.5,0,1e+30,"NaN","-Infinity"]`},
		"document": {&ecstypes.DeploymentLifecycleHook{HookDetails: ecsdocument.NewLazyDocument(map[string]any{"a": []int{1}})},
			`{"hookDetails":{"a":[1]}}`},
		"a list of shapes": {[]ecstypes.KeyValuePair{{Name: aws.String("a")}, {}}, `[{"name":"a"},{}]`},
	} {
		got, err := wire.Encode(c.in)
		if err != nil || string(got) != c.want {
			t.Errorf("%s:\n got %s %v\nwant %s", name, got, err, c.want)
		}
	}
}

func TestEncodeIndent(t *testing.T) {
	t.Parallel()
	got, err := wire.EncodeIndent(&ecs.ListClustersOutput{ClusterArns: []string{"a"}})
	const want = "{\n  \"clusterArns\": [\n    \"a\"\n  ]\n}"
	if err != nil || string(got) != want {
		t.Errorf("got %s %v", got, err)
	}
}

func TestEncodeRefuses(t *testing.T) {
	t.Parallel()
	loop := []any{nil}
	loop[0] = loop
	for name, c := range map[string]struct {
		in   any
		want string
	}{
		"nothing":     {nil, "cannot be written as AWS JSON: there is no value"},
		"nil pointer": {(*ecs.ListClustersInput)(nil), "there is no value"},
		"a channel":   {make(chan int), "no form for the Go type chan int"},
		"any":         {loop, "[0]: cannot be written as AWS JSON: AWS JSON has no form for the Go type interface {}"},
		"a broken unknown union member": {&ecs.CreateGatewayInput{Configuration: &ecstypes.UnknownUnionMember{Tag: "x", Value: []byte("{")}},
			`configuration: cannot be written as AWS JSON: the unknown union member "x" does not hold JSON`},
		"a nil union member": {&ecs.CreateGatewayInput{Configuration: (*ecstypes.GatewayConfigurationMemberHostSharedAlb)(nil)},
			"must be a pointer that is not nil"},
	} {
		_, err := wire.Encode(c.in)
		var typed *wire.EncodeError
		if !errors.As(err, &typed) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
}

func TestDecode(t *testing.T) {
	t.Parallel()
	in := ecs.CreateServiceInput{LaunchType: ecstypes.LaunchTypeEc2, Role: aws.String("gone afterwards")}
	err := wire.Decode([]byte(`{"serviceName":"old","serviceName":"web","desiredCount":1e1,"nonsense":{"a":[1]},"cluster":null,
		"placementStrategy":[{"type":"spread","field":"instanceId"},null],"tags":[]} `), &in)
	if err != nil {
		t.Fatal(err)
	}
	want := ecs.CreateServiceInput{ServiceName: aws.String("web"), DesiredCount: aws.Int32(10),
		PlacementStrategy: []ecstypes.PlacementStrategy{{Type: ecstypes.PlacementStrategyTypeSpread, Field: aws.String("instanceId")}},
		Tags:              []ecstypes.Tag{}}
	if !reflect.DeepEqual(in, want) {
		t.Errorf("got %+v", in)
	}
}

func TestDecodeTimes(t *testing.T) {
	t.Parallel()
	want := time.Date(2019, 5, 6, 5, 7, 33, 821_000_000, time.UTC)
	for _, text := range []string{`1557119253.821`, `1557119253.8214`, `1.557119253821e9`, `"2019-05-06T05:07:33.821Z"`,
		`"2019-05-06T07:07:33.821+02:00"`, `"2019-05-06T07:07:33.821+0200"`, `"2019-05-06 05:07:33.821"`} {
		var event ecstypes.ServiceEvent
		if err := wire.Decode([]byte(`{"createdAt":`+text+`}`), &event); err != nil || !event.CreatedAt.Equal(want) {
			t.Errorf("%s: got %v %v", text, event.CreatedAt, err)
		}
	}
	for _, text := range []string{`"yesterday"`, `1e999`, `1e15`, `true`, `[]`} {
		err := wire.Decode([]byte(`{"createdAt":`+text+`}`), &ecstypes.ServiceEvent{})
		if err == nil || !strings.HasPrefix(err.Error(), "createdAt: expected a time (seconds since 1970, or ISO 8601 text), got ") {
			t.Errorf("%s: got %v", text, err)
		}
	}
}

func TestDecodeErrors(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"desiredCount":"2"}`:                                 "desiredCount: expected an integer, got a string",
		`{"desiredCount":1.5}`:                                 "desiredCount: expected an integer of 32 bits, got 1.5",
		`{"desiredCount":9999999999}`:                          "desiredCount: expected an integer of 32 bits, got 9999999999",
		`{"desiredCount":` + strings.Repeat("9", 99) + `}`:     "desiredCount: expected an integer of 32 bits, got a number of 99 characters",
		`{"enableECSManagedTags":"true"}`:                      "enableECSManagedTags: expected true or false, got a string",
		`{"serviceName":7}`:                                    "serviceName: expected a string, got 7",
		`{"launchType":{}}`:                                    "launchType: expected a string, got an object",
		`{"placementStrategy":{}}`:                             "placementStrategy: expected a list, got an object",
		`{"placementStrategy":[{},{"field":true}]}`:            "placementStrategy[1].field: expected a string, got true",
		`{"networkConfiguration":{"awsvpcConfiguration":"x"}}`: "networkConfiguration.awsvpcConfiguration: expected an object, got a string",
		`[]`:       "expected an object, got a list",
		`null`:     "expected an object, got null",
		``:         "expected a JSON document, got nothing",
		`{"a":`:    "expected a JSON document, got text that is not JSON (unexpected EOF)",
		`{"a" 1}`:  "expected a JSON document, got text that is not JSON (invalid character '1' after object key) at byte 6",
		`{} {}`:    "expected the end of the document, got more text at byte 2",
		`{"a":1]}`: "expected a JSON document, got text that is not JSON (invalid character ']' after object key:value pair) at byte 7",
	} {
		in := ecs.CreateServiceInput{Role: aws.String("kept")}
		err := wire.Decode([]byte(text), &in)
		var typed *wire.DecodeError
		if !errors.As(err, &typed) || err.Error() != want {
			t.Errorf("%s:\n got %v\nwant %s", text, err, want)
		}
		if aws.ToString(in.Role) != "kept" {
			t.Errorf("%s: the target was changed although there was an error", text)
		}
	}
	if err := wire.Decode([]byte(`{}`), ecs.CreateServiceInput{}); err == nil {
		t.Error("a target that is not a pointer was accepted")
	}
	deep := strings.Repeat(`[`, 200_000) + strings.Repeat(`]`, 200_000)
	if err := wire.Decode([]byte(`{"tags":`+deep+`}`), &ecs.CreateServiceInput{}); err == nil {
		t.Error("a document that nests without end was accepted")
	}
}

func TestDecodeConvertsScalarsWhenAsked(t *testing.T) {
	t.Parallel()
	const text = `{"cpu":256,"family":true,"enableFaultInjection":"true","containerDefinitions":[{"memory":"512","image":1.50}]}`
	var in ecs.RegisterTaskDefinitionInput
	if err := wire.Decode([]byte(text), &in, wire.ConvertScalars()); err != nil {
		t.Fatal(err)
	}
	want := ecs.RegisterTaskDefinitionInput{Cpu: aws.String("256"), Family: aws.String("true"), EnableFaultInjection: aws.Bool(true),
		ContainerDefinitions: []ecstypes.ContainerDefinition{{Memory: aws.Int32(512), Image: aws.String("1.50")}}}
	if !reflect.DeepEqual(in, want) {
		t.Errorf("got %+v", in)
	}
	for _, wrong := range []string{`{"containerDefinitions":[{"memory":"much"}]}`, `{"containerDefinitions":[{"memory":""}]}`,
		`{"containerDefinitions":[{"memory":true}]}`, `{"enableFaultInjection":1}`} {
		if err := wire.Decode([]byte(wrong), &in, wire.ConvertScalars()); err == nil {
			t.Errorf("%s was accepted", wrong)
		}
	}
}

func TestUnionsAndDocuments(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"configuration":{"hostSharedAlb":{}}}`,
		`{"configuration":{"laterKind":{"a":[1,2.50]}}}`,
		`{"hookDetails":{"a":[1,2.5,12345678901234567890],"b":null,"c":"x"}}`,
	} {
		var into any = new(ecs.CreateGatewayInput)
		if strings.Contains(text, "hookDetails") {
			into = new(ecstypes.DeploymentLifecycleHook)
		}
		if err := wire.Decode([]byte(text), into); err != nil {
			t.Fatal(err)
		}
		back, err := wire.Encode(into)
		if err != nil {
			t.Fatal(err)
		}
		var again = reflect.New(reflect.TypeOf(into).Elem())
		if err := wire.Decode(back, again.Interface()); err != nil {
			t.Fatal(err)
		}
		if d := difference("", reflect.ValueOf(into), again); d != "" {
			t.Errorf("%s became %s: %s", text, back, d)
		}
	}
	err := wire.Decode([]byte(`{"configuration":{"hostSharedAlb":{},"other":1}}`), new(ecs.CreateGatewayInput))
	if err == nil || err.Error() != "configuration: expected an object with one member, got an object" {
		t.Errorf("two members of a union: %v", err)
	}
}

func TestMembers(t *testing.T) {
	t.Parallel()
	names := func(t reflect.Type) []string {
		var list []string
		for _, m := range wire.Members(t) {
			list = append(list, m.Name)
		}
		return list
	}
	if got := names(reflect.TypeFor[*ecs.ListClustersOutput]()); !slices.Equal(got, []string{"clusterArns", "nextToken"}) {
		t.Errorf("got %v", got)
	}
	if got := names(reflect.TypeFor[[]ecstypes.KeyValuePair]()); !slices.Equal(got, []string{"name", "value"}) {
		t.Errorf("got %v", got)
	}
	if got := names(reflect.TypeFor[map[string]string]()); got != nil {
		t.Errorf("got %v", got)
	}
	for _, m := range wire.Members(reflect.TypeFor[ecs.CreateServiceInput]()) {
		if m.Name == "launchType" && (m.Kind != wire.KindEnum || !slices.Contains(wire.EnumValues(m.Type), "FARGATE")) {
			t.Errorf("launchType: %v %v", m.Kind, wire.EnumValues(m.Type))
		}
		if m.Name == "desiredCount" && (m.Kind != wire.KindInteger || wire.EnumValues(m.Type) != nil) {
			t.Errorf("desiredCount: %v %v", m.Kind, m.Type)
		}
	}
}

// TestTimesAndFloatsRoundTrip holds for any millisecond and any number.
func TestTimesAndFloatsRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at := time.UnixMilli(rapid.Int64Range(-62135596800_000, 253402300799_999).Draw(t, "millis")).UTC()
		f := rapid.Float64().Draw(t, "float")
		text := rapid.String().Draw(t, "text")
		times, err := wire.Encode([]time.Time{at})
		if err != nil {
			t.Fatal(err)
		}
		var gotTimes []time.Time
		if err := wire.Decode(times, &gotTimes); err != nil || !gotTimes[0].Equal(at) {
			t.Fatalf("%v became %s and %v (%v)", at, times, gotTimes, err)
		}
		floats, err := wire.Encode([]float64{f})
		if err != nil {
			t.Fatal(err)
		}
		var gotFloats []float64
		if err := wire.Decode(floats, &gotFloats); err != nil || gotFloats[0] != f {
			t.Fatalf("%v became %s and %v (%v)", f, floats, gotFloats, err)
		}
		texts, err := wire.Encode(text)
		if err != nil {
			t.Fatal(err)
		}
		var gotText string
		if err := wire.Decode(texts, &gotText); err != nil || gotText != strings.ToValidUTF8(text, "\ufffd") {
			t.Fatalf("%q became %s and %q (%v)", text, texts, gotText, err)
		}
		var n int64
		if err := wire.Decode([]byte(strconv.FormatInt(at.UnixMilli(), 10)), &n); err != nil || n != at.UnixMilli() {
			t.Fatalf("%d: %v", n, err)
		}
	})
}

// FuzzDecode looks for text that makes the codec panic, or that it reads but cannot write again.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{``, `null`, `{"family":"web","containerDefinitions":[{"name":"a","memory":12,"dockerLabels":{"a":"b"}}]}`,
		`{"containerDefinitions":[null],"tags":[[]]}`, `{"cpu":1e400,"volumes":{"a":{}}}`, "{\"family\":\"\xff\\ud800\"}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, options := range [][]wire.Option{nil, {wire.ConvertScalars()}} {
			for _, into := range []any{new(ecs.RegisterTaskDefinitionInput), new(ecs.CreateServiceOutput), new(ecs.CreateGatewayInput)} {
				if wire.Decode(data, into, options...) != nil {
					continue
				}
				text, err := wire.Encode(into)
				if err != nil {
					t.Fatal(err)
				}
				again := reflect.New(reflect.TypeOf(into).Elem())
				if err := wire.Decode(text, again.Interface()); err != nil {
					t.Fatalf("%s: %v", text, err)
				}
				if d := difference("", reflect.ValueOf(into), again); d != "" {
					t.Fatalf("%s: %s", text, d)
				}
			}
		}
	})
}
