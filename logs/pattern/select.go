package pattern

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// holds reports whether a condition holds for one of the fields that the
// selector names. NOT EXISTS holds when it names none.
func (p selector) holds(event any, c *condition) bool {
	found, holds := false, false
	p.visit(event, func(field any) bool {
		found, holds = true, c.test != notExists && c.holdsFor(field)
		return !holds
	})
	if c.test == notExists {
		return !found
	}
	return holds
}

// visit goes to every field that the selector names until visit returns false;
// it reports whether it went to all of them.
func (p selector) visit(at any, visit func(any) bool) bool {
	if len(p) == 0 {
		return visit(at)
	}
	next, rest := p[0], p[1:]
	switch at := at.(type) {
	case map[string]any:
		if next.all {
			for _, name := range slices.Sorted(maps.Keys(at)) {
				if !rest.visit(at[name], visit) {
					return false
				}
			}
		} else if field, ok := at[next.name]; ok && next.index < 0 {
			return rest.visit(field, visit)
		}
	case []any:
		if next.all {
			for _, element := range at {
				if !rest.visit(element, visit) {
					return false
				}
			}
		} else if next.index >= 0 && next.index < len(at) {
			return rest.visit(at[next.index], visit)
		}
	}
	return true
}

func (c *condition) holdsFor(field any) bool {
	switch flag, isFlag := field.(bool); c.test {
	case isNull:
		return field == nil
	case isTrue:
		return isFlag && flag
	case isFalse:
		return isFlag && !flag
	}
	text, isNumber, ok := textOf(field)
	if !ok {
		return false
	}
	number := 0.0
	if isNumber {
		number, isNumber = numberOf(text)
	}
	return c.holds(text, number, isNumber)
}

// textOf is a field's value as text, unless it has none.
func textOf(field any) (text string, isNumber, ok bool) {
	switch field := field.(type) {
	case string:
		return field, false, true
	case bool:
		return strconv.FormatBool(field), false, true
	case json.Number:
		return field.String(), true, true
	}
	return "", false, false
}

// extract gathers the values of the fields that the conditions name.
func (e *expression) extract(event any, into map[string]string) {
	e.each(func(c *condition) {
		var name strings.Builder
		c.selector.print(&name)
		c.selector.visit(event, func(field any) bool {
			text, _, ok := textOf(field)
			if ok {
				into[name.String()] = text
			}
			return !ok
		})
	})
}
