package taskdef

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"
)

// maxTextBytes bounds what is read at all. A task definition may have 64 KiB as
// ECS counts; comments and indentation do not count there.
const maxTextBytes = 1 << 20

// MaxDefinitionBytes is how long a task definition may be as JSON (ECS
// semantics 7.3 [General Reference: quotas]).
const MaxDefinitionBytes = 64 << 10

// readText reads all of the text and takes off the byte order mark.
func readText(r io.Reader, file string) (string, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxTextBytes+1))
	if err != nil {
		return "", fmt.Errorf("read %s: %w", nameOf(file), err)
	}
	at := position{1, 1}
	if len(raw) > maxTextBytes {
		return "", &syntaxError{at: at, message: fmt.Sprintf("the file is longer than %d KiB; no document of Amazon ECS is", maxTextBytes>>10),
			next: "a task definition may have 64 KiB; check that this is the file you meant"}
	}
	if bytes.HasPrefix(raw, []byte("\xff\xfe")) || bytes.HasPrefix(raw, []byte("\xfe\xff")) {
		return "", &syntaxError{at: at, message: "the file is UTF-16, and JSON is UTF-8", next: "save it as UTF-8"}
	}
	text := string(bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf")))
	if bad := firstInvalid(text); bad >= 0 {
		return "", &syntaxError{at: positionOf(text, bad), message: "this is not text: it is neither UTF-8 nor free of NUL bytes here",
			next: "give a JSON or YAML file in UTF-8"}
	}
	if strings.TrimSpace(text) == "" {
		return "", &syntaxError{at: at, message: "the file is empty", next: "give a document in JSON or YAML"}
	}
	return text, nil
}

func nameOf(file string) string {
	if file == "" {
		return "the document"
	}
	return file
}

// firstInvalid is the first byte that is no UTF-8 or is NUL, or -1.
func firstInvalid(text string) int {
	for i, r := range text {
		if r == 0 {
			return i
		}
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(text[i:]); size == 1 {
				return i
			}
		}
	}
	return -1
}

func positionOf(text string, offset int) position {
	before := text[:offset]
	return position{
		line:   strings.Count(before, "\n") + 1,
		column: utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1,
	}
}

// parseText reads JSON or YAML, whichever the content is: JSON begins with a
// bracket once its comments are skipped.
func parseText(text string) (*node, error) {
	p := &jsonParser{text: text, line: 1}
	if err := p.space(); err != nil {
		return nil, err
	}
	rest := text[p.i:]
	if rest == "" {
		return nil, &syntaxError{at: position{1, 1}, message: "the file holds comments and nothing else"}
	}
	if !strings.HasPrefix(rest, "{{") && !strings.HasPrefix(rest, "{%") && (rest[0] == '{' || rest[0] == '[') {
		n, err := parseJSON(text)
		return n, explainTemplate(text, err, true)
	}
	n, err := parseYAML(text)
	return n, explainTemplate(text, err, false)
}

// Markers of template languages. Inside of a string they may be meant, and are
// judged by the member they stand in; where they break the syntax they are the
// reason.
//
//nolint:gochecknoglobals // compiled once, never changed
var (
	markerAnywhere = regexp.MustCompile(`\{\{|\{%|\$\{[A-Za-z_]|<[A-Z][A-Z0-9_]*>`)
	markerInText   = regexp.MustCompile(`\{\{[^}]*\}\}|\{%[^%]*%\}|\$\{[A-Za-z_][^}]*\}|<[A-Z][A-Z0-9_]*>`)
)

const renderFirst = "fill in the template first and give the result, for example: envsubst < FILE | gantry register -"

// explainTemplate replaces a syntax error on or right before a marker by a
// sentence about the marker.
func explainTemplate(text string, err error, isJSON bool) error {
	var syntax *syntaxError
	if err == nil || !errors.As(err, &syntax) {
		return err
	}
	const near = 3 // lines: the YAML parser may notice a marker only after it
	broken := offsetOf(text, syntax.at)
	for _, span := range markerAnywhere.FindAllStringIndex(text, -1) {
		at := positionOf(text, span[0])
		// {{ begins an object, as far as the JSON parser knows.
		if isJSON && (broken < span[0] || broken > span[1]) || !isJSON && (at.line > syntax.at.line+near || at.line < syntax.at.line-near) {
			continue
		}
		return &syntaxError{at: at, next: renderFirst,
			message: fmt.Sprintf("this looks like a template: %s stands where a value belongs", markerAt(text, span))}
	}
	return err
}

// markerAt shows the whole marker when it ends on its line.
func markerAt(text string, span []int) string {
	if whole := markerInText.FindStringIndex(text[span[0]:]); whole != nil && whole[0] == 0 && whole[1] <= 40 && !strings.Contains(text[span[0]:span[0]+whole[1]], "\n") {
		return text[span[0] : span[0]+whole[1]]
	}
	return text[span[0]:span[1]]
}
