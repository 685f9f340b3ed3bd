package api

import (
	"slices"
	"strings"
)

// enumeration is a string type of the SDK that knows its own values.
type enumeration[E any] interface {
	~string
	Values() []E
}

// checkChoice refuses what is none of an enumeration's values, in the words that
// ECS has for it (ECS semantics 8.4). An absent member is no choice at all.
func checkChoice[E enumeration[E]](name string, given ...E) error {
	var none E
	known := none.Values()
	for _, value := range given {
		if value != none && !slices.Contains(known, value) {
			return shouldBeOneOf(name, known)
		}
	}
	return nil
}

func shouldBeOneOf[E ~string](name string, known []E) error {
	words := make([]string, 0, len(known))
	for _, value := range known {
		words = append(words, string(value))
	}
	return invalid("%s should be one of [%s]", name, strings.Join(words, ","))
}

// first is the first error of several checks.
func first(checks ...error) error {
	for _, err := range checks {
		if err != nil {
			return err
		}
	}
	return nil
}
