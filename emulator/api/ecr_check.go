package api

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"gantry/emulator/registry"
)

// unfit refuses a member of a request in the words of ECR.
func unfit(member, format string, args ...any) error {
	return invalid("Invalid parameter at '%s' failed to satisfy constraint: '%s'", member, fmt.Sprintf(format, args...))
}

// checkEnum refuses what is none of an enumeration's values. An absent member is
// no choice at all.
func checkEnum[E enumeration[E]](member string, given E) error {
	var none E
	known := none.Values()
	if given == none || slices.Contains(known, given) {
		return nil
	}
	words := make([]string, 0, len(known))
	for _, value := range known {
		words = append(words, string(value))
	}
	return unfit(member, "Member must satisfy enum value set: [%s]", strings.Join(words, ", "))
}

// needed refuses an absent member.
func needed(member string, given bool) error {
	if given {
		return nil
	}
	return unfit(member, "must not be null")
}

func checkPattern(member string, rule *regexp.Regexp, values ...string) error {
	for _, value := range values {
		if !rule.MatchString(value) {
			return unfit(member, "must satisfy regular expression '%s'", rule)
		}
	}
	return nil
}

func checkLength(member string, length, least, most int) error {
	if length < least || length > most {
		return unfit(member, "must have length between %d and %d", least, most)
	}
	return nil
}

// own refuses a registry that is not the caller's own, which nothing but its
// repositories can be asked about.
func (e *ECR) own(registryID *string) error {
	if id := text[string](registryID); id != "" && id != e.scope.Account {
		return refuse(registry.CodeValidation, "The registry with id '%s' is not the one of the caller, '%s'", id, e.scope.Account)
	}
	return nil
}

// cutPage is page over things that a key names.
func cutPage[T any](all []T, key func(T) string, token *string, given *int32, usual, most int) (cut []T, next *string, err error) {
	by, keys := map[string]T{}, make([]string, 0, len(all))
	for _, one := range all {
		by[key(one)] = one
		keys = append(keys, key(one))
	}
	slices.Sort(keys)
	keys, next, err = page(keys, token, given, usual, most)
	cut = []T{}
	for _, k := range keys {
		cut = append(cut, by[k])
	}
	return cut, next, err
}

// numbered are things with their places, for pages that keep their order.
type numbered[T any] struct {
	place int
	thing T
}

func (n numbered[T]) key() string { return fmt.Sprintf("%09d", n.place) }

func inOrder[T any](all []T) []numbered[T] {
	list := make([]numbered[T], 0, len(all))
	for i, one := range all {
		list = append(list, numbered[T]{i, one})
	}
	return list
}
