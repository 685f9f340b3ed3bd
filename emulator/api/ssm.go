package api

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"gantry/ecs"
	"gantry/emulator/store"
)

// ssmFamily is Parameter Store, as far as task definitions name its parameters.
func ssmFamily() family {
	return family{
		name: "SSM", signs: "ssm", target: "AmazonSSM",
		operations: operations(
			writing(onAround, (*around).PutParameter),
			reading(onAround, (*around).GetParameter),
			reading(onAround, (*around).GetParameters),
			reading(onAround, (*around).GetParametersByPath),
			reading(onAround, (*around).DescribeParameters),
			writing(onAround, (*around).DeleteParameter),
			writing(onAround, (*around).DeleteParameters),
		),
	}
}

// kindParameter are the parameters, by name.
const kindParameter = "ssm/parameter"

// parameter is a parameter as it is kept.
type parameter struct {
	Name      string    `json:"name"`
	Type      string    `json:"type"`
	Value     string    `json:"value"`
	Version   int       `json:"version"`
	ChangedAt time.Time `json:"changedAt"`
}

type (
	parameterShape struct {
		Name, Type, Value string
		Version           int
		LastModifiedDate  time.Time
		ARN               ecs.ARN
		DataType          string
	}
	// PutParameterInput is a parameter.
	PutParameterInput struct {
		Name, Value, Type string
		Overwrite         bool
	}
	// PutParameterOutput is its version.
	PutParameterOutput struct {
		Version int
		Tier    string
	}
	// GetParameterInput names a parameter.
	GetParameterInput struct {
		Name           string
		WithDecryption bool
	}
	// GetParameterOutput is the parameter.
	GetParameterOutput struct{ Parameter parameterShape }
	// GetParametersInput names parameters.
	GetParametersInput struct {
		Names          []string
		WithDecryption bool
	}
	// GetParametersOutput is those that there are.
	GetParametersOutput struct {
		Parameters        []parameterShape
		InvalidParameters []string
	}
	// GetParametersByPathInput names a path.
	GetParametersByPathInput struct {
		Path                      string
		Recursive, WithDecryption bool
		ParameterFilters          []parameterFilterShape
		MaxResults                *int32
		NextToken                 *string
	}
	// GetParametersByPathOutput is a page of the parameters below it.
	GetParametersByPathOutput struct {
		Parameters []parameterShape
		NextToken  *string
	}
	// DescribeParametersInput asks for parameters.
	DescribeParametersInput struct {
		Filters          []parameterFilterShape // the older form
		ParameterFilters []parameterFilterShape
		MaxResults       *int32
		NextToken        *string
	}
	// DescribeParametersOutput is a page of them, without their values.
	DescribeParametersOutput struct {
		Parameters []parameterShape
		NextToken  *string
	}
	// DeleteParameterInput names a parameter.
	DeleteParameterInput struct{ Name string }
	// DeleteParameterOutput has no members.
	DeleteParameterOutput struct{}
	// DeleteParametersInput names parameters.
	DeleteParametersInput struct{ Names []string }
	// DeleteParametersOutput is which of them there were.
	DeleteParametersOutput struct{ DeletedParameters, InvalidParameters []string }
)

// optimizedAMI are the public parameters that name the ECS-optimized AMI; it is
// the one that the world's container instances say they run.
var optimizedAMI = ruleOf(`^/aws/service/ecs/optimized-ami/[a-z0-9-]+(/[a-z0-9-]+)*/recommended(/image_id)?$`)

