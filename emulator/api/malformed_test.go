package api_test

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gantry/emulator/api"
)

// Malformed input of every kind, to every operation in each of its protocols, is
// answered: with what was asked for or with a refusal in the protocol's own form,
// never with a failure. A panic is a failure, also where the emulator catches it.
func TestMalformed(t *testing.T) {
	t.Parallel()
	w := inhabited(t)
	random := rand.New(rand.NewPCG(7, 11))
	for _, call := range calls() {
		for _, body := range call.malformed(random, w.known, 15) {
			w.send(t, call, body)
		}
	}
}

// What is large is refused or kept, but breaks nothing.
func TestLarge(t *testing.T) {
	t.Parallel()
	w := inhabited(t)
	name, deep := strings.Repeat("n", 10<<20), 100_000
	for _, call := range calls() {
		if call.protocol != protocolJSON || !strings.HasPrefix(call.Name, "Create") {
			continue
		}
		w.send(t, call, []byte(`{"cluster":"`+name+`","clusterName":"`+name+`","repositoryName":"`+name+`","logGroupName":"`+name+`","serviceName":"`+name+`","Name":"`+name+`"}`))
	}
	for _, call := range calls()[:40] {
		for _, pair := range []string{"[]", "{}"} {
			inner := pair[:1]
			if inner == "{" {
				inner = `{"tags":`
			}
			w.send(t, call, []byte(`{"tags":`+strings.Repeat(inner, deep)+strings.Repeat(pair[1:], deep)+`}`))
			w.send(t, call, []byte(strings.Repeat(inner, deep)))
		}
	}
	for _, call := range calls() {
		if call.protocol == protocolCBOR {
			for _, body := range []string{
				strings.Repeat("\x81", 1<<20), strings.Repeat("\xc1", 1<<20), strings.Repeat("\x9f", 1<<20), strings.Repeat("\xa1\x61a", 1<<20),
				"\x9b\xff\xff\xff\xff\xff\xff\xff\xff", "\xbb\x7f\xff\xff\xff\xff\xff\xff\xff", "\x5b\xff\xff\xff\xff\xff\xff\xff\xff", "\xa1\x61a\x9a\xff\xff\xff\xff",
			} {
				w.send(t, call, []byte(body))
			}
			break
		}
	}
	for _, version := range []string{"2016-11-15", "2015-12-01", "2010-08-01"} {
		form := "Action=DescribeTags&Version=" + version
		w.do(t, http.MethodPost, "/", map[string]string{"Content-Type": contentForm}, []byte(form+"&"+strings.Repeat("A.", deep)+"B=c"))
		w.do(t, http.MethodPost, "/", map[string]string{"Content-Type": contentForm}, []byte(form+strings.Repeat("&A.1=b", deep)))
		w.do(t, http.MethodPost, "/", map[string]string{"Content-Type": contentForm}, []byte(form+"&ResourceArns.member.999999999999=x&A=%zz&%=;&"+name))
	}
}

// Unknown targets, paths and methods are refused.
func TestUnknown(t *testing.T) {
	t.Parallel()
	w := inhabited(t)
	for _, target := range []string{"", ".", "x", "x.y", "AmazonEC2ContainerServiceV20141113", "AmazonEC2ContainerServiceV20141113.", "AmazonEC2ContainerServiceV20141113.X.Y",
		"Logs_20140328.\x01", "AmazonSSM.Nothing", strings.Repeat("a.", 1000)} {
		for _, kind := range []string{"", "application/x-amz-json-1.1", "text/plain", contentForm, "application/cbor", contentForm + "; charset=\xff"} {
			w.do(t, http.MethodPost, "/", map[string]string{"X-Amz-Target": target, "Content-Type": kind}, []byte("{}"))
		}
	}
	for _, method := range []string{"GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "FROB"} {
		for _, path := range []string{"/", "//", "/x", "/service/x/operation/y", "/service/GraniteServiceVersion20100801/operation/Nothing", "/service/GraniteServiceVersion20100801/operation/ListMetrics",
			"/_gantry", "/_gantry/", "/_gantry/x", "/_gantry/world/x", "/v2", "/v2/", "/v2/_catalog", "/v2/../x", "/v2/a/b/c", "/v2/team/web/manifests/%00", "/v2/team/web/blobs/sha256:x",
			"/v2/team/web/blobs/uploads/", "/v2/team/web/blobs/uploads/nothing", "/v2/team/web/tags/list?n=-1", "/v2/team/web/tags/list?n=99999999999999999999&last=%ff", "/v2/team/web/referrers/x",
			"/v2/" + strings.Repeat("a/", 2000) + "manifests/x"} {
			w.do(t, method, path, nil, []byte(`{"schemaVersion":2,"layers":[null]}`))
		}
	}
}

