package taskdef

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// maxNodes bounds what a document may become when its aliases are followed.
const maxNodes = 100_000

// maxFlowDepth bounds the brackets that are open at once, before the YAML
// parser sees them: it needs time that grows with the square of the depth.
const maxFlowDepth = 4 * maxDepth

// parseYAML reads one YAML document. The error is a *syntaxError.
func parseYAML(text string) (n *node, err error) {
	if err := flowDepth(text); err != nil {
		return nil, err
	}
	defer func() {
		// The parser is not ours. A text on which it breaks is a text that cannot
		// be read, and no reason to end the program.
		if r := recover(); r != nil {
			n, err = nil, &syntaxError{at: position{1, 1}, message: fmt.Sprintf("this YAML cannot be read: %v", r)}
		}
	}()
	file, err := parser.ParseBytes([]byte(text), 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, yamlError(err)
	}
	var docs []*ast.DocumentNode
	for _, d := range file.Docs {
		if d.Body != nil {
			docs = append(docs, d)
		}
	}
	switch len(docs) {
	case 0:
		return nil, &syntaxError{at: position{1, 1}, message: "the file holds no value"}
	case 1:
	default:
		return nil, &syntaxError{at: yamlAt(docs[1].Body), message: fmt.Sprintf("the file holds %d documents, and only one can be read", len(docs)),
			next: "put each document into a file of its own"}
	}
	c := &yamlConverter{anchors: map[string]ast.Node{}, open: map[string]bool{}}
	return c.node(docs[0].Body, 0)
}

// flowDepth refuses a text with too many open brackets. It may count brackets
// inside of a string as well, which no sensible document has by the hundred.
func flowDepth(text string) error {
	if strings.Contains(text, strings.Repeat("- ", maxDepth+1)) {
		return &syntaxError{at: position{1, 1}, message: fmt.Sprintf("the document nests deeper than %d levels", maxDepth)}
	}
	depth, line, column := 0, 1, 0
	for _, r := range text {
		column++
		switch r {
		case '\n':
			line, column = line+1, 0
		case '[', '{':
			depth++
		case ']', '}':
			depth = max(0, depth-1)
		}
		if depth > maxFlowDepth {
			return &syntaxError{at: position{line, column}, message: fmt.Sprintf("the document nests deeper than %d levels", maxDepth)}
		}
	}
	return nil
}

// yamlError words the parser's error like our own.
func yamlError(err error) error {
	var positioned interface {
		GetToken() *token.Token
		GetMessage() string
	}
	out := &syntaxError{at: position{1, 1}}
	if errors.As(err, &positioned) {
		out.message = positioned.GetMessage()
		if t := positioned.GetToken(); t != nil && t.Position != nil {
			out.at = position{max(1, t.Position.Line), max(1, t.Position.Column)}
		}
	} else {
		out.message, _, _ = strings.Cut(err.Error(), "\n")
	}
	if strings.Contains(out.message, "\t") {
		out.message = strings.ReplaceAll(out.message, "character '\t'", "a tab")
		out.next = "YAML is indented with spaces"
	}
	out.message = "not YAML: " + strings.TrimSpace(out.message)
	return out
}

type yamlConverter struct {
	anchors map[string]ast.Node
	open    map[string]bool // the aliases that are being followed
	nodes   int
}

func (c *yamlConverter) node(in ast.Node, depth int) (*node, error) {
	at := yamlAt(in)
	if c.nodes++; c.nodes > maxNodes {
		return nil, &syntaxError{at: at, message: fmt.Sprintf("with its aliases followed the document has more than %d values", maxNodes)}
	}
	if depth > maxDepth {
		return nil, &syntaxError{at: at, message: fmt.Sprintf("the document nests deeper than %d levels", maxDepth)}
	}
	switch v := in.(type) {
	case nil:
		return &node{kind: kindNull, at: at, text: "null"}, nil
	case *ast.NullNode:
		return &node{kind: kindNull, at: at, text: "null"}, nil
	case *ast.StringNode:
		if v.Token != nil && v.Token.Type == token.StringType {
			return plainScalar(v.Value, at), nil
		}
		n := &node{kind: kindString, at: at, text: v.Value, opens: 1}
		if v.Token == nil || strings.Trim(v.Token.Origin, " \t\r\n'\"") != v.Value {
			n.opens = escaped
		}
		return n, nil
	case *ast.LiteralNode:
		return &node{kind: kindString, at: at, text: v.Value.Value, opens: escaped}, nil
	case *ast.MappingNode:
		return c.mapping(v.Values, at, depth)
	case *ast.MappingValueNode:
		return c.mapping([]*ast.MappingValueNode{v}, at, depth)
	case *ast.SequenceNode:
		n := &node{kind: kindArray, at: at}
		for _, item := range v.Values {
			value, err := c.node(item, depth+1)
			if err != nil {
				return nil, err
			}
			n.items = append(n.items, value)
		}
		return n, nil
	case *ast.AnchorNode:
		name := v.Name.GetToken().Value
		c.anchors[name] = v.Value
		// An alias inside of its own anchor has no end.
		defer c.follow(name)()
		return c.node(v.Value, depth)
	case *ast.AliasNode:
		return c.alias(v, at, depth)
	case *ast.TagNode:
		return c.tag(v, at, depth)
	}
	if t := in.GetToken(); t != nil {
		return plainScalar(t.Value, at), nil
	}
	return nil, &syntaxError{at: at, message: "this kind of YAML value cannot stand in a document of Amazon ECS"}
}

