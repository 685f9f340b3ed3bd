package taskdef

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"

	"gantry/awsapi/wire"
	"gantry/internal/hint"
)

// Shorthand reads the values of one flag into the SDK's type behind into: a list
// such as *[]types.PlacementStrategy, or one structure such as
// *types.DeploymentConfiguration. Each value is JSON or the aws CLI's shorthand,
//
//	type=spread,field=attribute:ecs.availability-zone
//	maximumPercent=200,deploymentCircuitBreaker={enable=true,rollback=true}
//	awsvpcConfiguration={subnets=[subnet-1,subnet-2],assignPublicIp=DISABLED}
//
// and for a list it is one item or, as JSON, a list of items.
//
// It differs from the aws CLI in one thing: text goes on to the next KEY= of the
// same structure, so that an expression keeps its spaces, its == and what stands
// in brackets: expression=attribute:ecs.availability-zone in [us-east-1a, us-east-1b].
//
// The error is an *ShorthandError of kind hint.Usage.
func Shorthand(values []string, into any) error {
	shape, err := shapeOf(into)
	if err != nil {
		return err
	}
	root := &node{kind: kindArray}
	for i, value := range values {
		n, err := shorthandTree(value, shape)
		switch {
		case err != nil:
			return err
		case wire.KindOf(shape) == wire.KindList:
			root.items = append(root.items, n.items...)
		case i > 0:
			return shorthandError(value, 0, "this flag takes one value, and here is another", "join the two with a comma")
		default:
			root = n
		}
	}
	if len(values) == 0 {
		return nil
	}
	if err := decodeInto(root, into); err != nil {
		return shorthandError(strings.Join(values, " "), -1, err.Error(), "")
	}
	return nil
}

// shorthandTree reads one value in the form that the shape takes; for a list it
// is a list of one or more items.
func shorthandTree(value string, shape reflect.Type) (*node, error) {
	element := shape
	list := wire.KindOf(shape) == wire.KindList
	if list {
		element = shape.Elem()
	}
	n, err := shorthandValue(value, element)
	if err != nil {
		return nil, err
	}
	if list && n.kind != kindArray {
		n = &node{kind: kindArray, at: n.at, items: []*node{n}}
	}
	c := newConformer("")
	doc := c.document(n, shape)
	for _, f := range c.findings {
		// An unknown key blocks as well: on a command line it is a slip of the
		// finger, not the word of another tool.
		if f.Severity == Error || strings.HasPrefix(f.Message, UnknownKey) {
			message := strings.Replace(f.Message, LeftOut, "", 1)
			return nil, shorthandError(value, offsetOf(value, position{f.Line, f.Column}), message, f.Hint)
		}
	}
	return doc.root, nil
}

// ShorthandError is a value of a flag that cannot be read.
type ShorthandError struct {
	// Value is what was given, Offset the byte in it where it goes wrong, or -1.
	Value  string
	Offset int
	// Message says what is wrong there.
	Message string
}

// Error is what is wrong, with the character counted from 1.
func (e *ShorthandError) Error() string {
	switch {
	case e.Offset < 0:
		return e.Message
	case e.Offset >= len(e.Value):
		return "at the end: " + e.Message
	}
	return fmt.Sprintf("at character %d: %s", utf8.RuneCountInString(e.Value[:e.Offset])+1, e.Message)
}

// Mark is the value with a caret under the wrong place, on two lines.
func (e *ShorthandError) Mark() string {
	shown := strings.Map(func(r rune) rune {
		if r < ' ' || r == utf8.RuneError {
			return ' '
		}
		return r
	}, e.Value)
	if e.Offset < 0 {
		return shown
	}
	return shown + "\n" + strings.Repeat(" ", utf8.RuneCountInString(e.Value[:min(e.Offset, len(e.Value))])) + "^"
}

func shorthandError(value string, offset int, message, next string) error {
	return hint.As(hint.Usage, hint.With(&ShorthandError{Value: value, Offset: offset, Message: message}, next))
}

func offsetOf(text string, at position) int {
	line, column := 1, 1
	for i, r := range text {
		if line == at.line && column == at.column {
			return i
		}
		column++
		if r == '\n' {
			line, column = line+1, 1
		}
	}
	return len(text)
}

// shorthandValue reads one value, be it JSON or shorthand.
func shorthandValue(value string, t reflect.Type) (*node, error) {
	trimmed := strings.TrimSpace(value)
	if strings.HasPrefix(trimmed, "{") || strings.HasPrefix(trimmed, "[") {
		n, err := parseJSON(value)
		var syntax *syntaxError
		if errors.As(err, &syntax) {
			return nil, shorthandError(value, offsetOf(value, syntax.at), "not JSON: "+syntax.message, "")
		}
		return n, err
	}
	p := &shortParser{text: value}
	n, err := p.top(t)
	var syntax *shortSyntax
	if errors.As(err, &syntax) {
		return nil, shorthandError(value, syntax.offset, syntax.message, syntax.next)
	}
	return n, err
}
