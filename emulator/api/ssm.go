package api

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

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
	Name        string            `json:"name"`
	Type        string            `json:"type"`
	Value       string            `json:"value"`
	Version     int               `json:"version"`
	ChangedAt   time.Time         `json:"changedAt"`
	Description string            `json:"description,omitempty"`
	Pattern     string            `json:"allowedPattern,omitempty"`
	Key         string            `json:"keyId,omitempty"`
	Tier        string            `json:"tier,omitempty"`     // "" is the standard one
	DataType    string            `json:"dataType,omitempty"` // "" is text
	Past        []parameterChange `json:"past,omitempty"`     // the oldest first
}

// parameterChange is a version that there was before.
type parameterChange struct {
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
		Selector          string // as it was asked for, with the colon
	}
	parameterMetadata struct {
		Name, Type                  string
		Version                     int
		LastModifiedDate            time.Time
		ARN                         ecs.ARN
		DataType, Tier              string
		Description, AllowedPattern string
		KeyID                       string `shape:"KeyId"`
	}
	// PutParameterInput is a parameter.
	PutParameterInput struct {
		Name, Value, Type, Description string
		AllowedPattern, DataType, Tier string
		KeyID                          string `shape:"KeyId"`
		Policies                       string
		Overwrite                      bool
		Tags                           []tagShape
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
		Parameters []parameterMetadata
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
	return refuse(codeNoParameter, "Parameter %s not found.", name)
}

func (a *around) showParameter(p *parameter) parameterShape {
	resource := "parameter/" + strings.TrimPrefix(p.Name, "/")
	return parameterShape{p.Name, p.Type, p.Value, p.Version, p.ChangedAt, a.tx.Scope().ARN("ssm", resource), p.dataType(), ""}
}

// selected is a parameter by its name or ARN, and the version that may follow
// [API: GetParameter, Name]. Labels are not kept.
func (a *around) selected(given string) (parameterShape, error) {
	name, version := given, ""
	if i := strings.LastIndex(given, ":"); i > strings.LastIndex(given, "/") && !strings.HasSuffix(given[:i], ":parameter") {
		name, version = given[:i], given[i+1:]
	}
	p, ok, err := a.parameter(name)
	switch {
	case err != nil:
		return parameterShape{}, err
	case !ok:
		return parameterShape{}, noParameter(given)
	case version == "":
		return a.showParameter(&p), nil
	}
	for _, old := range append(p.Past, parameterChange{p.Value, p.Version, p.ChangedAt}) {
		if strconv.Itoa(old.Version) == version {
			p.Value, p.Version, p.ChangedAt = old.Value, old.Version, old.ChangedAt
			shown := a.showParameter(&p)
			shown.Selector = ":" + version
			return shown, nil
		}
	}
	return parameterShape{}, refuse(codeNoParameterVersion, "Systems Manager could not find version %s of %s. Verify the version and try again.", version, name)
}

// GetParameter tells a parameter.
func (a *around) GetParameter(_ context.Context, in *GetParameterInput) (*GetParameterOutput, error) {
	p, err := a.selected(in.Name)
	return &GetParameterOutput{p}, err
}

// GetParameters tells the parameters that there are of those that are named.
func (a *around) GetParameters(_ context.Context, in *GetParametersInput) (*GetParametersOutput, error) {
	if err := checkParameterNames(in.Names); err != nil {
		return nil, err
	}
	out := &GetParametersOutput{Parameters: []parameterShape{}, InvalidParameters: []string{}}
	for _, name := range in.Names {
		p, err := a.selected(name)
		refusal, refused := errors.AsType[*ecs.Error](err)
		switch {
		case err == nil:
			out.Parameters = append(out.Parameters, p)
		case refused && (refusal.Code == codeNoParameter || refusal.Code == codeNoParameterVersion):
			out.InvalidParameters = append(out.InvalidParameters, name)
		default:
			return nil, err
		}
	}
	return out, nil
}

func checkParameterNames(names []string) error {
	if n := len(names); n < 1 || n > mostParameterNames {
		return refuse(ecs.CodeValidation, "1 validation error detected: Value at 'names' failed to satisfy constraint: "+
			"Member must have length between 1 and %d, but has %d", mostParameterNames, n)
	}
	return nil
}

// parametersPage is a page of the parameters that a test lets through.
func (a *around) parametersPage(in func(*parameter) bool, token *string, given *int32, most int) ([]parameter, *string, error) {
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
	out := []parameter{}
	for _, name := range cut {
		out = append(out, byName[name])
	}
	return out, next, nil
}

// GetParametersByPath tells the parameters below a path.
func (a *around) GetParametersByPath(_ context.Context, in *GetParametersByPathInput) (*GetParametersByPathOutput, error) {
	if !strings.HasPrefix(in.Path, "/") {
		return nil, refuse(ecs.CodeValidation, "The parameter doesn't meet the parameter name requirements. The path %.300q must begin with a forward slash.", in.Path)
	}
	passes, err := parameterFilter(in.ParameterFilters, "Type")
	if err != nil {
		return nil, err
	}
	found, next, err := a.parametersPage(func(p *parameter) bool { return p.below(in.Path, in.Recursive) && passes(p) }, in.NextToken, in.MaxResults, 10)
	out := &GetParametersByPathOutput{Parameters: []parameterShape{}, NextToken: next}
	for i := range found {
		out.Parameters = append(out.Parameters, a.showParameter(&found[i]))
	}
	return out, err
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
	out := &DescribeParametersOutput{Parameters: []parameterMetadata{}, NextToken: next}
	for i := range found {
		p := &found[i]
		shown := a.showParameter(p)
		out.Parameters = append(out.Parameters, parameterMetadata{Name: p.Name, Type: p.Type, Version: p.Version, LastModifiedDate: p.ChangedAt,
			ARN: shown.ARN, DataType: p.dataType(), Tier: p.tier(), Description: p.Description, AllowedPattern: p.Pattern, KeyID: p.Key})
	}
	return out, err
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
	if err := checkParameterNames(in.Names); err != nil {
		return nil, err
	}
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
