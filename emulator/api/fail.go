package api

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/uuid"

	"gantry/ecs"
	"gantry/emulator/shapes"
)

// NoRegion refuses a request that was signed for what is no Region's name, in the
// words that AWS's services have for it.
func NoRegion(region string) error {
	return &ecs.Error{Code: codeInvalidSignature, Message: fmt.Sprintf("Credential should be scoped to a valid region, not '%s'.", region)}
}

// Fail answers a request that could not be brought to where it belongs, in the
// protocol that it came in.
func (s *Server) Fail(w http.ResponseWriter, r *http.Request, err error) {
	a := shapes.Answer{RequestID: uuid.NewString()}
	w.Header().Set("x-amzn-RequestId", a.RequestID)
	x := failureOf(err)
	x.message = shortened(x.message)
	var p protocol
	switch {
	case r.Header.Get("Smithy-Protocol") == "rpc-v2-cbor":
		p = cborProtocol{}
	case r.Header.Get("X-Amz-Target") == "" && strings.HasPrefix(r.Header.Get("Content-Type"), contentForm):
		p = s.formProtocol(r)
		if x.code == codeInvalidSignature {
			x.code = codeSignatureDoesNotMatch // as AWS Query calls it
		}
	default:
		s.writeError(w, r.Header.Get("X-Amz-Target"), err)
		return
	}
	if x.status >= http.StatusInternalServerError {
		s.log.Error("a request failed", "path", r.URL.Path, "error", err)
	}
	p.refuse(w, &family{}, a, x)
}

// formProtocol is EC2 Query or AWS Query, by the version of the API.
func (s *Server) formProtocol(r *http.Request) protocol {
	body, err := readRequest(r)
	if err == nil {
		if form, err := url.ParseQuery(string(body)); err == nil {
			if f := s.around.byVersion[form.Get("Version")]; f != nil && f.ec2 {
				return ec2Protocol{}
			}
		}
	}
	return queryProtocol{}
}