func (a *around) parameter(name string) (p parameter, ok bool, err error) {
	if arn := ecs.ARN(name); arn.IsARN() {
		if arn.Scope() != a.tx.Scope() {
			return p, false, nil // another account's or Region's
		}
		name = strings.TrimPrefix(arn.Resource(), "parameter")
		if strings.Count(name, "/") == 1 {
			if ok, err := a.tx.Document(kindParameter, name[1:], &p); ok || err != nil {
				return p, ok, err
			}
		}
	}
	if ok, err = a.tx.Document(kindParameter, name, &p); ok || err != nil {
		return p, ok, err
	}
	if optimizedAMI.MatchString(name) {
		p = parameter{Name: name, Type: "String", Value: optimizedAMIID, Version: 1, ChangedAt: a.tx.World().CreatedAt}
		if !strings.HasSuffix(name, "/image_id") {
			p.Value = `{"ecs_agent_version":"` + ecs.CurrentAgent + `","image_id":"` + optimizedAMIID + `","os":"Amazon Linux 2023"}`
		}
		return p, true, nil
	}
	return p, false, nil
}

func noParameter(name string) error {
	return refuse("ParameterNotFound", "Parameter %s not found.", name)
}

func (a *around) showParameter(p *parameter) parameterShape {
	resource := "parameter/" + strings.TrimPrefix(p.Name, "/")
	return parameterShape{p.Name, p.Type, p.Value, p.Version, p.ChangedAt, a.tx.Scope().ARN("ssm", resource), parameterDataType}
}

// The bounds of a parameter in the standard tier, which is the only one here,
// and of a request [API: PutParameter, GetParameters].
const (
	longestParameterName  = 1011
	longestParameterValue = 4096
	mostParameterNames    = 10
)

var parameterRule = ruleOf(`^/?[a-zA-Z0-9_.-]+(/[a-zA-Z0-9_.-]+)*$`)

// PutParameter keeps a parameter.
func (a *around) PutParameter(_ context.Context, in *PutParameterInput) (*PutParameterOutput, error) {
	if !parameterRule.MatchString(in.Name) || strings.HasPrefix(strings.Trim(strings.ToLower(in.Name), "/"), "aws") {
		return nil, refuse(ecs.CodeValidation, "Parameter name: %q must be made of letters, digits, . - _ and / between its parts, and cannot begin with aws", in.Name)
	}
	switch {
	case len(in.Name) > longestParameterName:
		return nil, refuse(ecs.CodeValidation, "Parameter name: can't be longer than %d characters, but has %d", longestParameterName, len(in.Name))
	case in.Value == "":
		return nil, refuse(ecs.CodeValidation, "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1")
	case utf8.RuneCountInString(in.Value) > longestParameterValue:
		return nil, refuse(ecs.CodeValidation, "Standard tier parameters support a maximum parameter value of %d characters. "+
			"The emulator has no other tier.", longestParameterValue)
	}
	p := parameter{Name: in.Name, Type: in.Type, Value: in.Value, Version: 1, ChangedAt: a.tx.Now()}
	var old parameter
	ok, err := a.tx.Document(kindParameter, in.Name, &old)
	switch {
	case err != nil:
		return nil, err
	case ok && !in.Overwrite:
		return nil, refuse("ParameterAlreadyExists", "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.")
	case ok:
		p.Version = old.Version + 1
		if p.Type == "" {
			p.Type = old.Type
		}
	}
	switch p.Type {
	case "String", "StringList", "SecureString":
	default:
		return nil, refuse(ecs.CodeValidation, "The parameter's type must be String, StringList or SecureString, not %q", p.Type)
	}
	return &PutParameterOutput{p.Version, parameterTier}, a.tx.PutDocument(kindParameter, p.Name, p)
}

// GetParameter tells a parameter.
func (a *around) GetParameter(_ context.Context, in *GetParameterInput) (*GetParameterOutput, error) {
	p, ok, err := a.parameter(in.Name)
	if err == nil && !ok {
		err = noParameter(in.Name)
	}
	return &GetParameterOutput{a.showParameter(&p)}, err
}

