package emulator_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// aroundScript goes through a script of testdata/around, by lines:
//
//	Operation {request}   a call through the SDK's client; the members of request and
//	                      answer have the names of the SDK's structs
//	= {answer}            what its answer has at least; "*" is anything, and "$name"
//	                      anything the first time and the same from then on, in
//	                      requests, too
//	! Error 404           or that it is refused with that type of the SDK, and status
//	? Error               an error that the model has for some of the operations
//	? Error: reason       ... and that does not occur, and why
//	~ Operation Member: reason   a member that no request fills, and why
//	pass 1h               time that passes
//	ecs Operation {...}   a call of ECS, in AWS JSON
//	times 51 Operation {} the call so many times, where # is its number; what is said
//	                      of the answer is said of the last one
//
// TAGS51 in a request is 51 tags, LONG4097 is 4097 times x.
type aroundScript struct {
	*rig
	client reflect.Value
	bound  map[string]string
	filled map[string]bool // Operation.Member
	unable map[string]bool // Operation.Member
	errors map[string]string
	raised map[string]bool
}

func (s *aroundScript) run(text string) {
	s.unable, s.errors, s.raised = map[string]bool{}, map[string]string{}, map[string]bool{}
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		line := strings.TrimSpace(lines[i])
		word, rest, _ := strings.Cut(line, " ")
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case word == "?":
			names, reason, _ := strings.Cut(rest, ":")
			for _, name := range strings.Fields(names) {
				s.errors[name] = strings.TrimSpace(reason)
			}
		case word == "~":
			names, reason, _ := strings.Cut(rest, ":")
			fields := strings.Fields(names)
			for _, member := range fields[1:] {
				s.unable[fields[0]+"."+member] = true
			}
			if reason == "" {
				s.t.Errorf("%s: say why", line)
			}
		case word == "pass":
			d, err := time.ParseDuration(rest)
			if err != nil {
				s.t.Fatal(err)
			}
			s.watch.pass(d)
		case word == "ecs":
			operation, body, _ := strings.Cut(rest, " ")
			s.ok(operation, body)
		default:
			want := "= {}"
			if i+1 < len(lines) {
				if next := strings.TrimSpace(lines[i+1]); strings.HasPrefix(next, "= ") || strings.HasPrefix(next, "! ") {
					want = next
					i++
				}
			}
			if word == "times" {
				count, call, _ := strings.Cut(rest, " ")
				word, rest, _ = strings.Cut(call, " ")
				last, err := strconv.Atoi(count)
				if err != nil {
					s.t.Fatal(err)
				}
				for n := 1; n < last; n++ {
					s.step(word, strings.ReplaceAll(rest, "#", strconv.Itoa(n)), "= {}")
				}
				rest = strings.ReplaceAll(rest, "#", count)
			}
			s.step(word, rest, want)
		}
	}
}

// step is one call.
func (s *aroundScript) step(operation, request, want string) {
	s.t.Helper()
	out, err := s.sdk(operation, s.fill(request))
	if refusal, ok := strings.CutPrefix(want, "! "); ok {
		name, status, _ := strings.Cut(refusal, " ")
		s.raised[name] = true
		var response *awshttp.ResponseError
		if !errors.As(err, &response) || !isOfType(err, name) || strconv.Itoa(response.HTTPStatusCode()) != status {
			s.t.Errorf("%s %s: want the SDK's %s with the status %s, got %v", operation, request, name, status, err)
		}
		return
	}
	if err != nil {
		s.t.Errorf("%s %s: %v", operation, request, err)
		return
	}
	var wanted any
	if err := json.Unmarshal([]byte(strings.TrimPrefix(want, "= ")), &wanted); err != nil {
		s.t.Fatalf("%s: %v", want, err)
	}
	if difference := s.differs(wanted, out, ""); difference != "" {
		whole, _ := json.Marshal(out)
		s.t.Errorf("%s %s: %s\nin %s", operation, request, difference, whole)
	}
}

// fill writes what is bound, and what is long, into a request.
func (s *aroundScript) fill(request string) string {
	for name, value := range s.bound {
		request = strings.ReplaceAll(request, `"`+name+`"`, strconv.Quote(value))
	}
	for _, long := range longs.FindAllStringSubmatch(request, -1) {
		n, err := strconv.Atoi(long[2])
		if err != nil {
			s.t.Fatal(err)
		}
		switch long[1] {
		case "LONG":
			request = strings.Replace(request, long[0], strings.Repeat("x", n), 1)
		case "TAGS":
			var tags []string
			for i := range n {
				tags = append(tags, fmt.Sprintf(`{"Key":"k%d","Value":"v"}`, i))
			}
			request = strings.Replace(request, `"`+long[0]+`"`, "["+strings.Join(tags, ",")+"]", 1)
		}
	}
	return request
}

