package cmd

import (
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/spf13/cobra"

	"gantry/engine/query"
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

// marked adds to a refusal of a request where a constraint's expression breaks
// the query language. Only the refusal is explained: whether an expression is
// good is the endpoint's to say.
func marked(err error, constraints []types.PlacementConstraint) error {
	if hint.KindOf(err) != hint.Invalid {
		return err
	}
	for _, c := range constraints {
		var broken *query.SyntaxError
		if _, parseErr := query.Parse(aws.ToString(c.Expression)); c.Type == types.PlacementConstraintTypeMemberOf && errors.As(parseErr, &broken) {
			return hint.With(err, broken.Message+":\n"+broken.Mark())
		}
	}
	return err
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