// GetParameters tells the parameters that there are of those that are named.
func (a *around) GetParameters(_ context.Context, in *GetParametersInput) (*GetParametersOutput, error) {
	if n := len(in.Names); n < 1 || n > mostParameterNames {
		return nil, refuse(ecs.CodeValidation, "1 validation error detected: Value at 'names' failed to satisfy constraint: "+
			"Member must have length between 1 and %d, but has %d", mostParameterNames, n)
	}
	out := &GetParametersOutput{Parameters: []parameterShape{}, InvalidParameters: []string{}}
	for _, name := range in.Names {
		p, ok, err := a.parameter(name)
		switch {
		case err != nil:
			return nil, err
		case ok:
			out.Parameters = append(out.Parameters, a.showParameter(&p))
		default:
			out.InvalidParameters = append(out.InvalidParameters, name)
		}
	}
	return out, nil
}

// parametersPage is a page of the parameters that a test lets through.
func (a *around) parametersPage(in func(*parameter) bool, token *string, given *int32, most int) ([]parameterShape, *string, error) {
	all, err := store.Documents[parameter](a.tx, kindParameter, "")
	if err != nil {
		return nil, nil, err
	}
	byName := map[string]parameter{}
	for _, p := range all {
		if in(&p) {
			byName[p.Name] = p
		}
	}
	cut, next, err := aroundPage(sortedKeys(byName), token, given, most, most, pageCodes{"InvalidNextToken", ecs.CodeValidation, "maxResults"})
	if err != nil {
		return nil, nil, err
	}
	out := []parameterShape{}
	for _, name := range cut {
		p := byName[name]
		out = append(out, a.showParameter(&p))
	}
	return out, next, nil
}

// GetParametersByPath tells the parameters below a path.
func (a *around) GetParametersByPath(_ context.Context, in *GetParametersByPathInput) (*GetParametersByPathOutput, error) {
	passes, err := parameterFilter(in.ParameterFilters, "Type")
	if err != nil {
		return nil, err
	}
	found, next, err := a.parametersPage(func(p *parameter) bool { return p.below(in.Path, in.Recursive) && passes(p) }, in.NextToken, in.MaxResults, 10)
	return &GetParametersByPathOutput{found, next}, err
}

// DescribeParameters lists the parameters without their values.
func (a *around) DescribeParameters(_ context.Context, in *DescribeParametersInput) (*DescribeParametersOutput, error) {
	if len(in.Filters) > 0 && len(in.ParameterFilters) > 0 {
		return nil, refuse(ecs.CodeValidation, "You can use either Filters or ParameterFilters in a single request.")
	}
	for i := range in.Filters {
		if in.Filters[i].Key == "Name" {
			in.Filters[i].Option = optionBegins // what the older form means by a name; unconfirmed
		}
	}
	passes, err := parameterFilter(append(in.Filters, in.ParameterFilters...), "Name", "Type", "Path", "Tier", "DataType")
	if err != nil {
		return nil, err
	}
	found, next, err := a.parametersPage(passes, in.NextToken, in.MaxResults, 50)
	for i := range found {
		found[i].Value = ""
	}
	return &DescribeParametersOutput{found, next}, err
}

// DeleteParameter deletes a parameter.
func (a *around) DeleteParameter(_ context.Context, in *DeleteParameterInput) (*DeleteParameterOutput, error) {
	var p parameter
	ok, err := a.tx.Document(kindParameter, in.Name, &p)
	if err == nil && !ok {
		err = noParameter(in.Name)
	}
	if err != nil {
		return nil, err
	}
	return &DeleteParameterOutput{}, a.tx.DeleteDocument(kindParameter, in.Name)
}

// DeleteParameters deletes the parameters that there are of those that are named.
func (a *around) DeleteParameters(ctx context.Context, in *DeleteParametersInput) (*DeleteParametersOutput, error) {
	out := &DeleteParametersOutput{DeletedParameters: []string{}, InvalidParameters: []string{}}
	for _, name := range in.Names {
		if _, err := a.DeleteParameter(ctx, &DeleteParameterInput{name}); err != nil {
			out.InvalidParameters = append(out.InvalidParameters, name)
			continue
		}
		out.DeletedParameters = append(out.DeletedParameters, name)
	}
	return out, nil
}
