package api

import (
	"context"
	"slices"
	"time"

	"gantry/ecs"
	"gantry/emulator/store"
)

// secretsFamily is Secrets Manager, as far as task definitions name its secrets.
func secretsFamily() family {
	return family{
		name: "Secrets Manager", signs: "secretsmanager", target: "secretsmanager",
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

// secret is a secret as it is kept, with the values that have a staging label.
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

const (
	codeSecretMissing = "ResourceNotFoundException"
	codeSecretInvalid = "InvalidRequestException"
	codeSecretExists  = "ResourceExistsException"
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
			x.label()
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

var secretRule = ruleOf(`^[A-Za-z0-9/_+=.@-]{1,512}$`)

// CreateSecret keeps a secret.
func (a *around) CreateSecret(_ context.Context, in *CreateSecretInput) (*CreateSecretOutput, error) {
	if !secretRule.MatchString(in.Name) {
		return nil, refuse(ecs.CodeValidation, "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!")
	}
	given := givenValue{in.ClientRequestToken, in.SecretString, in.SecretBinary}
	if old, err := a.secret(in.Name); err == nil {
		return old.again(given)
	}
	x := secret{
		Name: in.Name, Description: in.Description, KMSKey: in.KMSKey, CreatedAt: a.tx.Now(), ChangedAt: a.tx.Now(),
		ARN: string(a.tx.Scope().ARN("secretsmanager", "secret:"+in.Name+"-"+hashed(a.tx.World().Seed, in.Name, a.tx.Now())[:6])),
	}
	x.Tags = tagsOf(in.Tags)
	if _, err := a.renew(&x, given, nil); err != nil {
		return nil, err
	}
	return &CreateSecretOutput{x.shape()}, a.tx.PutDocument(kindSecret, x.Name, x)
}

// again answers CreateSecret of a secret that there is: with the secret when the
// request is a repetition [API: CreateSecret, ClientRequestToken].
func (x *secret) again(given givenValue) (*CreateSecretOutput, error) {
	if !x.DeletedAt.IsZero() {
		return nil, refuse(codeSecretInvalid, "You can't create this secret because a secret with this name is already scheduled for deletion.")
	}
	if i := x.version(given.token); i >= 0 && given.token != "" && given.same(&x.Values[i]) {
		return &CreateSecretOutput{x.shape()}, nil
	}
	return nil, refuse(codeSecretExists, "The operation failed because the secret %s already exists.", x.Name)
}

func (x *secret) shape() SecretShape {
	out := SecretShape{ARN: x.ARN, Name: x.Name}
	if i := x.labelled(stageCurrent); i >= 0 {
		out.VersionID = x.Values[i].Version
	}
	return out
}

// GetSecretValue tells a secret.
func (a *around) GetSecretValue(_ context.Context, in *GetSecretValueInput) (*GetSecretValueOutput, error) {
	x, err := a.living(in.SecretID)
	if err != nil {
		return nil, err
	}
	if in.VersionID == "" && in.VersionStage == "" {
		in.VersionStage = stageCurrent
	}
	for _, v := range x.Values {
		if in.VersionID != "" && in.VersionID != v.Version || in.VersionStage != "" && !slices.Contains(v.Stages, in.VersionStage) {
			continue
		}
		return &GetSecretValueOutput{SecretShape{x.ARN, x.Name, v.Version}, v.Text, v.Binary, v.Stages, v.CreatedAt}, nil
	}
	return nil, refuse(codeSecretMissing, "Secrets Manager can't find the specified secret value for the given version.")
}

func (x *secret) described() SecretListShape {
	out := SecretListShape{ARN: x.ARN, Name: x.Name, Description: x.Description, KMSKey: x.KMSKey, CreatedDate: x.CreatedAt,
		LastChangedDate: x.ChangedAt, DeletedDate: x.DeletedAt, VersionIDsToStages: map[string][]string{}}
	for _, v := range x.Values {
		out.VersionIDsToStages[v.Version] = v.Stages
	}
	out.Tags = showTags(x.Tags)
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
	passes, err := secretFilter(in.Filters)
	if err != nil {
		return nil, err
	}
	all, err := store.Documents[secret](a.tx, kindSecret, "")
	if err != nil {
		return nil, err
	}
	byName := map[string]secret{}
	for _, x := range all {
		gone := !x.DeletedAt.IsZero() && !x.DeletedAt.After(a.tx.Now())
		if (x.DeletedAt.IsZero() || in.IncludePlannedDeletion) && !gone && passes(&x) {
			x.label()
			byName[x.Name] = x
		}
	}
	const most = 100 // [API: ListSecrets, MaxResults]
	cut, next, err := aroundPage(sortedKeys(byName), in.NextToken, in.MaxResults, most, most, pageCodes{"InvalidNextTokenException", ecs.CodeValidation, "maxResults"})
	if err != nil {
		return nil, err
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
	given := givenValue{in.ClientRequestToken, in.SecretString, in.SecretBinary}
	if given.none() {
		return nil, refuse(codeSecretInvalid, "You must provide either SecretString or SecretBinary.")
	}
	v, err := a.renew(&x, given, in.VersionStages)
	if err != nil {
		return nil, err
	}
	return &PutSecretValueOutput{SecretShape{x.ARN, x.Name, v.Version}, v.Stages}, a.tx.PutDocument(kindSecret, x.Name, x)
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
	if in.KMSKey != nil {
		x.KMSKey = *in.KMSKey
	}
	if _, err := a.renew(&x, givenValue{in.ClientRequestToken, in.SecretString, in.SecretBinary}, nil); err != nil {
		return nil, err
	}
	x.ChangedAt = a.tx.Now()
	return &UpdateSecretOutput{x.shape()}, a.tx.PutDocument(kindSecret, x.Name, x)
}

// DeleteSecret marks a secret for deletion, or deletes it at once.
func (a *around) DeleteSecret(_ context.Context, in *DeleteSecretInput) (*DeleteSecretOutput, error) {
	x, err := a.secret(in.SecretID)
	if err != nil {
		return nil, err
	}
	if in.ForceDeleteWithoutRecovery && in.RecoveryWindowInDays != nil {
		return nil, refuse("InvalidParameterException", "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.")
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