func (c *yamlConverter) follow(name string) (done func()) {
	c.open[name] = true
	return func() { delete(c.open, name) }
}

func (c *yamlConverter) alias(v *ast.AliasNode, at position, depth int) (*node, error) {
	name := v.Value.GetToken().Value
	target, ok := c.anchors[name]
	switch {
	case !ok:
		return nil, &syntaxError{at: at, message: fmt.Sprintf("there is no anchor &%s before this alias", name)}
	case c.open[name]:
		return nil, &syntaxError{at: at, message: fmt.Sprintf("the alias *%s stands for a value that contains it", name)}
	}
	defer c.follow(name)()
	return c.node(target, depth+1)
}

// tag takes the tags of YAML itself for what they say; !Ref and its like belong
// to CloudFormation and need it to mean anything.
func (c *yamlConverter) tag(v *ast.TagNode, at position, depth int) (*node, error) {
	name := v.Start.Value
	if !strings.HasPrefix(name, "!!") {
		return nil, &syntaxError{at: at, message: fmt.Sprintf("the tag %s has no meaning here", name),
			next: "a CloudFormation template has to be deployed or rendered first; give a plain task definition"}
	}
	n, err := c.node(v.Value, depth)
	if err == nil && name == "!!str" && (n.kind == kindNumber || n.kind == kindBool || n.kind == kindNull) {
		n.kind, n.text = kindString, v.Value.GetToken().Value
	}
	return n, err
}

func (c *yamlConverter) mapping(values []*ast.MappingValueNode, at position, depth int) (*node, error) {
	n := &node{kind: kindObject, at: at}
	var merged []field
	for _, v := range values {
		value, err := c.node(v.Value, depth+1)
		if err != nil {
			return nil, err
		}
		if _, ok := v.Key.(*ast.MergeKeyNode); ok {
			if merged, err = mergeFields(merged, value); err != nil {
				return nil, err
			}
			continue
		}
		n.fields = append(n.fields, field{key: yamlKey(v.Key), at: yamlAt(v.Key), value: value})
	}
	for _, f := range merged { // what stands in the mapping itself wins
		if n.get(f.key) == nil {
			n.fields = append(n.fields, f)
		}
	}
	return n, nil
}

// mergeFields follows <<: one mapping or a list of them, of which the first wins.
func mergeFields(into []field, value *node) ([]field, error) {
	sources := []*node{value}
	if value.kind == kindArray {
		sources = value.items
	}
	have := &node{kind: kindObject, fields: into}
	for _, source := range sources {
		if source.kind != kindObject {
			return nil, &syntaxError{at: source.at, message: "<< merges an object, got " + source.kind.String()}
		}
		for _, f := range source.fields {
			if have.get(f.key) == nil {
				have.fields = append(have.fields, f)
			}
		}
	}
	return have.fields, nil
}

func yamlKey(key ast.MapKeyNode) string {
	switch k := key.(type) {
	case *ast.StringNode:
		return k.Value
	case *ast.MappingKeyNode:
		if s, ok := k.Value.(*ast.StringNode); ok {
			return s.Value
		}
		if k.Value != nil {
			return k.Value.GetToken().Value
		}
	}
	return key.GetToken().Value
}

// plainScalar decides what a scalar without quotes is. Only what JSON would
// call a number is one, so that account ids with a leading zero, octal and hex
// forms stay as they are; on, off, yes and no are text, as in YAML 1.2.
func plainScalar(text string, at position) *node {
	n := &node{kind: kindString, at: at, text: text}
	switch text {
	case "", "~", "null", "Null", "NULL":
		n.kind, n.text = kindNull, "null"
	case "true", "True", "TRUE":
		n.kind, n.text = kindBool, "true"
	case "false", "False", "FALSE":
		n.kind, n.text = kindBool, "false"
	default:
		if isNumber(text) {
			n.kind = kindNumber
		}
	}
	return n
}

func yamlAt(in ast.Node) position {
	if in == nil {
		return position{1, 1}
	}
	t := in.GetToken()
	switch v := in.(type) {
	case *ast.MappingNode:
		if !v.IsFlowStyle && len(v.Values) > 0 {
			return yamlAt(v.Values[0])
		}
	case *ast.MappingValueNode:
		return yamlAt(v.Key)
	}
	if t == nil || t.Position == nil {
		return position{1, 1}
	}
	return position{max(1, t.Position.Line), max(1, t.Position.Column)}
}
