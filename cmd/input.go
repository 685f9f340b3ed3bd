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
	return f.checked(name, findings, err, "sent")
}

// decode reads the values of one flag, in the aws CLI's shorthand or as JSON.
func decode(values []string, flag string, into any) error {
	if err := taskdef.Shorthand(values, into); err != nil {
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
	if err := decode(values, flag, &list); err != nil {
		return err
	}
	*into = list
	return nil
}
