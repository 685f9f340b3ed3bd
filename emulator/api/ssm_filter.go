package api

import (
	"slices"
	"strings"
)

// parameterFilterShape asks for some parameters [API: ParameterStringFilter].
type parameterFilterShape struct {
	Key, Option string
	Values      []string
}

// The options of filters.
const (
	optionEquals    = "Equals"
	optionBegins    = "BeginsWith"
	optionContains  = "Contains"
	optionRecursive = "Recursive"
	optionOneLevel  = "OneLevel"
)

// parameterFilter tells which parameters pass all of the filters; of one
// filter's values one is enough. Keys that ask for what the emulator does not
// keep, such as labels, are refused.
func parameterFilter(filters []parameterFilterShape, keys ...string) (passes func(*parameter) bool, err error) {
	for _, f := range filters {
		options := []string{"", optionEquals, optionBegins}
		switch f.Key {
		case "Name":
			options = append(options, optionContains)
		case "Path":
			options = []string{"", optionRecursive, optionOneLevel}
		}
		switch {
		case !slices.Contains(keys, f.Key):
			return nil, refuse("InvalidFilterKey", "The emulator filters parameters here by %s, not by %q.", strings.Join(keys, ", "), f.Key)
		case !slices.Contains(options, f.Option):
			return nil, refuse("InvalidFilterOption", "The following filter option is not valid: %s. Valid options include: [%s].",
				f.Option, strings.Join(options[1:], ", "))
		case len(f.Values) == 0 || len(f.Values) > 50:
			return nil, refuse("InvalidFilterValue", "A filter must have 1 to 50 values, but the one by %s has %d.", f.Key, len(f.Values))
		}
	}
	return func(p *parameter) bool {
		for _, f := range filters {
			if !slices.ContainsFunc(f.Values, func(value string) bool { return p.passes(&f, value) }) {
				return false
			}
		}
		return true
	}, nil
}

func (p *parameter) passes(f *parameterFilterShape, value string) bool {
	has := map[string]string{"Name": p.Name, "Type": p.Type, "Tier": p.tier(), "DataType": p.dataType()}[f.Key]
	switch {
	case f.Key == "Path":
		return p.below(value, f.Option == optionRecursive)
	case f.Key == "Name" && f.Option != optionContains: // with and without the first slash; unconfirmed
		has, value = strings.TrimPrefix(has, "/"), strings.TrimPrefix(value, "/")
	}
	switch f.Option {
	case optionBegins:
		return strings.HasPrefix(has, value)
	case optionContains:
		return strings.Contains(has, value)
	}
	return has == value
}

// below reports whether a parameter stands below a path, directly or at all.
func (p *parameter) below(path string, recursive bool) bool {
	rest, below := strings.CutPrefix(p.Name, strings.TrimSuffix(path, "/")+"/")
	return below && (recursive || !strings.Contains(rest, "/"))
}
