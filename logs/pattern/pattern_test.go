package pattern_test

import (
	"errors"
	"maps"
	"strings"
	"testing"

	"gantry/logs/pattern"
)

// The events of the documentation [CWL: Filter pattern syntax].
const (
	badRequest   = "[ERROR 400] BAD REQUEST"
	unauthorized = "[ERROR 401] UNAUTHORIZED REQUEST"
	missing      = "[ERROR 419] MISSING ARGUMENTS"
	invalid      = "[ERROR 420] INVALID ARGUMENTS"
	internal     = "[ERROR 500] INTERNAL SERVER ERROR"
	authorized   = "[SUCCESS 200] AUTHORIZED REQUEST"

	trail = `{"eventType": "UpdateTrail", "sourceIPAddress": "111.111.111.111",
		"arrayKey": ["value", "another value"],
		"objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
		"SomeObject": null, "cluster.name": "c", "ThisFlag": true, "ThatFlag": false}`
	user = `{"user": {"id": 1, "email": "John.Stiles@example.com"},
		"users": [{"id": 2, "email": "John.Doe@example.com"}, {"id": 3, "email": "Jane.Doe@example.com"}],
		"actions": ["GET", "PUT", "DELETE"], "coordinates": [[0, 1, 2], [4, 5, 6], [7, 8, 9]]}`
	numbers = `{"bandwidth": 80, "latency": 20.5, "refreshRate": 60, "errorCode": 404, "number": [1e-3, -2.5E+3], "code": "404"}`

	frank  = `127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534`
	apache = `127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /apache_pb.gif HTTP/1.0" 200 1534`
)

