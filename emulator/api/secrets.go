package api

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"gantry/ecs"
	"gantry/emulator/store"
)

// secretsFamily is Secrets Manager, as far as task definitions name its secrets.
func secretsFamily() family {
	return family{
		name: "Secrets Manager", target: "secretsmanager",
		operations: operations(
			writing(onAround, (*around).CreateSecret),
			reading(onAround, (*around).GetSecretValue),
			reading(onAround, (*around).DescribeSecret),
			reading(onAround, (*around).ListSecrets),
			writing(onAround, (*around).PutSecretValue),
			writing(onAround, (*around).UpdateSecret),
			writing(onAround, (*around).DeleteSecret),
			writing(onAround, (*around).RestoreSecret),
		),
	}
}

// kindSecret are the secrets, by name.
const kindSecret = "secretsmanager/secret"

// secret is a secret as it is kept: its present value and the one before.
type secret struct {
	ARN         string        `json:"arn"`
	Name        string        `json:"name"`
	Description string        `json:"description,omitempty"`
	KMSKey      string        `json:"kmsKeyId,omitempty"`
	Tags        []ecs.Tag     `json:"tags,omitempty"`
	CreatedAt   time.Time     `json:"createdAt"`
	ChangedAt   time.Time     `json:"changedAt"`
	DeletedAt   time.Time     `json:"deletedAt,omitzero"` // when it will be gone
	Values      []secretValue `json:"values"`             // the newest first
}

type secretValue struct {
	Version   string    `json:"versionId"`
	Text      string    `json:"secretString,omitempty"`
	Binary    []byte    `json:"secretBinary,omitempty"`
	CreatedAt time.Time `json:"createdAt"`
}

const (
	codeSecretMissing = "ResourceNotFoundException"
	codeSecretInvalid = "InvalidRequestException"
)

// secret finds a secret by its name, its ARN, or its ARN without the random end.
func (a *around) secret(id string) (secret, error) {
	all, err := store.Documents[secret](a.tx, kindSecret, "")
	if err != nil {
		return secret{}, err
	}
	for _, x := range all {
		if gone := !x.DeletedAt.IsZero() && !x.DeletedAt.After(a.tx.Now()); gone {
			continue
		}
		if x.Name == id || x.ARN == id || x.ARN[:len(x.ARN)-7] == id {
			return x, nil
		}
	}
	return secret{}, refuse(codeSecretMissing, "Secrets Manager can't find the specified secret.")
}

// living is a secret that is not about to be deleted.
func (a *around) living(id string) (secret, error) {
	x, err := a.secret(id)
	if err == nil && !x.DeletedAt.IsZero() {
		err = refuse(codeSecretInvalid, "You can't perform this operation on the secret because it was marked for deletion.")
	}
	return x, err
}

var secretRule = regexp.MustCompile(`^[A-Za-z0-9/_+=.@-]{1,512}$`)

// CreateSecret keeps a secret.
func (a *around) CreateSecret(_ context.Context, in *CreateSecretInput) (*CreateSecretOutput, error) {
	if !secretRule.MatchString(in.Name) {
		return nil, refuse(ecs.CodeValidation, "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!")
	}
	if _, err := a.secret(in.Name); err == nil {
		return nil, refuse("ResourceExistsException", "The operation failed because the secret %s already exists.", in.Name)
	}
	x := secret{
		Name: in.Name, Description: in.Description, KMSKey: in.KMSKey, CreatedAt: a.tx.Now(), ChangedAt: a.tx.Now(),
		ARN: string(a.tx.Scope().ARN("secretsmanager", "secret:"+in.Name+"-"+hashed(a.tx.World().Seed, in.Name, a.tx.Now())[:6])),
	}
	for _, t := range in.Tags {
		x.Tags = append(x.Tags, ecs.Tag(t))
	}
	a.renew(&x, in.ClientRequestToken, in.SecretString, in.SecretBinary)
	return &CreateSecretOutput{x.shape()}, a.tx.PutDocument(kindSecret, x.Name, x)
}

// renew gives a secret a value, when there is one.
func (a *around) renew(x *secret, token, text string, binary []byte) {
	if text == "" && binary == nil {
		return
	}
	if token == "" {
		h := hashed(x.ARN, len(x.Values), a.tx.Now()) + hashed(a.tx.Now(), x.ARN)
		token = strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:32]}, "-")
	}
	const kept = 2 // AWSCURRENT and AWSPREVIOUS
	x.Values = slices.Insert(x.Values, 0, secretValue{token, text, binary, a.tx.Now()})
	x.Values, x.ChangedAt = x.Values[:min(kept, len(x.Values))], a.tx.Now()
}

func (x *secret) shape() SecretShape {
	out := SecretShape{ARN: x.ARN, Name: x.Name}
	if len(x.Values) > 0 {
		out.VersionID = x.Values[0].Version
	}
	return out
}

// secretStages are the labels of the values, the newest first.
func secretStages() []string { return []string{"AWSCURRENT", "AWSPREVIOUS"} }

