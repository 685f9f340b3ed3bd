package policy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The values of a rule, as a policy writes them.
const (
	Tagged   = "tagged"
	Untagged = "untagged"
	Any      = "any"

	Standard = "standard"
	Archive  = "archive"

	CountMoreThan     = "imageCountMoreThan"
	SincePushed       = "sinceImagePushed"
	SincePulled       = "sinceImagePulled"
	SinceTransitioned = "sinceImageTransitioned"

	Expire     = "expire"
	Transition = "transition"
)

// Error is what is wrong with a policy, as ECR says it after "Lifecycle policy
// validation failure: ".
type Error string

func (e Error) Error() string { return string(e) }

func problem(format string, args ...any) error { return Error(fmt.Sprintf(format, args...)) }

// Policy is a lifecycle policy, its rules in the order of their priorities.
type Policy struct {
	Rules []Rule
}

// Rule is one rule of a policy.
type Rule struct {
	Priority    int       `json:"rulePriority"`
	Description string    `json:"description"`
	Selection   Selection `json:"selection"`
	Action      Action    `json:"action"`
}

// Selection says which images a rule is about.
type Selection struct {
	TagStatus    string   `json:"tagStatus"`
	TagPatterns  []string `json:"tagPatternList"`
	TagPrefixes  []string `json:"tagPrefixList"`
	StorageClass string   `json:"storageClass"`
	CountType    string   `json:"countType"`
	CountUnit    string   `json:"countUnit"`
	CountNumber  int      `json:"countNumber"`
}

// Action is what becomes of them.
type Action struct {
	Type               string `json:"type"`
	TargetStorageClass string `json:"targetStorageClass"`
}

// Parse reads a policy and checks it; what is wrong with it is an Error. ECR
// checks with a JSON schema, and the texts about types, members and values are
// those of its validator [MOTO].
func Parse(text string) (Policy, error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var document any
	if decoder.Decode(&document) != nil || decoder.More() {
		return Policy{}, problem("Could not map policyString into LifecyclePolicy.")
	}
	if err := policySchema().check(document); err != nil {
		return Policy{}, err
	}
	var read struct{ Rules []Rule }
	if err := json.Unmarshal([]byte(text), &read); err != nil {
		return Policy{}, problem("Could not map policyString into LifecyclePolicy.")
	}
	p := Policy{Rules: read.Rules}
	slices.SortStableFunc(p.Rules, func(a, b Rule) int { return a.Priority - b.Priority })
	for i := range p.Rules {
		if p.Rules[i].Selection.StorageClass == "" {
			p.Rules[i].Selection.StorageClass = Standard
		}
	}
	return p, p.check()
}

// schema is as much of a JSON schema as a lifecycle policy needs.
type schema struct {
	kind     string // object, array, string or integer
	required []string
	members  map[string]schema
	items    *schema
	values   []string
	least    int // of an integer, or of the items of an array
	most     int // of an integer or of items, where it is not 0
}

// mostRules is how many rules a policy may have [ECR: service quotas].
const mostRules = 50

func policySchema() schema {
	words := func(values ...string) schema { return schema{kind: "string", values: values} }
	integer := schema{kind: "integer", least: 1, most: 1<<31 - 1}
	tags := schema{kind: "array", items: &schema{kind: "string"}, least: 1}
	rule := schema{kind: "object", required: []string{"action", "rulePriority", "selection"}, members: map[string]schema{
		"rulePriority": integer, "description": {kind: "string"},
		"selection": {kind: "object", required: []string{"countNumber", "countType", "tagStatus"}, members: map[string]schema{
			"tagStatus": words(Any, Tagged, Untagged), "tagPatternList": tags, "tagPrefixList": tags,
			"storageClass": words(Archive, Standard), "countType": words(CountMoreThan, SincePulled, SincePushed, SinceTransitioned),
			"countUnit": words("days"), "countNumber": integer,
		}},
		"action": {kind: "object", required: []string{"type"}, members: map[string]schema{
			"type": words(Expire, Transition), "targetStorageClass": words(Archive),
		}},
	}}
	return schema{kind: "object", required: []string{"rules"}, members: map[string]schema{
		"rules": {kind: "array", items: &rule, least: 1, most: mostRules},
	}}
}

func (s schema) check(value any) error {
	if kind := kindOf(value); kind != s.kind {
		return problem("instance type (%s) does not match any allowed primitive type (allowed: [%q])", kind, s.kind)
	}
	switch value := value.(type) {
	case map[string]any:
		return s.checkObject(value)
	case []any:
		switch {
		case len(value) < s.least:
			return problem("array is too short: must have at least %d elements but instance has %d elements", s.least, len(value))
		case s.most > 0 && len(value) > s.most:
			return problem("array is too long: must have at most %d elements but instance has %d elements", s.most, len(value))
		}
		for _, item := range value {
			if err := s.items.check(item); err != nil {
				return err
			}
		}
	case string:
		if s.values != nil && !slices.Contains(s.values, value) {
			return problem("instance value (%q) not found in enum (possible values: %s)", value, list(s.values))
		}
	case json.Number:
		number, err := value.Int64()
		switch {
		case err == nil && number < int64(s.least):
			return problem("numeric instance is lower than the required minimum (minimum: %d, found: %d)", s.least, number)
		case err != nil || number > int64(s.most):
			return problem("numeric instance is greater than the required maximum (maximum: %d, found: %s)", s.most, value)
		}
	}
	return nil
}

func (s schema) checkObject(object map[string]any) error {
	var missing, strange []string
	for _, name := range s.required {
		if _, given := object[name]; !given {
			missing = append(missing, name)
		}
	}
	if missing != nil {
		return problem("object has missing required properties (%s)", list(missing))
	}
	names := slices.Sorted(maps.Keys(object))
	for _, name := range names {
		if _, known := s.members[name]; !known {
			strange = append(strange, name)
		}
	}
	if strange != nil {
		return problem("object instance has properties which are not allowed by the schema: (%s)", list(strange))
	}
	for _, name := range names {
		if err := s.members[name].check(object[name]); err != nil {
			return err
		}
	}
	return nil
}

func kindOf(value any) string {
	switch value := value.(type) {
	case map[string]any:
		return "object"
	case []any:
		return "array"
	case string:
		return "string"
	case bool:
		return "boolean"
	case json.Number:
		if strings.ContainsAny(value.String(), ".eE") {
			return "number"
		}
		return "integer"
	}
	return "null"
}

// list writes words as JSON does.
func list(words []string) string {
	var text bytes.Buffer
	for i, word := range words {
		if i > 0 {
			text.WriteByte(',')
		}
		fmt.Fprintf(&text, "%q", word)
	}
	return "[" + text.String() + "]"
}
