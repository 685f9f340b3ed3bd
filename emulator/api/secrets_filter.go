package api

import (
	"slices"
	"strings"

	"gantry/ecs"
)

// secretFilter tells which secrets pass all of the filters; of one filter's
// values one is enough [API: Filter].
func secretFilter(filters []secretFilterShape) (passes func(*secret) bool, err error) {
	keys := []string{"description", "name", "tag-key", "tag-value", "primary-region", "owning-service", "all"}
	for _, f := range filters {
		if !slices.Contains(keys, f.Key) {
			return nil, refuse(ecs.CodeValidation, "1 validation error detected: Value '%s' at 'filters.member.key' failed to satisfy constraint: "+
				"Member must satisfy enum value set: [%s]", f.Key, strings.Join(keys, ", "))
		}
		if len(f.Values) == 0 {
			return nil, refuse("InvalidParameterException", "Invalid filter values for key: %s.", f.Key)
		}
	}
	return func(x *secret) bool {
		for _, f := range filters {
			if !slices.ContainsFunc(f.Values, func(value string) bool {
				value, not := strings.CutPrefix(value, "!")
				return x.passes(f.Key, value) != not
			}) {
				return false
			}
		}
		return true
	}, nil
}

// passes reports whether a secret is what a filter asks for. None here has a
// primary Region or belongs to a service.
func (x *secret) passes(key, value string) bool {
	prefix := func(text string) bool { return strings.HasPrefix(text, value) }
	switch key {
	case "name":
		return prefix(x.Name)
	case "description":
		return strings.HasPrefix(strings.ToLower(x.Description), strings.ToLower(value))
	case "tag-key":
		return slices.ContainsFunc(x.Tags, func(t ecs.Tag) bool { return prefix(t.Key) })
	case "tag-value":
		return slices.ContainsFunc(x.Tags, func(t ecs.Tag) bool { return prefix(t.Value) })
	case "all":
		return x.mentions(value)
	}
	return false
}

// mentions reports whether each word of a text stands somewhere in a secret's
// attributes.
func (x *secret) mentions(text string) bool {
	attributes := []string{x.Name, x.Description}
	for _, t := range x.Tags {
		attributes = append(attributes, t.Key, t.Value)
	}
	for _, word := range strings.Fields(strings.ToLower(text)) {
		if !slices.ContainsFunc(attributes, func(a string) bool { return strings.Contains(strings.ToLower(a), word) }) {
			return false
		}
	}
	return true
}
