package api

import (
	"slices"
)

// pageBounds are the member that says how much a page of a list has, how much it
// has by itself, and how much at most.
type pageBounds struct {
	member      string
	usual, most int
}

// listLimit is the member limit of most operations (ECS semantics 9.4 [LOGS]).
func listLimit() pageBounds { return pageBounds{"limit", mostListed, mostListed} }

// listed is page in the words of CloudWatch Logs, of a list that is ordered by
// its keys.
func listed[T any](list []T, key func(T) string, token *string, given *int32, bounds pageBounds) (cut []T, next *string, err error) {
	if given != nil && (*given < 1 || int(*given) > bounds.most) {
		return nil, nil, invalid("1 validation error detected: Value '%d' at '%s' failed to satisfy constraint: Member must have value between 1 and %d", *given, bounds.member, bounds.most)
	}
	keys, by := make([]string, 0, len(list)), make(map[string]T, len(list))
	for _, x := range list {
		keys = append(keys, key(x))
		by[key(x)] = x
	}
	slices.Sort(keys)
	if keys, next, err = page(keys, token, given, bounds.usual, bounds.most); err != nil {
		return nil, nil, invalid("The specified nextToken is invalid.")
	}
	cut = make([]T, 0, len(keys))
	for _, k := range keys {
		cut = append(cut, by[k])
	}
	return cut, next, nil
}
