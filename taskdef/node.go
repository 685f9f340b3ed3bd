package taskdef

import (
	"encoding/json"
	"strconv"
	"strings"
)

// kind is what a node is.
type kind int

const (
	kindNull kind = iota
	kindBool
	kindNumber
	kindString
	kindArray
	kindObject
)

// String names the kind with its article, as a message wants it.
func (k kind) String() string {
	switch k {
	case kindNull:
		return "null"
	case kindBool:
		return "true or false"
	case kindNumber:
		return "a number"
	case kindString:
		return "a string"
	case kindArray:
		return "a list"
	default:
		return "an object"
	}
}

// position is a place in a text. The first line and the first column are 1; a
// column counts characters, not bytes.
type position struct {
	line, column int
}

// node is one value of a document with the place where it stands.
type node struct {
	kind   kind
	at     position
	text   string // the string, or the number or boolean as it is written
	opens  int    // of a string: characters from its place to its text, or escaped
	items  []*node
	fields []field
}

// escaped marks a string that is not written as what it says, so that there is
// no telling where in the text a character of it stands.
const escaped = -1

// field is one member of an object.
type field struct {
	key   string
	at    position // of the key
	value *node
}

// get returns the last member of that name, or nil.
func (n *node) get(key string) *node {
	if n == nil || n.kind != kindObject {
		return nil
	}
	for i := len(n.fields) - 1; i >= 0; i-- {
		if n.fields[i].key == key {
			return n.fields[i].value
		}
	}
	return nil
}

// folded is get that does not mind a capital as the first letter.
func (n *node) folded(key string) *node {
	if v := n.get(key); v != nil {
		return v
	}
	return n.get(upperFirst(key))
}

// describe names what the node is, for a message. It shows no content but that
// of short scalars.
func (n *node) describe() string {
	const short = 32
	switch n.kind {
	case kindNumber, kindBool:
		if len(n.text) <= short {
			return n.text
		}
		return n.kind.String()
	case kindString:
		if len(n.text) <= short {
			return "the string " + strconv.Quote(n.text)
		}
	}
	return n.kind.String()
}

// Position is a place in the text that a document came from.
type Position struct {
	Line, Column int
}

// Document is a parsed text in the form that ECS takes: keys as the API names
// them, values of the API's kinds, and for each of them where it stands.
type Document struct {
	file      string
	root      *node
	positions map[string]position
	opens     map[string]int
}

// within is the place of the character with that offset in the string at the
// path, as far as that can be told.
func (d *Document) within(path string, offset int) Position {
	at := d.Position(path)
	if opens, ok := d.opens[path]; ok && opens != escaped {
		at.Column += opens + offset
	}
	return at
}

// File is the name that was given with the text.
func (d *Document) File() string { return d.file }

// Position tells where the member at the path stands, for example
// containerDefinitions[0].image. A member that is not there has the place of
// the nearest one around it.
func (d *Document) Position(path string) Position {
	for {
		if p, ok := d.positions[path]; ok {
			return Position{Line: p.line, Column: p.column}
		}
		if path == "" {
			return Position{Line: 1, Column: 1}
		}
		path = parentPath(path)
	}
}

// parentPath cuts the last step off a path: a.b[2] to a.b to a to "".
func parentPath(path string) string {
	if i := strings.LastIndexAny(path, ".["); i >= 0 {
		return path[:i]
	}
	return ""
}

// JSON is the document as AWS JSON, indented, with its keys in the order of the
// text.
func (d *Document) JSON() []byte {
	return append(appendJSON(nil, d.root, "\n"), '\n')
}

// appendJSON writes the node; newline is a line end with the indentation.
func appendJSON(out []byte, n *node, newline string) []byte {
	inner := newline + "  "
	switch n.kind {
	case kindArray:
		if len(n.items) == 0 {
			return append(out, "[]"...)
		}
		out = append(out, '[')
		for i, item := range n.items {
			if i > 0 {
				out = append(out, ',')
			}
			out = appendJSON(append(out, inner...), item, inner)
		}
		return append(append(out, newline...), ']')
	case kindObject:
		if len(n.fields) == 0 {
			return append(out, "{}"...)
		}
		out = append(out, '{')
		for i, f := range n.fields {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(appendString(append(out, inner...), f.key), ": "...)
			out = appendJSON(out, f.value, inner)
		}
		return append(append(out, newline...), '}')
	case kindString:
		return appendString(out, n.text)
	case kindNull:
		return append(out, "null"...)
	default:
		return append(out, n.text...)
	}
}

func appendString(out []byte, s string) []byte {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil { // a string always has a form
		return append(out, strconv.Quote(s)...)
	}
	return append(out, strings.TrimSuffix(b.String(), "\n")...)
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}
