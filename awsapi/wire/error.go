package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// DecodeError says which member of a document could not be read. A service answers it with SerializationException.
type DecodeError struct {
	// Path leads to the member as it is written on the wire, for example "containerDefinitions[0].cpu". It is empty for
	// the whole document.
	Path string
	// Expected and Got are phrases with their article: "an integer", "a string".
	Expected string
	Got      string
	// Offset is the byte in the text at which a document that is not JSON breaks off, else -1.
	Offset int64
}

// Error gives the sentence that a person reads.
func (e *DecodeError) Error() string {
	text := fmt.Sprintf("expected %s, got %s", e.Expected, e.Got)
	if e.Offset >= 0 {
		text = fmt.Sprintf("%s at byte %d", text, e.Offset)
	}
	if e.Path == "" {
		return text
	}
	return e.Path + ": " + text
}

// syntaxError words the errors of encoding/json like our own.
func syntaxError(data []byte, err error) error {
	if len(bytes.TrimSpace(data)) == 0 {
		return &DecodeError{Expected: "a JSON document", Got: "nothing", Offset: -1}
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return &DecodeError{Expected: "a JSON document", Got: "text that is not JSON (" + syntax.Error() + ")", Offset: syntax.Offset}
	}
	return &DecodeError{Expected: "a JSON document", Got: "text that is not JSON (" + err.Error() + ")", Offset: -1}
}

// EncodeError says which value has no form in AWS JSON.
type EncodeError struct {
	// Path leads to the value as it would be written on the wire; empty for the whole.
	Path   string
	Reason string
}

// Error gives the sentence that a person reads.
func (e *EncodeError) Error() string {
	if e.Path == "" {
		return "cannot be written as AWS JSON: " + e.Reason
	}
	return e.Path + ": cannot be written as AWS JSON: " + e.Reason
}
