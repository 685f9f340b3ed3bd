package taskdef

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"gantry/awsapi/wire"
)

// conformer brings a tree into the form of one of the SDK's shapes: it folds the
// first letter of keys, drops what is null or unknown, converts scalars that
// are written as another kind, and says so. What it gives, wire.Decode takes.
type conformer struct {
	file      string
	findings  Findings
	positions map[string]position
	opens     map[string]int
	// readOnly are members that only answers have, at the top of the document;
	// there they are left out and told together.
	readOnly []string
	// renamed are members of the top that have another name in this shape.
	renamed map[string]string
	left    []field
}

// Parts of the message about a key that the shape does not have: its beginning, and
// what is true where a warning is all that comes of it.
const (
	UnknownKey = "unknown key"
	LeftOut    = ", which is left out"
)

func newConformer(file string) *conformer {
	return &conformer{file: file, positions: map[string]position{}, opens: map[string]int{}}
}

func (c *conformer) add(s Severity, at position, path, next, format string, args ...any) {
	c.findings = append(c.findings, Finding{Severity: s, Path: path, File: c.file, Line: at.line, Column: at.column,
		Message: fmt.Sprintf(format, args...), Hint: next})
}

// document conforms the whole tree to the shape.
func (c *conformer) document(root *node, shape reflect.Type) *Document {
	out := c.value(root, shape, spot{})
	if out == nil {
		out = &node{kind: kindObject, at: root.at}
	}
	c.positions[""] = root.at
	if len(c.left) > 0 {
		var names []string
		for _, f := range c.left {
			names = append(names, f.key)
		}
		c.add(Note, c.left[0].at, "", "", "left out what %s does not take: %s", strings.TrimSuffix(deref(shape).Name(), "Input"), strings.Join(names, ", "))
	}
	return &Document{file: c.file, root: out, positions: c.positions, opens: c.opens}
}

// spot is where a value stands in the shape.
type spot struct {
	path   string
	owner  reflect.Type // the structure around it
	member string       // the name of the member of owner, for lists and maps as well
	key    string       // within a map
}

func (s spot) in(owner reflect.Type, member string) spot {
	if s.path != "" {
		return spot{path: s.path + "." + member, owner: owner, member: member}
	}
	return spot{path: member, owner: owner, member: member}
}

// value conforms one value. It returns nil when nothing is left of it.
func (c *conformer) value(n *node, t reflect.Type, s spot) *node {
	if n.kind == kindNull {
		return nil
	}
	c.positions[s.path] = n.at
	if n.kind == kindString {
		c.opens[s.path] = n.opens
	}
	switch kind := wire.KindOf(t); kind {
	case wire.KindStructure, wire.KindUnion:
		return c.structure(n, t, kind, s)
	case wire.KindList:
		return c.list(n, t, s)
	case wire.KindMap:
		return c.mapping(n, t, s)
	case wire.KindDocument:
		return n
	default:
		return c.scalar(n, t, kind, s)
	}
}

func (c *conformer) mismatch(n *node, expected string, s spot) *node {
	next := ""
	if n.kind == kindString && markerInText.MatchString(n.text) {
		next = renderFirst
	}
	c.add(Error, n.at, s.path, next, "%s: expected %s, got %s", orDocument(s.path), expected, n.describe())
	return nil
}

func orDocument(path string) string {
	if path == "" {
		return "the document"
	}
	return path
}

func (c *conformer) structure(n *node, t reflect.Type, kind wire.Kind, s spot) *node {
	if n.kind != kindObject {
		return c.mismatch(n, kind.String(), s)
	}
	members := wire.Members(t)
	out := &node{kind: kindObject, at: n.at}
	for _, f := range n.fields {
		m, ok := c.member(members, f, s)
		if !ok {
			continue
		}
		inner := s.in(deref(t), m.Name)
		if old := out.get(m.Name); old != nil {
			c.add(Warning, f.at, inner.path, "", "the key %q is here twice; the last one counts (the first stands on line %d)", f.key, old.at.line)
			out.fields = slices.DeleteFunc(out.fields, func(o field) bool { return o.key == m.Name })
		}
		if v := c.value(f.value, m.Type, inner); v != nil {
			out.fields = append(out.fields, field{key: m.Name, at: f.at, value: v})
		}
	}
	if kind == wire.KindUnion && len(out.fields) > 1 {
		return c.mismatch(n, kind.String(), s)
	}
	return out
}

// member finds the member that a key names.
func (c *conformer) member(members []wire.Member, f field, s spot) (wire.Member, bool) {
	names := make([]string, 0, len(members))
	name := f.key
	if to, ok := c.renamed[lowerFirst(name)]; ok && s.path == "" {
		name = to
	}
	for _, m := range members {
		if m.Name == name || m.Name == lowerFirst(name) || lowerFirst(m.Name) == name {
			return m, true
		}
		names = append(names, m.Name)
	}
	switch {
	case strings.HasPrefix(f.key, "$"), strings.HasPrefix(f.key, "_"), strings.HasPrefix(f.key, "//"), strings.HasPrefix(f.key, "#"):
		// $schema, $comment and the like: meant for tools and people
	case s.path == "" && slices.Contains(c.readOnly, lowerFirst(f.key)):
		c.left = append(c.left, f)
	default:
		message := fmt.Sprintf("%s %q%s", UnknownKey, f.key, LeftOut)
		next := ""
		if near := Nearest(f.key, names); near != "" {
			message += fmt.Sprintf("; did you mean %q?", near)
			next = fmt.Sprintf("write %q instead of %q", near, f.key)
		}
		c.add(Warning, f.at, s.path, next, "%s", message)
	}
	return wire.Member{}, false
}

func (c *conformer) list(n *node, t reflect.Type, s spot) *node {
	if n.kind != kindArray {
		return c.mismatch(n, "a list", s)
	}
	out := &node{kind: kindArray, at: n.at}
	for _, item := range n.items {
		inner := s
		inner.path = s.path + "[" + strconv.Itoa(len(out.items)) + "]"
		if v := c.value(item, deref(t).Elem(), inner); v != nil {
			out.items = append(out.items, v)
		}
	}
	return out
}

func (c *conformer) mapping(n *node, t reflect.Type, s spot) *node {
	if n.kind != kindObject {
		return c.mismatch(n, "an object", s)
	}
	out := &node{kind: kindObject, at: n.at}
	index := map[string]int{}
	for _, f := range n.fields {
		inner := s
		inner.path, inner.key = s.path+"."+f.key, f.key
		at, again := index[f.key]
		if again {
			c.add(Warning, f.at, inner.path, "", "the key %q is here twice; the last one counts", f.key)
		}
		v := c.value(f.value, deref(t).Elem(), inner)
		switch {
		case v == nil:
		case again:
			out.fields[at].value = v
		default:
			index[f.key] = len(out.fields)
			out.fields = append(out.fields, field{key: f.key, at: f.at, value: v})
		}
	}
	return out
}

func deref(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}
