package api

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/google/uuid"

	"gantry/ecs"
	"gantry/emulator/shapes"
)

// NoRegion refuses a request that was signed for what is no Region's name, in the
// words that AWS's services have for it, and names the Region that may be meant.
func NoRegion(region string) error {
	message := fmt.Sprintf(saysScope+"a valid region, not '%s'.", region)
	if near := ecs.NearestRegion(region); near != "" {
		message += " Did you mean " + near + "?"
	}
	return &ecs.Error{Code: CodeInvalidSignature, Message: message}
}

// saysScope begins what is said of a signature that is for something else.
const saysScope = "Credential should be scoped to "

// Fail answers a request that could not be brought to where it belongs, in the
// protocol that it came in.
func (s *Server) Fail(w http.ResponseWriter, r *http.Request, err error) {
	if failureOf(err).status >= http.StatusInternalServerError {
		s.log.Error("a request failed", "path", r.URL.Path, "error", err)
	}
	Refuse(w, r, err)
}

// Refuse answers a request that nobody is to look at, in the protocol that it
// came in.
func Refuse(w http.ResponseWriter, r *http.Request, err error) {
	a := shapes.Answer{RequestID: uuid.NewString()}
	w.Header().Set("x-amzn-RequestId", a.RequestID)
	x := failureOf(err)
	x.message = shortened(x.message)
	switch spoken(r) {
	case spokenCBOR:
		cborProtocol{}.refuse(w, &family{}, a, x.inJSON())
	case spokenQuery:
		queryProtocol{}.refuse(w, &family{}, a, x.inQuery())
	case spokenEC2:
		ec2Protocol{}.refuse(w, &family{}, a, x.inEC2())
	default:
		refuseJSON(w, x.inJSON())
	}
}

// spoken is the protocol of a request.
func spoken(r *http.Request) int {
	switch {
	case r.Header.Get("Smithy-Protocol") == "rpc-v2-cbor":
		return spokenCBOR
	case r.Header.Get("X-Amz-Target") != "" || r.URL.Path != "/":
		return spokenJSON
	case actionInURL(r), strings.HasPrefix(r.Header.Get("Content-Type"), contentForm):
		if f := families().byVersion[formOf(r).Get("Version")]; f != nil && f.ec2 {
			return spokenEC2
		}
		return spokenQuery
	}
	return spokenJSON
}

const (
	spokenJSON = iota
	spokenCBOR
	spokenQuery
	spokenEC2
)

// families are the services around ECS, for those who have no server.
var families = sync.OnceValue(func() aroundServices { return arrange(aroundFamilies()) })

// formOf is what a request of AWS Query says, as far as it can be read.
func formOf(r *http.Request) url.Values {
	body, _ := ReadRequest(r)
	form, _ := readForm(r, body) // what could be read names the version, or nothing does
	return form
}

// The codes of requests that no operation is asked about, as AWS JSON has them.
const (
	CodeInvalidSignature    = "InvalidSignatureException"
	CodeIncompleteSignature = "IncompleteSignatureException"
	CodeMissingToken        = "MissingAuthenticationTokenException"
	CodeUnrecognizedClient  = "UnrecognizedClientException"
	CodeExpiredToken        = "ExpiredTokenException"
	CodeSignatureExpired    = "RequestExpired" // of EC2; elsewhere the signature is an invalid one
	CodeHeadersTooLarge     = "RequestHeaderFieldsTooLargeException"
	codeTooLarge            = "RequestEntityTooLargeException"
	codeTooSlow             = "RequestTimeoutException"
)

// inJSON is a failure as AWS JSON and CBOR word it.
func (x failure) inJSON() failure {
	if x.code == CodeSignatureExpired {
		x.code = CodeInvalidSignature
	}
	return x
}

// inQuery is a failure as AWS Query words it [Common error types of the services
// of AWS Query].
func (x failure) inQuery() failure {
	switch x.code {
	case CodeInvalidSignature, CodeSignatureExpired:
		x.status, x.code = http.StatusForbidden, "SignatureDoesNotMatch"
	case CodeUnrecognizedClient:
		x.status, x.code = http.StatusForbidden, "InvalidClientTokenId"
	case CodeMissingToken:
		x.status, x.code = http.StatusForbidden, "MissingAuthenticationToken"
	case CodeExpiredToken:
		x.status, x.code = http.StatusForbidden, "ExpiredToken"
	case CodeIncompleteSignature:
		x.code = "IncompleteSignature"
	case CodeHeadersTooLarge, codeTooLarge, codeTooSlow:
		x.code = strings.TrimSuffix(x.code, "Exception")
	}
	return x
}

// inEC2 is a failure as EC2 words it: whoever is not let in hears little more
// than that [EC2 error codes: AuthFailure, RequestExpired].
func (x failure) inEC2() failure {
	switch x.code {
	case CodeInvalidSignature, CodeUnrecognizedClient, CodeMissingToken:
		x.status, x.code = http.StatusUnauthorized, "AuthFailure"
		if !strings.HasPrefix(x.message, saysScope) {
			x.message = "AWS was not able to validate the provided access credentials"
		}
		return x
	case CodeSignatureExpired, CodeExpiredToken:
		return failure{status: http.StatusBadRequest, code: CodeSignatureExpired, message: "Request has expired."}
	}
	return x.inQuery()
}

// SignedFor is the service that a request's signature has to be for, or "" when
// what is asked is not known.
func SignedFor(r *http.Request, body []byte) string {
	switch path := r.URL.Path; {
	case strings.HasPrefix(path, "/_gantry/"):
		return "gantry"
	case strings.HasPrefix(path, "/service/"):
		target, _, _ := strings.Cut(strings.TrimPrefix(path, "/service/"), "/")
		return signingName(families().byTarget[target])
	}
	target, _, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	switch target {
	case targetECS:
		return "ecs"
	case targetECR:
		return "ecr"
	case targetLogs:
		return "logs"
	case "":
		form, _ := readForm(r, body) // what could be read names the version, or nothing does
		return signingName(families().byVersion[form.Get("Version")])
	}
	return signingName(families().byTarget[target])
}

func signingName(f *family) string {
	if f == nil {
		return ""
	}
	return f.signs
}
