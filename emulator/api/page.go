package api

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gantry/ecs"
)

// page cuts one page out of a sorted list of keys. A token names the last key
// of the page before, so that what comes and goes in between neither repeats
// nor hides anything else.
//
// given is maxResults as it came; most and usual are the operation's (ECS
// semantics 8.6 [API]).
func page(keys []string, token *string, given *int32, usual, most int) (cut []string, next *string, err error) {
	limit, err := pageSize(given, usual, most)
	if err != nil {
		return nil, nil, err
	}
	start := 0
	if token != nil && *token != "" {
		last, ok := openToken(*token)
		if !ok {
			return nil, nil, invalid("Invalid token.")
		}
		start, ok = slices.BinarySearch(keys, last)
		if ok {
			start++
		}
	}
	rest := keys[start:]
	if len(rest) <= limit {
		return slices.Clone(rest), nil, nil
	}
	return slices.Clone(rest[:limit]), sealToken(rest[limit-1]), nil
}

// aroundPage is page in the words of a service around ECS, which has a code for
// a token that is none, and a ValidationException or the like for what breaks a
// bound of its model.
func aroundPage(keys []string, token *string, given *int32, usual, most int, codes pageCodes) (cut []string, next *string, err error) {
	if given != nil && (*given < 1 || int(*given) > most) {
		bound := fmt.Sprintf("less than or equal to %d", most)
		if *given < 1 {
			bound = "greater than or equal to 1"
		}
		return nil, nil, refuse(codes.size, "1 validation error detected: Value '%d' at '%s' failed to satisfy constraint: Member must have value %s",
			*given, codes.member, bound)
	}
	if cut, next, err = page(keys, token, given, usual, most); err != nil {
		return nil, nil, refuse(codes.token, "%s", err.Error())
	}
	return cut, next, nil
}

// pageCodes are the codes of a wrong token and of a wrong size, and the member
// that the size came in.
type pageCodes struct{ token, size, member string }

func pageSize(given *int32, usual, most int) (int, error) {
	if given == nil {
		return usual, nil
	}
	if *given < 1 || int(*given) > most {
		return 0, invalid("maxResults must be between 1 and %d, but it is %d.", most, *given)
	}
	return int(*given), nil
}

// The token of a page. Its head keeps a token of something else from passing.
const tokenHead = "gantry1:"

func sealToken(key string) *string {
	sealed := base64.RawURLEncoding.EncodeToString([]byte(tokenHead + key))
	return &sealed
}

func openToken(token string) (string, bool) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return "", false
	}
	return strings.CutPrefix(string(raw), tokenHead)
}

// openNumber is the number in the token of a page; without a token it is 0.
func openNumber(token *string) (uint64, error) {
	if token == nil || *token == "" {
		return 0, nil
	}
	key, ok := openToken(*token)
	n, err := strconv.ParseUint(key, 10, 64)
	if !ok || err != nil {
		return 0, invalid("Invalid token.")
	}
	return n, nil
}

// text reads an optional string.
func text[N ~string](s *string) N {
	if s == nil {
		return ""
	}
	return N(*s)
}

func missing(arn ecs.ARN) ecs.Failure { return ecs.Failure{ARN: arn, Reason: "MISSING"} }
