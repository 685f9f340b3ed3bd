package shapes_test

import (
	"math"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/smithy-go/encoding/cbor"

	"gantry/emulator/shapes"
)

// group has a member of every kind that a shape can have.
type group struct {
	Common
	Name    string
	Port    *int
	On      bool
	Share   float64
	Since   time.Time
	Raw     []byte
	Tags    []tag
	Names   []string
	Labels  map[string]string
	Matcher *matcher
	ID      string `shape:"Id"`
}

type (
	// Common is embedded: its members are the group's own.
	Common  struct{ Kind string }
	tag     struct{ Key, Value string }
	matcher struct {
		HTTPCode string `shape:"HttpCode"`
	}
)

func example() group {
	port := 8080
	return group{
		Common: Common{"app"}, Name: "web & <co>", Port: &port, On: true, Share: 0.5, Since: time.Date(2026, 11, 25, 12, 0, 0, 250e6, time.UTC), Raw: []byte{0, 255},
		Tags: []tag{{"a", "1"}, {"b", ""}}, Names: []string{"x", "y"}, Labels: map[string]string{"k": "v"},
		Matcher: &matcher{"200-299"}, ID: "g-1",
	}
}

// TestRoundTrip is that what is written in JSON and CBOR is read as it was.
func TestRoundTrip(t *testing.T) {
	want := example()
	text, err := shapes.JSON(want)
	if err != nil {
		t.Fatal(err)
	}
	for name, read := range map[string]func() (shapes.Value, error){
		"JSON": func() (shapes.Value, error) { return shapes.FromJSON(text) },
		"CBOR": func() (shapes.Value, error) { return shapes.FromCBOR(shapes.CBOR(want)) },
	} {
		value, err := read()
		if err != nil {
			t.Fatal(name, err)
		}
		var got group
		if err := shapes.Assign(value, &got); err != nil {
			t.Fatal(name, err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
}

// TestForm is that the ways in which clients write lists and maps into a form
// are read, in the order of their numbers.
func TestForm(t *testing.T) {
	form := func(pairs ...string) url.Values {
		v := url.Values{}
		for _, p := range pairs {
			key, value, _ := strings.Cut(p, "=")
			v.Set(key, value)
		}
		return v
	}
	for name, c := range map[string]struct {
		form url.Values
		want group
	}{
		"query": {form("Name=w", "Port=80", "On=true", "Share=1.5", "Since=2026-11-25T12:00:00Z", "Raw=AP8=", "Tags.member.1.Key=a", "Tags.member.2.Key=b",
			"Tags.member.10.Key=j", "Labels.entry.1.key=k", "Labels.entry.1.value=v", "Matcher.HttpCode=200", "Id=7"),
			group{Name: "w", Port: ptr(80), On: true, Share: 1.5, Since: time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC), Raw: []byte{0, 255},
				Tags: []tag{{Key: "a"}, {Key: "b"}, {Key: "j"}}, Labels: map[string]string{"k": "v"}, Matcher: &matcher{"200"}, ID: "7"}},
		"EC2":        {form("Names.2=y", "Names.1=x"), group{Names: []string{"x", "y"}}},
		"empty list": {form("Names="), group{Names: []string{}}},
		"unknown":    {form("Name=w", "Else.1=x"), group{Name: "w"}},
		"both":       {form("Matcher=x", "Matcher.HttpCode=200"), group{Matcher: &matcher{"200"}}},
	} {
		t.Run(name, func(t *testing.T) {
			value, err := shapes.FromForm(c.form)
			if err != nil {
				t.Fatal(err)
			}
			var got group
			if err := shapes.Assign(value, &got); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func ptr[T any](v T) *T { return &v }

// TestRefusals is that what is not of the member's kind is told with its place.
func TestRefusals(t *testing.T) {
	for body, want := range map[string]string{
		`{"Port": "x"}`:             "Port: expected an integer, got a string",
		`{"Port": 1.5}`:             "Port: expected an integer, got a number",
		`{"Port": 1e300}`:           "Port: expected an integer, got a number",
		`{"Tags": [{}, {"Key":1}]}`: "Tags.2.Key: expected a string, got a number",
		`{"Tags": "x"}`:             "Tags: expected a list, got a string",
		`{"Matcher": []}`:           "Matcher: expected an object, got a list",
		`{"Raw": "?"}`:              "Raw: it is not base64",
		`{"Since": "soon"}`:         `Since: "soon" is no time`,
		`{"Since": 1e300}`:          "is no time",
		`{"On": 1}`:                 "On: expected a boolean, got a number",
		`[]`:                        "the request is a list, not an object",
		`{`:                         "the request is not JSON",
	} {
		value, err := shapes.FromJSON([]byte(body))
		if err == nil {
			err = shapes.Assign(value, &group{})
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", body, err, want)
		}
	}
}

// TestNumbersThatAreNone is that no protocol brings in a number that cannot be
// written in all of them.
func TestNumbersThatAreNone(t *testing.T) {
	for _, number := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		form, err := shapes.FromForm(url.Values{"Share": {strconv.FormatFloat(number, 'g', -1, 64)}})
		if err != nil {
			t.Fatal(err)
		}
		values := []shapes.Value{form}
		for _, member := range []string{"Share", "Port", "Since"} {
			value, err := shapes.FromCBOR(cbor.Encode(cbor.Map{member: cbor.Float64(number)}))
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, value)
		}
		for _, value := range values {
			if err := shapes.Assign(value, &group{}); err == nil {
				t.Errorf("%v was taken", value)
			}
		}
	}
}

// TestAlways is that a member with that rule is written where it is empty, and
// read by its name.
func TestAlways(t *testing.T) {
	type label struct {
		Key   string
		Value string `shape:"value,always"`
	}
	text, err := shapes.JSON(label{})
	if want := `{"value":""}`; err != nil || string(text) != want {
		t.Errorf("got %s, %v, want %s", text, err, want)
	}
	var got label
	if err := shapes.Assign(shapes.Value{"value": "x"}, &got); err != nil || got.Value != "x" {
		t.Errorf("read %+v, %v", got, err)
	}
}

// TestXML is how answers look.
func TestXML(t *testing.T) {
	a := shapes.Answer{Action: "Describe", Namespace: "urn:x", RequestID: "r-1"}
	out := struct {
		Groups []group
		None   []tag
		Empty  []tag
	}{Groups: []group{example()}, Empty: []tag{}}
	out.Groups[0].Raw = nil
	want := `<DescribeResponse xmlns="urn:x"><DescribeResult><Groups><member><Kind>app</Kind><Name>web &amp; &lt;co&gt;</Name><Port>8080</Port><On>true</On>` +
		`<Share>0.5</Share><Since>2026-11-25T12:00:00.250Z</Since><Tags><member><Key>a</Key><Value>1</Value></member><member><Key>b</Key></member></Tags>` +
		`<Names><member>x</member><member>y</member></Names><Labels><entry><key>k</key><value>v</value></entry></Labels>` +
		`<Matcher><HttpCode>200-299</HttpCode></Matcher><Id>g-1</Id></member></Groups><Empty></Empty></DescribeResult>` +
		`<ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></DescribeResponse>`
	if got := string(shapes.Query(a, &out)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, want := string(shapes.EC2(a, struct {
		Set []string `shape:"nameSet"`
	}{[]string{"x"}})), `<DescribeResponse xmlns="urn:x"><requestId>r-1</requestId><nameSet><item>x</item></nameSet></DescribeResponse>`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// FuzzRequests is that no request is too strange to be read or refused.
func FuzzRequests(f *testing.F) {
	text, _ := shapes.JSON(example())
	f.Add("Name=w&Tags.member.1.Key=a&Labels.entry.1.key=k", text, shapes.CBOR(example()))
	f.Add("Tags.member=x&Tags.member.1=y&Tags=z&.=&..=", []byte(`{"Tags":{"1":{}}}`), []byte{0xbf, 0xff})
	f.Fuzz(func(_ *testing.T, query string, text, binary []byte) {
		if form, err := url.ParseQuery(query); err == nil {
			if value, err := shapes.FromForm(form); err == nil {
				_ = shapes.Assign(value, &group{}) // that it ends is what counts
			}
		}
		if value, err := shapes.FromJSON(text); err == nil {
			_ = shapes.Assign(value, &group{})
		}
		if value, err := shapes.FromCBOR(binary); err == nil {
			_ = shapes.Assign(value, &group{})
		}
	})
}