// sdk calls an operation of the client, and returns its answer as JSON has it.
func (s *aroundScript) sdk(operation, request string) (any, error) {
	s.t.Helper()
	call := s.client.MethodByName(operation)
	if !call.IsValid() {
		s.t.Fatalf("%s is no operation", operation)
	}
	in := reflect.New(call.Type().In(1).Elem())
	decoder := json.NewDecoder(strings.NewReader(request))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(in.Interface()); err != nil {
		s.t.Fatalf("%s %s: %v", operation, request, err)
	}
	for i := range in.Elem().NumField() {
		if !in.Elem().Field(i).IsZero() {
			s.filled[operation+"."+in.Elem().Type().Field(i).Name] = true
		}
	}
	s.filled[operation] = true
	result := call.Call([]reflect.Value{reflect.ValueOf(s.t.Context()), in})
	if err, _ := result[1].Interface().(error); err != nil {
		return nil, err
	}
	raw, err := json.Marshal(result[0].Interface())
	if err != nil {
		s.t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(raw, &out); err != nil {
		s.t.Fatal(err)
	}
	return out, nil
}

// differs says where an answer lacks what is wanted.
func (s *aroundScript) differs(want, got any, at string) string {
	switch want := want.(type) {
	case map[string]any:
		members, ok := got.(map[string]any)
		if !ok {
			return fmt.Sprintf("%s is %v", at, got)
		}
		for name, value := range want {
			if d := s.differs(value, members[name], at+"."+name); d != "" {
				return d
			}
		}
		return ""
	case []any:
		list, _ := got.([]any)
		if len(list) != len(want) {
			return fmt.Sprintf("%s has %d members, want %d", at, len(list), len(want))
		}
		for i := range want {
			if d := s.differs(want[i], list[i], fmt.Sprintf("%s[%d]", at, i)); d != "" {
				return d
			}
		}
		return ""
	case string:
		text, ok := got.(string)
		switch {
		case want == "*" && got != nil && got != "":
			return ""
		case strings.HasPrefix(want, "$") && ok && text != "":
			if s.bound[want] == "" {
				s.bound[want] = text
			}
			want = s.bound[want]
		}
		if !ok || text != want {
			return fmt.Sprintf("%s is %v, want %s", at, got, want)
		}
		return ""
	}
	if !reflect.DeepEqual(want, got) {
		return fmt.Sprintf("%s is %v, want %v", at, got, want)
	}
	return ""
}

// checkFilled is that some request fills each member of an operation's.
func (s *aroundScript) checkFilled(operation string) {
	s.t.Helper()
	if !s.filled[operation] {
		s.t.Errorf("no line calls %s", operation)
		return
	}
	in := s.client.MethodByName(operation).Type().In(1).Elem()
	for i := range in.NumField() {
		f := in.Field(i)
		key := operation + "." + f.Name
		if f.IsExported() && !s.filled[key] && !s.unable[key] {
			s.t.Errorf("no request fills %s", key)
		}
		if s.filled[key] && s.unable[key] {
			s.t.Errorf("%s is said not to be filled, but is", key)
		}
	}
}

// checkErrors is that each error of the model comes up.
func (s *aroundScript) checkErrors() {
	s.t.Helper()
	var names []string
	for name := range s.errors {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if reason := s.errors[name]; s.raised[name] == (reason != "") {
			s.t.Errorf("%s is raised: %t, and does not occur: %q", name, s.raised[name], reason)
		}
	}
}

// isOfType reports whether an error is a type of the SDK with that name.
func isOfType(err error, name string) bool {
	for ; err != nil; err = errors.Unwrap(err) {
		if t := reflect.TypeOf(err); t.Kind() == reflect.Pointer && t.Elem().Name() == name && strings.HasSuffix(t.Elem().PkgPath(), "/types") {
			return true
		}
		if name == "-" { // one that the model has not
			return true
		}
	}
	return false
}

var longs = regexp.MustCompile(`(LONG|TAGS)(\d+)`)