func TestMatch(t *testing.T) {
	for _, tt := range []struct {
		pattern string
		yes, no []string
	}{
		{"", []string{"", badRequest}, nil},
		{"  ", []string{badRequest}, nil},
		{"ERROR", []string{badRequest, internal, "Exiting with ERRORCODE: -1"}, []string{authorized, "error"}},
		{"ERROR ARGUMENTS", []string{missing, invalid}, []string{badRequest}},
		{"?ERROR ?ARGUMENTS", []string{badRequest, missing}, []string{authorized}},
		{"?ERROR ?ARGUMENTS REQUEST", []string{badRequest, authorized}, []string{missing}},
		{`"INTERNAL SERVER ERROR"`, []string{internal}, []string{badRequest, "INTERNAL  SERVER ERROR"}},
		{`"a \"b\" \\"`, []string{`x a "b" \`}, []string{`a b`}},
		{"ERROR -ARGUMENTS", []string{badRequest, unauthorized}, []string{missing, invalid}},
		{`-"BAD REQUEST" -MISSING`, []string{invalid, authorized}, []string{badRequest, missing}},
		{"?GET -ERROR", []string{"GET /"}, []string{"GET ERROR", "PUT"}},
		{"%AUTHORIZED%", []string{unauthorized, authorized}, []string{badRequest}},
		{"%^[hc]at%", []string{"hat", "cats"}, []string{"the hat"}},
		{"%[hc]at$%", []string{"the hat"}, []string{"cats"}},
		{"%colou?r%", []string{"color", "colour"}, []string{"colr"}},
		{"%a{3,5}%", []string{"aaa"}, []string{"aa"}},
		{"%gra|ey%", []string{"gray", "grey"}, []string{"gro"}},
		{`%10\.10\.0\.1%`, []string{"at 10.10.0.1"}, []string{"10x10.0.1"}},
		{`%\x3A\d\s\w% OK`, []string{":1 a OK"}, []string{":1 a", "OK"}},
		{`?%4\d\d% ?"x y"`, []string{badRequest, "x y"}, []string{authorized}},

		{`{ $.eventType = "UpdateTrail" }`, []string{trail}, []string{"UpdateTrail", `{"eventType": "updateTrail"}`, trail + "x"}},
		{`{$.eventType=UpdateTrail}`, []string{trail, " " + trail + "\n"}, []string{`{"eventType": 1}`, `{}`}},
		{`{ $.sourceIPAddress != 123.123.* }`, []string{trail}, []string{`{"sourceIPAddress": "123.123.1.1"}`, `{}`}},
		{`{ $.arrayKey[0] = "value" }`, []string{trail}, []string{`{"arrayKey": "value"}`, `{"arrayKey": []}`}},
		{`{ $.arrayKey = "value" }`, nil, []string{trail}},
		{`{ $.objectList[1].id = 2 }`, []string{trail}, nil},
		{`{ $.objectList[*].id = 2 }`, []string{trail}, []string{`{"objectList": {}}`}},
		{`{ $.objectList[*].id = 3 }`, nil, []string{trail}},
		{`{ $.* = "c" }`, []string{trail}, []string{`{}`}},
		{`{ $.SomeObject IS NULL }`, []string{trail}, []string{`{}`, `{"SomeObject": 0}`}},
		{`{ $.SomeOtherObject NOT EXISTS }`, []string{trail}, []string{`{"SomeOtherObject": null}`}},
		{`{ $.SomeObject NOT EXISTS }`, []string{`{}`}, []string{trail}},
		{`{ $.ThisFlag IS TRUE && $.ThatFlag IS FALSE }`, []string{trail}, []string{`{"ThisFlag": "true", "ThatFlag": false}`}},
		{`{ $.['cluster.name'] = "c" }`, []string{trail}, nil},
		{`{ $["cluster.name"] = "c" }`, []string{trail}, nil},
		{`{ $.eventType = %Trail% }`, []string{trail}, []string{`{"eventType": "x"}`}},
		{`{ $.sourceIPAddress != %123\.123\.% }`, []string{trail}, []string{`{"sourceIPAddress": "123.123.1.1"}`}},
		{`{ $.eventType = "*" }`, []string{trail, `{"eventType": 5}`, `{"eventType": ""}`}, []string{`{}`, `{"eventType": null}`, `{"eventType": {}}`}},
		{`{ $.eventType = "*date*ai*" }`, []string{trail}, []string{`{"eventType": "aidate"}`}},
		{`{ $.a = "x\*y" }`, []string{`{"a": "x*y"}`}, []string{`{"a": "x-y"}`}},

		{`{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }`, []string{user}, nil},
		{`{ ($.user.id = 2 && $.users[0].email = "nonmatch") || $.actions[2] = "GET" }`, nil, []string{user}},
		{`{ $.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = "nonmatch" && $.actions[2] = "nonmatch" }`, []string{user}, nil},
		{`{ ($.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = "nonmatch") && $.actions[2] = "nonmatch" }`, nil, []string{user}},
		{`{$.coordinates[0][1]=1&&($.actions[1]=PUT||$.actions[1]=GET)}`, []string{user}, nil},

		{`{ $.bandwidth > 75 }`, []string{numbers}, []string{`{"bandwidth": 75}`, `{"bandwidth": "80"}`, `{}`}},
		{`{ $.latency < 50 }`, []string{numbers}, []string{`{"latency": 50}`}},
		{`{ $.refreshRate >= 60 }`, []string{numbers}, []string{`{"refreshRate": 59.9}`}},
		{`{ $.refreshRate <= 60 }`, []string{numbers}, []string{`{"refreshRate": 60.1}`}},
		{`{ $.errorCode = 404 && $.code = 404 }`, []string{numbers}, nil},
		{`{ $.errorCode = 4.04e2 }`, []string{numbers}, nil},
		{`{ $.errorCode = 4* }`, []string{numbers}, []string{`{"errorCode": 500}`}},
		{`{ $.errorCode != 500 }`, []string{numbers}, []string{`{"errorCode": 500}`, `{"errorCode": 5e2}`}},
		{`{ $.number[0] = 1e-3 && $.number[1] = -2500 }`, []string{numbers}, nil},
		{`{ $.number[0] != 1e+3 }`, []string{numbers}, nil},

		// Of the CIS benchmark, which everybody has.
		{`{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }`,
			[]string{`{"errorCode": "Client.UnauthorizedOperation"}`, `{"errorCode": "AccessDeniedException"}`}, []string{numbers}},
		{`{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }`,
			[]string{`{"userIdentity": {"type": "Root"}, "eventType": "AwsApiCall"}`},
			[]string{`{"userIdentity": {"type": "Root", "invokedBy": "x"}, "eventType": "AwsApiCall"}`}},
		{`{($.eventSource=s3.amazonaws.com) && (($.eventName=PutBucketAcl) || ($.eventName=DeleteBucketCors))}`,
			[]string{`{"eventSource": "s3.amazonaws.com", "eventName": "DeleteBucketCors"}`}, []string{`{"eventSource": "s3.amazonaws.com"}`}},

		{"[]", []string{frank, ""}, nil},
		{"[ip, server, username, timestamp, request, status_code, bytes > 1000]", []string{frank}, []string{"a b", ""}},
		{`[ip, server, username, timestamp, request =*.html*, status_code = 4*, bytes]`, []string{frank}, []string{apache}},
		{`[ip=%127\.0\.0\.[1-9]%, server, username, timestamp, request =*.html*, status_code = 4*, bytes]`, []string{frank}, []string{apache}},
		{"[..., status_code=4*, bytes]", []string{frank, "404 1"}, []string{apache, "404"}},
		{"[ip, ..., bytes < 2e3]", []string{frank}, []string{"1", "1 2000"}},
		{"[w1=ERROR, w2]", []string{"ERROR 1", "ERROR 1 2"}, []string{"WARN 1", "ERROR"}},
		{"[w1=ERROR||w1=%WARN%, w2]", []string{"ERROR 1", "WARNING 2"}, []string{"INFO 3"}},
		{"[w1!=ERROR&&w1!=WARN, w2]", []string{"INFO 3"}, []string{"ERROR 1", "WARN 2"}},
		{`[(w1 = "a b" || w1 = 'c') && w1 != x, ...]`, []string{`"a b" c`, "[a b]", "c"}, []string{"a b"}},
		{`[time, component = "HttpServer", ..., result_code != 200, latency]`, []string{"1 HttpServer x y 404 7"}, []string{"1 HttpServer 200 7"}},
	} {
		p, err := pattern.Parse(tt.pattern)
		if err != nil {
			t.Errorf("%s: %v", tt.pattern, err)
			continue
		}
		for _, message := range tt.yes {
			if !p.Match(message) {
				t.Errorf("%s does not match %s", tt.pattern, message)
			}
		}
		for _, message := range tt.no {
			if p.Match(message) {
				t.Errorf("%s matches %s", tt.pattern, message)
			}
		}
	}
}

func TestExtract(t *testing.T) {
	for _, tt := range []struct {
		pattern, message string
		want             map[string]string
	}{
		{"frank", apache, map[string]string{}},
		{`{ $.eventType = "*" && $.objectList[*].id > 1 }`, trail, map[string]string{"$.eventType": "UpdateTrail", "$.objectList[*].id": "1"}},
		// As the documentation of TestMetricFilter has them.
		{"[]", apache, map[string]string{"$1": "127.0.0.1", "$2": "-", "$3": "frank", "$4": "10/Oct/2000:13:25:15 -0700", "$5": "GET /apache_pb.gif HTTP/1.0", "$6": "200", "$7": "1534"}},
		{"[..., status_code, size > 1000]", apache, map[string]string{"$1": "127.0.0.1", "$2": "-", "$3": "frank", "$4": "10/Oct/2000:13:25:15 -0700", "$5": "GET /apache_pb.gif HTTP/1.0", "$status_code": "200", "$size": "1534"}},
		{"[ip, identity]", "1 2 3", map[string]string{"$ip": "1", "$identity": "2", "$3": "3"}},
	} {
		p, err := pattern.Parse(tt.pattern)
		if err != nil {
			t.Fatalf("%s: %v", tt.pattern, err)
		}
		if got, ok := p.Extract(tt.message); !ok || !maps.Equal(got, tt.want) {
			t.Errorf("%s: %v, %v", tt.pattern, got, ok)
		}
		if _, ok := p.Extract("x"); ok && tt.pattern != "[]" {
			t.Errorf("%s extracts from what it does not match", tt.pattern)
		}
	}
}

func TestRefusals(t *testing.T) {
	for text, want := range map[string]string{
		"GET /a":                           "at character 5: Invalid character(s) in term '/a'",
		`"open`:                            "at character 1: a quotation mark is not closed",
		`a ""`:                             "at character 3: a phrase is empty",
		"-":                                "at the end: a term is missing",
		"? a":                              "at character 2: a term is missing",
		"%a":                               "at character 1: a regular expression is not closed",
		"%%":                               "at character 1: a regular expression is empty",
		"%something!%":                     `at character 11: a regular expression cannot have "!"`,
		"%(a|b)%":                          `at character 2: a regular expression cannot have "("`,
		"%ä%":                              `at character 2: a regular expression cannot have "ä"`,
		`%\bword%`:                         `at character 1: a regular expression cannot have \b`,
		"%[a%":                             "at character 1: a regular expression cannot be read",
		"%a{2000}%":                        "at character 1: a regular expression cannot be read",
		"{":                                "at the end: expected a field",
		"{ $.a = 1":                        "at character 1: this brace is not closed",
		"{ $.a = 1 } x":                    "at character 13: nothing can follow }",
		"{ a = 1 }":                        `at character 3: expected a field such as $.name, not "a"`,
		"{ $ = 1 }":                        "at character 3: expected a field",
		"{ $.a 1 }":                        `at character 7: expected one of =`,
		"{ $.a = }":                        "at character 9: a value is missing",
		"{ $.a < x }":                      "at character 9: < compares with a number",
		"{ $.a > %1% }":                    "at character 9: > compares with a number",
		"{ $.a IS NOT NULL }":              `at character 10: expected NULL, TRUE or FALSE`,
		"{ $.a EXISTS }":                   "at character 7: there is no EXISTS",
		"{ $.a NOT NULL }":                 "at character 11: expected EXISTS",
		"{ ($.a = 1 }":                     `at character 12: expected &&, || or a parenthesis`,
		"{ $.a[x] = 1 }":                   "at character 7: expected a number",
		"{ $.a[1 = 1 }":                    `at character 8: expected ], not " "`,
		"{ $.a[*].b[*] = 1 }":              "at character 11: a selector can have one wildcard",
		"{ $.@a = 1 }":                     "at character 5: expected the name of a field",
		"{ $.a=%a% && $.b=%b% || $.c=%c%}": "can have 2 regular expressions",
		"{ $.a[*]=1 && $.b[*]=1 && $.c[*]=1 && $.d[*]=1 }": "at character 39: a pattern can have 3 selectors",
		"[a, b":                   "at character 1: this bracket is not closed",
		"[a b]":                   `at character 4: expected one of =`,
		"[a,, b]":                 `at character 4: expected the name of a column, not ","`,
		"[a, ..., b, ...]":        "at character 13: a pattern can have three dots once",
		"[a = 1 && b = 2]":        "at character 11: this condition is on the column b",
		"[a] b":                   "at character 5: nothing can follow ]",
		"[a < b]":                 "at character 6: < compares with a number",
		"[a=%x%,b=%y%,c=%z%]":     "can have 2 regular expressions",
		"\xff":                    "at character 1: the pattern is not valid UTF-8",
		strings.Repeat("x", 1025): "at the end: the pattern has 1025 characters",
	} {
		_, err := pattern.Parse(text)
		var syntax *pattern.SyntaxError
		if !errors.As(err, &syntax) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: %v, want %s", text, err, want)
		}
	}
}
