package life

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

func duration(field *time.Duration, key, value string) error {
	d, err := time.ParseDuration(value)
	if err != nil || d < 0 || d > longest {
		return fmt.Errorf("%s is %q, want a duration such as 1.5s or 2m", key, value)
	}
	*field = d
	return nil
}

func exitCode(key, value string) (int, error) {
	code, err := strconv.Atoi(value)
	if err != nil || code < 0 || code > 255 {
		return 0, fmt.Errorf("%s is %q, want a number from 0 to 255", key, value)
	}
	return code, nil
}

func number(field *float64, key, value string, most float64, want string) error {
	n, err := strconv.ParseFloat(value, 64)
	if err != nil || !(n > 0 && n <= most) {
		return fmt.Errorf("%s is %q, want %s", key, value, want)
	}
	*field = n
	return nil
}

func percentage(field *float64, key, value string) error {
	if value == none {
		*field = 0
		return nil
	}
	return number(field, key, value, 10000, "a percentage above 0")
}

func flag(field *bool, key, value string) error {
	switch value {
	case "", "true":
		*field = true
	case "false":
		*field = false
	default:
		return fmt.Errorf("%s is %q, want it alone, =true or =false", key, value)
	}
	return nil
}

// split cuts a fate into keys and values.
func split(text string) ([][2]string, error) {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "{") {
		return splitJSON(text)
	}
	var out [][2]string
	for text != "" {
		end := strings.IndexAny(text, "= \t\n")
		if end < 0 {
			out = append(out, [2]string{text, ""})
			break
		}
		key, rest := text[:end], text[end:]
		value := ""
		if rest[0] == '=' {
			var err error
			if value, rest, err = scan(rest[1:]); err != nil {
				return nil, err
			}
		}
		out = append(out, [2]string{key, value})
		text = strings.TrimLeft(rest, " \t\n")
	}
	return out, nil
}

// scan reads one value, quoted or up to the next space.
func scan(text string) (value, rest string, err error) {
	if text != "" && (text[0] == '\'' || text[0] == '"') {
		end := strings.IndexByte(text[1:], text[0])
		if end < 0 {
			return "", "", fmt.Errorf("the quote before %q is not closed", text[1:])
		}
		return text[1 : 1+end], text[end+2:], nil
	}
	if end := strings.IndexAny(text, " \t\n"); end >= 0 {
		return text[:end], text[end:], nil
	}
	return text, "", nil
}

func splitJSON(text string) ([][2]string, error) {
	var members map[string]any
	if err := json.Unmarshal([]byte(text), &members); err != nil {
		return nil, fmt.Errorf("reading it as JSON: %w", err)
	}
	var out [][2]string
	for _, key := range slices.Sorted(maps.Keys(members)) {
		switch v := members[key].(type) {
		case string:
			out = append(out, [2]string{key, v})
		case float64:
			out = append(out, [2]string{key, strconv.FormatFloat(v, 'f', -1, 64)})
		case bool:
			out = append(out, [2]string{key, strconv.FormatBool(v)})
		default:
			return nil, fmt.Errorf("%s is no text, number or boolean", key)
		}
	}
	return out, nil
}