// The administration takes no nonsense either.
func TestMalformedAdministration(t *testing.T) {
	t.Parallel()
	w := inhabited(t)
	random := rand.New(rand.NewPCG(3, 5))
	words := []string{`"demo"`, `"nosuch"`, `""`, `null`, `-1`, `1e300`, `[]`, `{}`, `[null]`, `"\u0000"`, `true`, `"max"`, `99999999999999999999`, `"t3.small"`, `["us-east-1a",""]`, `0.0000001`}
	members := []string{"speed", "cluster", "instanceType", "zones", "count", "name", "minSize", "maxSize", "desiredCapacity", "availabilityZones", "at", "step", "fault", "service", "task", "taskDefinition", "overrides",
		"share", "operation", "rules", "events", "targetGroup", "alarm", "state", "path", "file"}
	for _, path := range adminPaths() {
		if strings.HasSuffix(path, "/reset") {
			continue
		}
		for _, method := range []string{http.MethodPost, http.MethodGet} {
			for _, body := range []string{"", "{", "[]", "null", `"x"`, "\x00", `{"speed":{}}`, strings.Repeat("[", 100_000)} {
				w.do(t, method, path, nil, []byte(body))
			}
			for range 25 {
				var body strings.Builder
				for range 1 + random.IntN(5) {
					_, _ = fmt.Fprintf(&body, ",%q:%s", members[random.IntN(len(members))], words[random.IntN(len(words))])
				}
				w.do(t, method, path+"?cluster=demo&service=%00&task=x", nil, []byte("{"+body.String()[1:]+"}"))
			}
		}
	}
}

// The registry takes no manifest and no upload that is none.
func TestMalformedRegistry(t *testing.T) {
	t.Parallel()
	w := inhabited(t)
	descriptor := `{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:` + strings.Repeat("0", 64) + `","size":%s}`
	var bodies []string
	for _, size := range []string{"0", "-1", "1e300", `"1"`, "null", "[]", "99999999999999999999", "0.5"} {
		one := fmt.Sprintf(descriptor, size)
		bodies = append(bodies,
			`{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":`+one+`,"layers":[`+one+`]}`,
			`{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[`+one+`,null,{}]}`,
			`{"schemaVersion":`+size+`,"mediaType":`+size+`,"config":`+size+`,"layers":`+size+`,"subject":`+one+`,"annotations":{"a":`+size+`}}`)
	}
	bodies = append(bodies, "", "{", "null", "[]", `"x"`, "\x00\xff", strings.Repeat("[", 100_000), strings.Repeat(`{"config":`, 100_000), `{"layers":[`+strings.Repeat("{},", 50_000)+`{}]}`)
	for _, body := range bodies {
		for _, kind := range []string{"", "application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json", "text/plain"} {
			w.do(t, http.MethodPut, "/v2/team/web/manifests/v1", map[string]string{"Content-Type": kind}, []byte(body))
		}
	}
	for range 3 {
		began := w.do(t, http.MethodPost, "/v2/team/web/blobs/uploads/", nil, nil)
		at := began.Header().Get("Location")
		for _, span := range []string{"", "0-4", "5-1", "-1--1", "a-b", "99999999999999999999-0", "0-99999999999"} {
			w.do(t, http.MethodPatch, at, map[string]string{"Content-Range": span}, []byte("hello"))
		}
		for _, digest := range []string{"", "sha256:", "sha256:x", "md5:0", "%00", "sha256:" + strings.Repeat("f", 64)} {
			w.do(t, http.MethodPut, at+"?digest="+digest, nil, []byte("hello"))
		}
	}
	for _, query := range []string{"?mount=sha256:x&from=team/web", "?mount=&from=", "?digest=x", "?from=../.."} {
		w.do(t, http.MethodPost, "/v2/team/web/blobs/uploads/"+query, nil, []byte("x"))
	}
}

// FuzzRequest sends any body to any operation.
func FuzzRequest(f *testing.F) {
	all := calls()
	random := rand.New(rand.NewPCG(1, 1))
	w := inhabited(f)
	for _, call := range all {
		f.Add(call.String(), call.encode(call.valid(random, w.known)))
	}
	f.Fuzz(func(t *testing.T, name string, body []byte) {
		at := slices.IndexFunc(all, func(c call) bool { return c.String() == name })
		if at < 0 {
			hash := fnv.New32()
			_, _ = hash.Write([]byte(name))
			at = int(hash.Sum32() % uint32(len(all)))
		}
		w.send(t, all[at], body)
	})
}

// FuzzMembers sends requests that are well formed, and whose members are what
// they may not be, to operations one after another. The seed says which.
func FuzzMembers(f *testing.F) {
	all := calls()
	for i := range uint64(20) {
		f.Add(i)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		w := inhabited(t)
		random := rand.New(rand.NewPCG(seed, 42))
		for range 300 {
			call := all[random.IntN(len(all))]
			for _, body := range call.malformed(random, w.known, 1) {
				w.send(t, call, body)
			}
		}
	})
}

// Every service says what its requests are signed for: a gate that asks for
// signatures lets nobody in otherwise.
func TestEachServiceIsSignedFor(t *testing.T) {
	for _, call := range calls() {
		path, headers := call.route()
		if name := api.SignedFor(request(t, http.MethodPost, path, headers, nil), call.encode(map[string]any{})); name == "" {
			t.Errorf("%s: nothing", call)
		}
	}
}

// adminPaths are the paths in the table of the administration.
func adminPaths() []string {
	text, err := os.ReadFile("admin.go")
	if err != nil {
		panic(err)
	}
	var paths []string
	for _, m := range regexp.MustCompile(`"[A-Z]+ (/_gantry/[^"{]+)"`).FindAllStringSubmatch(string(text), -1) {
		paths = append(paths, m[1])
	}
	return paths
}
