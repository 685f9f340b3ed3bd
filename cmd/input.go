package cmd

import (
	"fmt"

	"github.com/spf13/cobra"

	"gantry/internal/hint"
	"gantry/taskdef"
)

// addInputFlag adds --cli-input-json, whose document flags then override.
func addInputFlag(c *cobra.Command, file *string) {
	c.Flags().StringVar(file, "cli-input-json", "", "a file with the request in AWS's JSON (or YAML), as file://FILE; flags win over it")
}

// readInput reads the document of --cli-input-json into a request.
func (f *Factory) readInput(file string, into any) error {
	if file == "" {
		return nil
	}
	r, name, err := f.open(file)
	if err != nil {
		return err
	}
	defer r.Close()
	_, findings, err := taskdef.ParseInput(r, name, into)
	f.talker().Findings(findings)
	if err != nil {
		return hint.As(hint.Invalid, err)
	}
	if len(findings.Errors()) > 0 {
		return hint.As(hint.Invalid, hint.With(fmt.Errorf("%s cannot be used", name), "mend what is listed above; nothing was sent"))
	}
	return nil
}

// decode reads one flag in the aws CLI's shorthand or as JSON.
func decode(text, flag string, into any) error {
	if text == "" {
		return nil
	}
	if err := taskdef.Shorthand(text, into); err != nil {
		return hint.As(hint.Usage, fmt.Errorf("%s: %w", flag, err))
	}
	return nil
}

// decodeList reads the values of a flag that is a list. No value leaves the
// list as it was, so that a document's own survives.
func decodeList[T any](values []string, flag string, into *[]T) error {
	if len(values) == 0 {
		return nil
	}
	list := []T{}
	for _, v := range values {
		var more []T
		if err := decode(v, flag, &more); err != nil {
			return err
		}
		list = append(list, more...)
	}
	*into = list
	return nil
}