// GetSecretValue tells a secret.
func (a *around) GetSecretValue(_ context.Context, in *GetSecretValueInput) (*GetSecretValueOutput, error) {
	x, err := a.living(in.SecretID)
	if err != nil {
		return nil, err
	}
	for i, v := range x.Values {
		stage := secretStages()[i]
		if in.VersionID != "" && in.VersionID != v.Version || in.VersionStage != "" && in.VersionStage != stage {
			continue
		}
		return &GetSecretValueOutput{SecretShape{x.ARN, x.Name, v.Version}, v.Text, v.Binary, []string{stage}, v.CreatedAt}, nil
	}
	return nil, refuse(codeSecretMissing, "Secrets Manager can't find the specified secret value for the given version.")
}

func (x *secret) described() SecretListShape {
	out := SecretListShape{ARN: x.ARN, Name: x.Name, Description: x.Description, KMSKey: x.KMSKey, CreatedDate: x.CreatedAt,
		LastChangedDate: x.ChangedAt, DeletedDate: x.DeletedAt, VersionIDsToStages: map[string][]string{}}
	for i, v := range x.Values {
		out.VersionIDsToStages[v.Version] = []string{secretStages()[i]}
	}
	for _, t := range x.Tags {
		out.Tags = append(out.Tags, tagShape(t))
	}
	return out
}

// DescribeSecret tells what is known of a secret besides its value.
func (a *around) DescribeSecret(_ context.Context, in *DescribeSecretInput) (*DescribeSecretOutput, error) {
	x, err := a.secret(in.SecretID)
	if err != nil {
		return nil, err
	}
	return &DescribeSecretOutput{x.described()}, nil
}

// ListSecrets lists the secrets, by name.
func (a *around) ListSecrets(_ context.Context, in *ListSecretsInput) (*ListSecretsOutput, error) {
	all, err := store.Documents[secret](a.tx, kindSecret, "")
	if err != nil {
		return nil, err
	}
	byName := map[string]secret{}
	for _, x := range all {
		named := true
		for _, f := range in.Filters {
			if f.Key == "name" {
				named = slices.ContainsFunc(f.Values, func(v string) bool { return strings.HasPrefix(x.Name, v) })
			}
		}
		if named && x.DeletedAt.IsZero() {
			byName[x.Name] = x
		}
	}
	const most = 100 // [API: ListSecrets, MaxResults]
	cut, next, err := page(sortedKeys(byName), in.NextToken, in.MaxResults, most, most)
	if err != nil {
		return nil, refuse("InvalidNextTokenException", "%s", err.Error())
	}
	out := &ListSecretsOutput{SecretList: []SecretListShape{}, NextToken: next}
	for _, name := range cut {
		x := byName[name]
		out.SecretList = append(out.SecretList, x.described())
	}
	return out, nil
}

// PutSecretValue gives a secret a new value.
func (a *around) PutSecretValue(_ context.Context, in *PutSecretValueInput) (*PutSecretValueOutput, error) {
	x, err := a.living(in.SecretID)
	if err != nil {
		return nil, err
	}
	a.renew(&x, in.ClientRequestToken, in.SecretString, in.SecretBinary)
	return &PutSecretValueOutput{x.shape(), secretStages()[:1]}, a.tx.PutDocument(kindSecret, x.Name, x)
}

// UpdateSecret changes a secret.
func (a *around) UpdateSecret(_ context.Context, in *UpdateSecretInput) (*UpdateSecretOutput, error) {
	x, err := a.living(in.SecretID)
	if err != nil {
		return nil, err
	}
	if in.Description != nil {
		x.Description = *in.Description
	}
	a.renew(&x, in.ClientRequestToken, in.SecretString, in.SecretBinary)
	return &UpdateSecretOutput{x.shape()}, a.tx.PutDocument(kindSecret, x.Name, x)
}

// DeleteSecret marks a secret for deletion, or deletes it at once.
func (a *around) DeleteSecret(_ context.Context, in *DeleteSecretInput) (*DeleteSecretOutput, error) {
	x, err := a.secret(in.SecretID)
	if err != nil {
		return nil, err
	}
	if in.ForceDeleteWithoutRecovery {
		return &DeleteSecretOutput{x.ARN, x.Name, a.tx.Now()}, a.tx.DeleteDocument(kindSecret, x.Name)
	}
	days := 30
	if in.RecoveryWindowInDays != nil {
		days = *in.RecoveryWindowInDays
	}
	if days < 7 || days > 30 {
		return nil, refuse("InvalidParameterException", "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).")
	}
	x.DeletedAt = a.tx.Now().AddDate(0, 0, days)
	return &DeleteSecretOutput{x.ARN, x.Name, x.DeletedAt}, a.tx.PutDocument(kindSecret, x.Name, x)
}

// RestoreSecret takes the mark away again.
func (a *around) RestoreSecret(_ context.Context, in *RestoreSecretInput) (*RestoreSecretOutput, error) {
	x, err := a.secret(in.SecretID)
	if err != nil {
		return nil, err
	}
	x.DeletedAt = time.Time{}
	return &RestoreSecretOutput{x.ARN, x.Name}, a.tx.PutDocument(kindSecret, x.Name, x)
}
