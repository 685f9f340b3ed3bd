package gate

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"gantry/ecs"
	"gantry/emulator/api"
)

// claim is what a request says of its signature.
type claim struct {
	keyID   string
	date    string // of the scope, YYYYMMDD
	region  string
	service string

	headers   []string // that are signed, in small letters
	signature string
	at        time.Time
	token     string // of temporary credentials

	presigned bool
	lasts     time.Duration // of a presigned URL
}

const (
	algorithm = "AWS4-HMAC-SHA256"
	timeForm  = "20060102T150405Z"
	terminal  = "aws4_request"
)

func incomplete(format string, args ...any) error {
	return &ecs.Error{Code: api.CodeIncompleteSignature, Message: fmt.Sprintf(format, args...)}
}

// claimOf reads the signature in a request's header or URL. A request has one, in
// one of the places.
func claimOf(r *http.Request) (*claim, error) {
	given := r.Header.Values("Authorization")
	query := r.URL.Query()
	inURL := query.Has("X-Amz-Algorithm") || query.Has("X-Amz-Signature")
	switch {
	case len(given) == 0 && !inURL:
		return nil, &ecs.Error{Code: api.CodeMissingToken, Message: "Missing Authentication Token"}
	case len(given) > 1 || len(given) == 1 && inURL:
		return nil, incomplete("The request has more than one signature.")
	case inURL:
		return claimOfURL(query)
	}
	return claimOfHeader(given[0], r.Header)
}

// parts are the parameters of the header.
func parts() []string { return []string{"Credential", "Signature", "SignedHeaders"} }

func claimOfHeader(given string, header http.Header) (*claim, error) {
	kind, list, _ := strings.Cut(given, " ")
	if kind != algorithm {
		return nil, incomplete("Unsupported AWS 'algorithm': '%.100s'.", kind)
	}
	c := &claim{token: header.Get("X-Amz-Security-Token")}
	parameters := map[string]string{}
	for part := range strings.SplitSeq(list, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		if _, twice := parameters[name]; !ok || twice || !slices.Contains(parts(), name) {
			return nil, incomplete("'%.100s' is not a valid key=value pair (missing equal-sign) in Authorization header.", part)
		}
		parameters[name] = value
	}
	for _, name := range parts() {
		if parameters[name] == "" {
			return nil, incomplete("Authorization header requires '%s' parameter.", name)
		}
	}
	date := header.Values("X-Amz-Date")
	if len(date) != 1 {
		return nil, incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
	}
	return c, c.read(parameters["Credential"], parameters["SignedHeaders"], parameters["Signature"], date[0])
}

// longestPresigned is how long a presigned URL may last, and usualPresigned how
// long one does that says nothing.
const (
	longestPresigned = 7 * 24 * time.Hour
	usualPresigned   = 15 * time.Minute
)

func claimOfURL(query url.Values) (*claim, error) {
	for _, name := range []string{"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"} {
		if len(query[name]) != 1 || query.Get(name) == "" {
			return nil, incomplete("AWS query-string parameters must include '%s'.", name)
		}
	}
	if kind := query.Get("X-Amz-Algorithm"); kind != algorithm {
		return nil, incomplete("Unsupported AWS 'algorithm': '%.100s'.", kind)
	}
	c := &claim{presigned: true, lasts: usualPresigned, token: query.Get("X-Amz-Security-Token")}
	if given := query.Get("X-Amz-Expires"); given != "" {
		seconds, err := strconv.Atoi(given)
		if err != nil || seconds < 1 || seconds > int(longestPresigned/time.Second) {
			return nil, incomplete("X-Amz-Expires must be a number of seconds between 1 and %d.", int(longestPresigned/time.Second))
		}
		c.lasts = time.Duration(seconds) * time.Second
	}
	return c, c.read(query.Get("X-Amz-Credential"), query.Get("X-Amz-SignedHeaders"), query.Get("X-Amz-Signature"), query.Get("X-Amz-Date"))
}

// read takes the parts apart.
func (c *claim) read(credential, headers, signature, date string) (err error) {
	scope := strings.Split(credential, "/")
	if len(scope) != 5 {
		return incomplete("Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '%.200s'", credential)
	}
	c.keyID, c.date, c.region, c.service = scope[0], scope[1], scope[2], scope[3]
	if scope[4] != terminal {
		return wrong("Credential should be scoped with a valid terminator: '%s'.", terminal)
	}
	if c.at, err = time.Parse(timeForm, date); err != nil || c.at.Format(timeForm) != date {
		return incomplete("Date must be in ISO-8601 'basic format'. Got '%.100s'. See http://en.wikipedia.org/wiki/ISO_8601", date)
	}
	if c.date != c.at.Format("20060102") {
		return wrong("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '%.100s' != '%s', from '%s'.", c.date, c.at.Format("20060102"), date)
	}
	c.headers, c.signature = strings.Split(headers, ";"), signature
	return nil
}

// covers is that the signature is over what decides about the request: the host,
// and every header that is AWS's.
func (c *claim) covers(header http.Header) error {
	needed := []string{"host"}
	for name := range header {
		if lower := strings.ToLower(name); strings.HasPrefix(lower, "x-amz-") || lower == "smithy-protocol" {
			needed = append(needed, lower)
		}
	}
	slices.Sort(needed)
	for _, name := range needed {
		if !slices.Contains(c.headers, name) {
			return wrong("'%.100s' must be a 'SignedHeader' in the AWS Authorization.", name)
		}
	}
	return nil
}

// skew is how far the clocks of a client and of this machine may be apart.
const skew = 15 * time.Minute

// timely is that the signature is neither too old nor of the future. This is real
// time: clients know no other.
func (c *claim) timely(now time.Time) error {
	now, at := now.UTC(), c.at.Format(timeForm)
	expired := func(end time.Time, span time.Duration) error {
		return &ecs.Error{Code: api.CodeSignatureExpired, Message: fmt.Sprintf("Signature expired: %s is now earlier than %s (%s - %d min.)",
			at, end.Format(timeForm), now.Format(timeForm), int(span.Minutes()))}
	}
	switch lasts := max(c.lasts, 0); {
	case c.presigned && now.After(c.at.Add(lasts)):
		return expired(now.Add(-lasts), lasts)
	case !c.presigned && now.After(c.at.Add(skew)):
		return expired(now.Add(-skew), skew)
	case c.at.After(now.Add(skew)):
		return wrong("Signature not yet current: %s is still later than %s (%s + %d min.)", at, now.Add(skew).Format(timeForm), now.Format(timeForm), int(skew.Minutes()))
	}
	return nil
}

func wrong(format string, args ...any) error {
	return &ecs.Error{Code: api.CodeInvalidSignature, Message: fmt.Sprintf(format, args...)}
}
