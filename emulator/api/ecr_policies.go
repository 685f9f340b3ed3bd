package api

import (
	"context"
	"encoding/json"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecr"

	"gantry/emulator/registry"
)

// longestPolicy is the length of a policy [ECR: RepositoryPolicyText].
const longestPolicy = 10240

const (
	codeNoPolicy         = "RepositoryPolicyNotFoundException"
	codeNoRegistryPolicy = "RegistryPolicyNotFoundException"
)

// checkPolicy refuses what is no policy of IAM's form. What it permits is not
// asked: the emulator permits everything.
func checkPolicy(kind, document string) error {
	if err := checkLength("PolicyText", len(document), 1, longestPolicy); err != nil {
		return err
	}
	bad := func(why string) error { return unfit("PolicyText", "Invalid %s policy provided: %s", kind, why) }
	var p struct {
		Version   string
		Statement json.RawMessage
	}
	if err := json.Unmarshal([]byte(document), &p); err != nil {
		return bad("it is no JSON object")
	}
	if p.Version != "" && p.Version != "2012-10-17" && p.Version != "2008-10-17" {
		return bad("its Version is none of 2012-10-17 and 2008-10-17")
	}
	statements := []map[string]json.RawMessage{}
	if raw := string(p.Statement); strings.HasPrefix(strings.TrimSpace(raw), "{") {
		p.Statement = json.RawMessage("[" + raw + "]")
	}
	if json.Unmarshal(p.Statement, &statements) != nil || len(statements) == 0 {
		return bad("it has no Statement")
	}
	for _, s := range statements {
		effect := string(s["Effect"])
		switch {
		case effect != `"Allow"` && effect != `"Deny"`:
			return bad("the Effect of a statement is neither Allow nor Deny")
		case s["Principal"] == nil && s["NotPrincipal"] == nil:
			return bad("a statement has no Principal")
		case s["Action"] == nil && s["NotAction"] == nil:
			return bad("a statement has no Action")
		}
	}
	return nil
}

func (e *ECR) noPolicy(name string) error {
	return refuse(codeNoPolicy, "Repository policy does not exist for the repository with name '%s' in the registry with id '%s'", name, e.scope.Account)
}

// SetRepositoryPolicy keeps a policy.
func (e *ECR) SetRepositoryPolicy(_ context.Context, in *sdk.SetRepositoryPolicyInput) (*sdk.SetRepositoryPolicyOutput, error) {
	if err := checkPolicy("repository", text[string](in.PolicyText)); err != nil {
		return nil, err
	}
	changed, err := e.change(in.RepositoryName, in.RegistryId, func(repository *registry.Repository) error {
		repository.Policy = text[string](in.PolicyText)
		return nil
	})
	return &sdk.SetRepositoryPolicyOutput{PolicyText: &changed.Policy, RegistryId: &e.scope.Account, RepositoryName: &changed.Name}, err
}

// GetRepositoryPolicy shows a policy.
func (e *ECR) GetRepositoryPolicy(_ context.Context, in *sdk.GetRepositoryPolicyInput) (*sdk.GetRepositoryPolicyOutput, error) {
	repository, err := e.found(in.RepositoryName, in.RegistryId)
	if err == nil && repository.Policy == "" {
		err = e.noPolicy(repository.Name)
	}
	return &sdk.GetRepositoryPolicyOutput{PolicyText: &repository.Policy, RegistryId: &e.scope.Account, RepositoryName: &repository.Name}, err
}

// DeleteRepositoryPolicy forgets a policy.
func (e *ECR) DeleteRepositoryPolicy(_ context.Context, in *sdk.DeleteRepositoryPolicyInput) (*sdk.DeleteRepositoryPolicyOutput, error) {
	old := ""
	changed, err := e.change(in.RepositoryName, in.RegistryId, func(repository *registry.Repository) error {
		if old, repository.Policy = repository.Policy, ""; old == "" {
			return e.noPolicy(repository.Name)
		}
		return nil
	})
	return &sdk.DeleteRepositoryPolicyOutput{PolicyText: &old, RegistryId: &e.scope.Account, RepositoryName: &changed.Name}, err
}

func (e *ECR) noRegistryPolicy() error {
	return refuse(codeNoRegistryPolicy, "Registry policy does not exist in the registry with id '%s'", e.scope.Account)
}

// PutRegistryPolicy keeps the policy of the registry.
func (e *ECR) PutRegistryPolicy(_ context.Context, in *sdk.PutRegistryPolicyInput) (*sdk.PutRegistryPolicyOutput, error) {
	given := text[string](in.PolicyText)
	if err := checkPolicy("registry", given); err != nil {
		return nil, err
	}
	_, err := registry.ChangeSetting(e.images, registry.SettingPolicy, func(policy *string) error {
		*policy = given
		return nil
	})
	return &sdk.PutRegistryPolicyOutput{PolicyText: &given, RegistryId: &e.scope.Account}, err
}

// GetRegistryPolicy shows the policy of the registry.
func (e *ECR) GetRegistryPolicy(context.Context, *sdk.GetRegistryPolicyInput) (*sdk.GetRegistryPolicyOutput, error) {
	policy, err := registry.SettingOf[string](e.images, registry.SettingPolicy)
	if err == nil && policy == "" {
		err = e.noRegistryPolicy()
	}
	return &sdk.GetRegistryPolicyOutput{PolicyText: &policy, RegistryId: &e.scope.Account}, err
}

// DeleteRegistryPolicy forgets the policy of the registry.
func (e *ECR) DeleteRegistryPolicy(context.Context, *sdk.DeleteRegistryPolicyInput) (*sdk.DeleteRegistryPolicyOutput, error) {
	old := ""
	_, err := registry.ChangeSetting(e.images, registry.SettingPolicy, func(policy *string) error {
		if old, *policy = *policy, ""; old == "" {
			return e.noRegistryPolicy()
		}
		return nil
	})
	return &sdk.DeleteRegistryPolicyOutput{PolicyText: &old, RegistryId: &e.scope.Account}, err
}
