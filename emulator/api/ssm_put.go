package api

import (
	"context"
	"regexp"
	"strings"
	"unicode/utf8"

	"gantry/ecs"
)

// The codes of refusals of parameters.
const (
	codeNoParameter        = "ParameterNotFound"
	codeNoParameterVersion = "ParameterVersionNotFound"
)

// The bounds of a parameter and of a request [API: PutParameter, GetParameters].
const (
	longestParameterName  = 1011
	longestParameterValue = 4096
	longestAdvancedValue  = 8192
	mostParameterLevels   = 15
	mostParameterPast     = 99 // versions beside the present one
	mostParameterNames    = 10
)

// What a parameter can be.
const (
	tierStandard      = "Standard"
	tierAdvanced      = "Advanced"
	tierIntelligent   = "Intelligent-Tiering"
	parameterDataType = "text"
	typeSecure        = "SecureString"
)

var parameterRule = ruleOf(`^/?[a-zA-Z0-9_.-]+(/[a-zA-Z0-9_.-]+)*$`)

func (p *parameter) tier() string {
	if p.Tier == "" {
		return tierStandard
	}
	return p.Tier
}

func (p *parameter) dataType() string {
	if p.DataType == "" {
		return parameterDataType
	}
	return p.DataType
}

// PutParameter keeps a parameter.
func (a *around) PutParameter(_ context.Context, in *PutParameterInput) (*PutParameterOutput, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	p := parameter{Name: in.Name, Type: in.Type, Value: in.Value, Version: 1, ChangedAt: a.tx.Now(),
		Description: in.Description, Pattern: in.AllowedPattern, Key: in.KeyID, Tier: in.Tier, DataType: in.DataType}
	var old parameter
	ok, err := a.tx.Document(kindParameter, in.Name, &old)
	switch {
	case err != nil:
		return nil, err
	case ok && !in.Overwrite:
		return nil, refuse("ParameterAlreadyExists", "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.")
	case ok:
		if err := p.follow(&old); err != nil {
			return nil, err
		}
	}
	if err := p.settle(); err != nil {
		return nil, err
	}
	return &PutParameterOutput{p.Version, p.tier()}, a.tx.PutDocument(kindParameter, p.Name, p)
}

// check refuses what breaks the rules of every parameter.
func (in *PutParameterInput) check() error {
	switch {
	case !parameterRule.MatchString(in.Name) || strings.HasPrefix(strings.Trim(strings.ToLower(in.Name), "/"), "aws"):
		return refuse(ecs.CodeValidation, "Parameter name: %.300q must be made of letters, digits, . - _ and / between its parts, and cannot begin with aws", in.Name)
	case len(in.Name) > longestParameterName:
		return refuse(ecs.CodeValidation, "Parameter name: can't be longer than %d characters, but has %d", longestParameterName, len(in.Name))
	case strings.Count(strings.TrimPrefix(in.Name, "/"), "/") >= mostParameterLevels:
		return refuse("HierarchyLevelLimitExceededException", "A parameter name can have at most %d levels of hierarchy.", mostParameterLevels)
	case in.Value == "":
		return refuse(ecs.CodeValidation, "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1")
	case in.Overwrite && len(in.Tags) > 0:
		return refuse(ecs.CodeValidation, "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag.")
	case in.Policies != "" && in.Policies != "[]":
		return refuse(ecs.CodeValidation, "The emulator has no parameter policies: nothing expires and nobody is notified.")
	case in.DataType != "" && in.DataType != parameterDataType && in.DataType != "aws:ec2:image" && in.DataType != "aws:ssm:integration":
		return refuse(ecs.CodeValidation, "The data type %.100q is not supported. Use text or aws:ec2:image.", in.DataType)
	}
	return nil
}

// follow makes a parameter the next version of an old one, with what the request
// leaves out as it was.
func (p *parameter) follow(old *parameter) error {
	if p.Type != "" && p.Type != old.Type {
		return refuse("HierarchyTypeMismatchException", "The parameter %s is a %s. Parameter Store doesn't support changing a parameter type.", p.Name, old.Type)
	}
	for to, from := range map[*string]string{&p.Type: old.Type, &p.Description: old.Description, &p.Pattern: old.Pattern, &p.Key: old.Key,
		&p.Tier: old.Tier, &p.DataType: old.DataType} {
		if *to == "" {
			*to = from
		}
	}
	p.Version = old.Version + 1
	p.Past = append(old.Past, parameterChange{old.Value, old.Version, old.ChangedAt})
	if n := len(p.Past); n > mostParameterPast {
		p.Past = p.Past[n-mostParameterPast:]
	}
	return nil
}

// settle checks what a parameter has become, and finds its tier.
func (p *parameter) settle() error {
	switch p.Type {
	case "String", "StringList":
	case typeSecure:
		if p.Key == "" {
			p.Key = "alias/aws/ssm" // [API: PutParameter, KeyId]
		}
	default:
		return refuse(ecs.CodeValidation, "The parameter's type must be String, StringList or SecureString, not %q", p.Type)
	}
	if p.Key != "" && p.Type != typeSecure {
		return refuse(ecs.CodeValidation, "KeyId is not allowed for the parameter type %s.", p.Type)
	}
	if p.Pattern != "" {
		pattern, err := regexp.Compile(p.Pattern)
		if err != nil {
			return refuse("InvalidAllowedPatternException", "The allowed pattern is no regular expression: %s", err)
		}
		if !pattern.MatchString(p.Value) {
			return refuse("ParameterPatternMismatchException", "Parameter value, cannot be validated against allowedPattern: %.300s", p.Pattern)
		}
	}
	size := utf8.RuneCountInString(p.Value)
	switch p.tier() {
	case tierIntelligent:
		p.Tier = tierStandard
		if size > longestParameterValue {
			p.Tier = tierAdvanced
		}
	case tierStandard, tierAdvanced:
	default:
		return refuse(ecs.CodeValidation, "The tier must be Standard, Advanced or Intelligent-Tiering, not %.100q", p.Tier)
	}
	switch {
	case size > longestAdvancedValue:
		return refuse(ecs.CodeValidation, "Advanced tier parameters support a maximum parameter value of %d characters.", longestAdvancedValue)
	case size > longestParameterValue && p.tier() == tierStandard:
		return refuse(ecs.CodeValidation, "Standard tier parameters support a maximum parameter value of %d characters. "+
			"To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier.", longestParameterValue)
	}
	return nil
}
