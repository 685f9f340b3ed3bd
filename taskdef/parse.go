package taskdef

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"gantry/awsapi/wire"
)

// TaskDefinition is a task definition that was read from a text.
type TaskDefinition struct {
	// Input is what RegisterTaskDefinition takes. Sizes of the task are in units
	// and MiB; defaults are not filled in.
	Input *ecs.RegisterTaskDefinitionInput
	// Document knows where each member stands.
	Document *Document
}

// Option changes how a text is read.
type Option func(*options)

type options struct {
	family string
}

// Family names the family, whatever the text says. A bare list of containers says
// nothing.
func Family(name string) Option {
	return func(o *options) { o.family = name }
}

// ParseTaskDefinition reads a task definition in any of the forms that the
// package knows, and checks it. The file name only serves the findings.
//
// The error is nil exactly when nothing blocks: else it is that of the reader,
// or that of Findings.Err. The definition is nil when the text could not be read
// as one at all; with other findings that block it is there, as far as it goes.
func ParseTaskDefinition(r io.Reader, file string, opts ...Option) (*TaskDefinition, Findings, error) {
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	root, err := readTree(r, file, func(root *node) (*node, error) {
		return unwrapTaskDefinition(root)
	})
	if err != nil {
		return refused(file, err)
	}
	in := &ecs.RegisterTaskDefinitionInput{}
	doc, findings := decode(root, file, in)
	if o.family != "" {
		in.Family = &o.family
	}
	found := Validate(in)
	for i := range found {
		at := doc.Position(found[i].Path)
		if found[i].within > 0 {
			at = doc.within(found[i].Path, found[i].within)
		}
		found[i].File, found[i].Line, found[i].Column = file, at.Line, at.Column
		if found[i].Path == "family" && in.Family == nil {
			found[i].Hint = `add "family": "NAME" to the file, or give --family NAME`
		}
	}
	findings = append(findings, withoutEchoes(findings, found)...).byPosition()
	return &TaskDefinition{Input: in, Document: doc}, findings, findings.Err()
}

// withoutEchoes drops the findings about members that could not be read in the
// first place: the same member, or a whole around it that is now incomplete.
func withoutEchoes(read, found Findings) Findings {
	unread := map[string]bool{}
	for _, r := range read {
		if r.Severity == Error && r.Path != "" {
			unread[r.Path], unread[parentPath(r.Path)] = true, true
		}
	}
	var out Findings
	for _, f := range found {
		if f.Path == "" || !unread[f.Path] {
			out = append(out, f)
		}
	}
	return out
}

func refused(file string, err error) (*TaskDefinition, Findings, error) {
	findings, err := syntaxFinding(file, err)
	return nil, findings, err
}

// syntaxFinding makes a finding of a text that cannot be read. The error of the
// reader itself stays what it is.
func syntaxFinding(file string, err error) (Findings, error) {
	var syntax *syntaxError
	if !errors.As(err, &syntax) {
		return nil, err
	}
	findings := Findings{{Severity: Error, File: file, Line: syntax.at.line, Column: syntax.at.column, Message: syntax.message, Hint: syntax.next}}
	return findings, findings.Err()
}

// ParseInput reads the input of an operation (CreateService, RunTask and so on)
// from JSON or YAML into the SDK's shape, for example a *ecs.CreateServiceInput.
// What a describe call wraps around a service is taken off, and what only its
// answers have is left out. What the text does not name stays as it was in into.
//
// Nothing is checked but the form. The error is as with ParseTaskDefinition.
func ParseInput(r io.Reader, file string, into any) (*Document, Findings, error) {
	shape, err := shapeOf(into)
	if err != nil {
		return nil, nil, err
	}
	root, err := readTree(r, file, wrappingOf(shape).unwrap)
	if err != nil {
		findings, err := syntaxFinding(file, err)
		return nil, findings, err
	}
	doc, findings := decode(root, file, into)
	findings = findings.byPosition()
	return doc, findings, findings.Err()
}

func shapeOf(into any) (reflect.Type, error) {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return nil, fmt.Errorf("read a document: the target must be a pointer that is not nil, got %T", into)
	}
	return v.Type().Elem(), nil
}

func readTree(r io.Reader, file string, unwrap func(*node) (*node, error)) (*node, error) {
	text, err := readText(r, file)
	if err != nil {
		return nil, err
	}
	root, err := parseText(text)
	if err != nil {
		return nil, err
	}
	return unwrap(root)
}

// decode conforms the tree to the shape behind into and reads it into that.
func decode(root *node, file string, into any) (*Document, Findings) {
	shape := reflect.TypeOf(into).Elem()
	w := wrappingOf(shape)
	c := newConformer(file)
	c.readOnly, c.renamed = w.readOnly(shape), w.renamed
	doc := c.document(root, shape)
	for tree := doc.root; ; {
		err := decodeInto(tree, into)
		if err == nil {
			return doc, c.findings
		}
		// The conformer has made everything fit, so this is a member whose text has
		// a form of its own: a time or base64.
		path, message := "", err.Error()
		var wrong *wire.DecodeError
		if errors.As(err, &wrong) {
			path = wrong.Path
		}
		member := tree.get(path)
		if member != nil && member.text != "" {
			message += fmt.Sprintf(": %.80q", member.text)
		}
		at := doc.Position(path)
		c.add(Error, position{at.Line, at.Column}, path, "", "%s", message)
		if member == nil {
			return doc, c.findings
		}
		// What stands at the top is left out, so that the rest can be read.
		tree = &node{kind: tree.kind, at: tree.at, fields: slices.DeleteFunc(slices.Clone(tree.fields), func(f field) bool { return f.value == member })}
	}
}

// decodeInto reads the tree over what into holds: members that the tree does not
// have stay.
func decodeInto(root *node, into any) error {
	target := reflect.ValueOf(into)
	fresh := reflect.New(target.Type().Elem())
	text := appendJSON(nil, root, "\n")
	if !json.Valid(text) {
		return fmt.Errorf("the document has no form in JSON")
	}
	if err := wire.Decode(text, fresh.Interface()); err != nil {
		return err
	}
	if fresh.Elem().Kind() != reflect.Struct {
		target.Elem().Set(fresh.Elem())
		return nil
	}
	for _, m := range wire.Members(fresh.Type()) {
		if root.get(m.Name) != nil {
			target.Elem().FieldByName(m.Field).Set(fresh.Elem().FieldByName(m.Field))
		}
	}
	return nil
}
