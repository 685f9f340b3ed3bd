package api

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"gantry/ecs"
	"gantry/emulator/store"
)

// iamFamily is IAM's roles, as far as clients of ECS look for them. They permit
// nothing and forbid nothing: the emulator checks no permission.
func iamFamily() family {
	return family{
		name: "IAM", signs: "iam", version: "2010-05-08", namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
		statuses: map[string]int{
			codeNoSuchEntity: http.StatusNotFound, codeEntityExists: http.StatusConflict, codeDeleteConflict: http.StatusConflict,
			codeIAMLimit: http.StatusConflict,
		},
		operations: operations(
			writing(onAround, (*around).CreateRole),
			reading(onAround, (*around).GetRole),
			reading(onAround, (*around).ListRoles),
			writing(onAround, (*around).DeleteRole),
			writing(onAround, (*around).AttachRolePolicy),
			writing(onAround, (*around).DetachRolePolicy),
			reading(onAround, (*around).ListAttachedRolePolicies),
			writing(onAround, (*around).PutRolePolicy),
			reading(onAround, (*around).GetRolePolicy),
			reading(onAround, (*around).ListRolePolicies),
			writing(onAround, (*around).DeleteRolePolicy),
			reading(onAround, (*around).ListInstanceProfilesForRole),
		),
	}
}

// The codes of IAM's refusals.
const (
	codeNoSuchEntity    = "NoSuchEntity"
	codeEntityExists    = "EntityAlreadyExists"
	codeDeleteConflict  = "DeleteConflict"
	codeIAMLimit        = "LimitExceeded"
	codeMalformedPolicy = "MalformedPolicyDocument"
)

// The bounds of a role [IAM quotas].
const (
	mostRoleTags     = 50
	mostRolePolicies = 10 // managed ones
)

// kindRole are the roles that somebody made, by name.
const kindRole = "iam/role"

// role is a role as it is kept.
type role struct {
	Name        string            `json:"name"`
	Path        string            `json:"path"`
	Trust       string            `json:"assumeRolePolicyDocument"`
	Description string            `json:"description,omitempty"`
	MaxSession  int               `json:"maxSessionDuration"`
	CreatedAt   time.Time         `json:"createdAt"`
	Tags        []ecs.Tag         `json:"tags,omitempty"`
	Attached    []string          `json:"attachedPolicies,omitempty"` // ARNs
	Inline      map[string]string `json:"inlinePolicies,omitempty"`
	Boundary    string            `json:"permissionsBoundary,omitempty"`
}

// usualRoles are the roles that an account has that used ECS before: those of
// the console's first run, and ECS's own.
func usualRoles() map[string]role {
	trust := func(service string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"` + service + `"},"Action":"sts:AssumeRole"}]}`
	}
	return map[string]role{
		"ecsTaskExecutionRole": {Path: "/", Trust: trust("ecs-tasks.amazonaws.com"), MaxSession: 3600,
			Attached: []string{"arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"}},
		"ecsInstanceRole": {Path: "/", Trust: trust("ec2.amazonaws.com"), MaxSession: 3600,
			Attached: []string{"arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role"}},
		"AWSServiceRoleForECS": {Path: "/aws-service-role/ecs.amazonaws.com/", Trust: trust("ecs.amazonaws.com"), MaxSession: 3600,
			Attached: []string{"arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy"}},
	}
}

func noSuchEntity(format string, args ...any) error { return refuse(codeNoSuchEntity, format, args...) }

func (a *around) role(name string) (role, error) {
	var r role
	ok, err := a.tx.Document(kindRole, name, &r)
	if err != nil || ok {
		return r, err
	}
	if r, ok = usualRoles()[name]; ok {
		r.Name, r.CreatedAt = name, a.tx.World().CreatedAt
		return r, nil
	}
	return r, noSuchEntity("The role with name %s cannot be found.", name)
}

func (a *around) showRole(r *role) roleShape {
	out := roleShape{
		Path: r.Path, RoleName: r.Name, RoleID: "AROA" + strings.ToUpper(hashed(a.tx.World().Seed, "role", r.Name)), CreateDate: r.CreatedAt,
		Arn: iamARN(a.tx.Scope(), "role"+r.Path+r.Name), AssumeRolePolicyDocument: escaped(r.Trust), Description: r.Description, MaxSessionDuration: r.MaxSession,
	}
	out.Tags = showTags(r.Tags)
	if r.Boundary != "" {
		out.PermissionsBoundary = &boundaryShape{"Policy", r.Boundary}
	}
	return out
}

// page cuts a page out of names that are sorted [API: ListRoles].
func (in IAMPaged) page(names []string) (cut []string, out IAMPage, err error) {
	cut, out.Marker, err = aroundPage(names, in.Marker, in.MaxItems, 100, 1000, pageCodes{"ValidationError", "ValidationError", "maxItems"})
	out.IsTruncated = out.Marker != nil
	return cut, out, err
}

// isPolicy reports whether a document can be one: what it permits is nobody's
// business here.
func isPolicy(document string) bool {
	var policy map[string]json.RawMessage
	return json.Unmarshal([]byte(document), &policy) == nil && policy != nil
}

func malformedPolicy() error {
	return refuse(codeMalformedPolicy, "Syntax errors in policy: a policy is a JSON object.")
}

// policyRule is the form of the ARN of a managed policy.
var policyRule = ruleOf(`^arn:aws[a-z-]*:iam::(aws|\d{12}):policy/[!-~]+$`)

func badPolicyARN(arn string) error { return refuse("InvalidInput", "ARN %.300s is not valid.", arn) }

var roleNameRule = ruleOf(`^[\w+=,.@-]{1,64}$`)

// pathRule is the form of paths [API: CreateRole, Path].
var pathRule = ruleOf(`^/([!-\x7e]+/)?$`)

// CreateRole makes a role.
func (a *around) CreateRole(_ context.Context, in *CreateRoleInput) (*CreateRoleOutput, error) {
	if in.Path == "" {
		in.Path = "/"
	}
	switch _, err := a.role(in.RoleName); {
	case len(in.Path) > 512 || !pathRule.MatchString(in.Path):
		return nil, refuse("ValidationError", "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.")
	case !roleNameRule.MatchString(in.RoleName):
		return nil, refuse("ValidationError", "The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-")
	case err == nil:
		return nil, refuse(codeEntityExists, "Role with name %s already exists.", in.RoleName)
	case !isPolicy(in.AssumeRolePolicyDocument):
		return nil, malformedPolicy()
	case in.PermissionsBoundary != "" && !policyRule.MatchString(in.PermissionsBoundary):
		return nil, badPolicyARN(in.PermissionsBoundary)
	case len(in.Tags) > mostRoleTags:
		return nil, refuse(codeIAMLimit, "The number of tags has reached the maximum limit.")
	case in.MaxSessionDuration != nil && (*in.MaxSessionDuration < 3600 || *in.MaxSessionDuration > 43_200):
		return nil, refuse("ValidationError", "1 validation error detected: Value '%d' at 'maxSessionDuration' failed to satisfy constraint: "+
			"Member must have value between 3600 and 43200", *in.MaxSessionDuration)
	}
	r := role{Name: in.RoleName, Path: in.Path, Trust: in.AssumeRolePolicyDocument, Description: in.Description, MaxSession: 3600, CreatedAt: a.tx.Now(),
		Boundary: in.PermissionsBoundary}
	if in.MaxSessionDuration != nil {
		r.MaxSession = *in.MaxSessionDuration
	}
	r.Tags = tagsOf(in.Tags)
	return &CreateRoleOutput{a.showRole(&r)}, a.tx.PutDocument(kindRole, r.Name, r)
}

// GetRole describes a role.
func (a *around) GetRole(_ context.Context, in *GetRoleInput) (*GetRoleOutput, error) {
	r, err := a.role(in.RoleName)
	if err != nil {
		return nil, err
	}
	return &GetRoleOutput{a.showRole(&r)}, nil
}

// ListRoles describes the roles, by name.
func (a *around) ListRoles(_ context.Context, in *ListRolesInput) (*ListRolesOutput, error) {
	made, err := store.Documents[role](a.tx, kindRole, "")
	if err != nil {
		return nil, err
	}
	byName := map[string]role{}
	for name := range usualRoles() {
		byName[name], _ = a.role(name)
	}
	for _, r := range made {
		byName[r.Name] = r
	}
	maps.DeleteFunc(byName, func(_ string, r role) bool { return !strings.HasPrefix(r.Path, in.PathPrefix) })
	cut, page, err := in.page(sortedKeys(byName))
	out := &ListRolesOutput{IAMPage: page, Roles: []roleShape{}}
	for _, name := range cut {
		r := byName[name]
		out.Roles = append(out.Roles, a.showRole(&r))
	}
	return out, err
}

// DeleteRole deletes a role that somebody made.
func (a *around) DeleteRole(_ context.Context, in *DeleteRoleInput) (*DeleteRoleOutput, error) {
	r, err := a.role(in.RoleName)
	switch {
	case err != nil:
		return nil, err
	case r.isProtected():
		return nil, protectedRole(in.RoleName)
	case len(r.Attached) > 0:
		return nil, refuse(codeDeleteConflict, "Cannot delete entity, must detach all policies first.")
	case len(r.Inline) > 0:
		return nil, refuse(codeDeleteConflict, "Cannot delete entity, must delete policies first.")
	}
	return &DeleteRoleOutput{}, a.tx.DeleteDocument(kindRole, r.Name)
}

// isProtected reports whether a role is linked to a service, which alone changes it.
func (r *role) isProtected() bool { return strings.HasPrefix(r.Path, "/aws-service-role/") }

func protectedRole(name string) error {
	return refuse("UnmodifiableEntity", "Cannot perform the operation on the protected role '%s' - this role is only modifiable by AWS", name)
}

// changeRole changes a role; one of the usual ones is kept from then on.
func (a *around) changeRole(name string, change func(*role) error) error {
	r, err := a.role(name)
	if err != nil {
		return err
	}
	if r.isProtected() {
		return protectedRole(name)
	}
	if err := change(&r); err != nil {
		return err
	}
	return a.tx.PutDocument(kindRole, name, r)
}

// AttachRolePolicy attaches a managed policy.
func (a *around) AttachRolePolicy(_ context.Context, in *AttachRolePolicyInput) (*AttachRolePolicyOutput, error) {
	if !policyRule.MatchString(in.PolicyArn) {
		return nil, badPolicyARN(in.PolicyArn)
	}
	return &AttachRolePolicyOutput{}, a.changeRole(in.RoleName, func(r *role) error {
		switch {
		case slices.Contains(r.Attached, in.PolicyArn):
			return nil
		case len(r.Attached) >= mostRolePolicies:
			return refuse(codeIAMLimit, "Cannot exceed quota for PoliciesPerRole: %d", mostRolePolicies)
		}
		r.Attached = append(r.Attached, in.PolicyArn)
		return nil
	})
}

// DetachRolePolicy detaches a managed policy.
func (a *around) DetachRolePolicy(_ context.Context, in *DetachRolePolicyInput) (*DetachRolePolicyOutput, error) {
	return &DetachRolePolicyOutput{}, a.changeRole(in.RoleName, func(r *role) error {
		if !slices.Contains(r.Attached, in.PolicyArn) {
			return noSuchEntity("Policy %s was not found.", in.PolicyArn)
		}
		r.Attached = slices.DeleteFunc(r.Attached, func(p string) bool { return p == in.PolicyArn })
		return nil
	})
}

// ListAttachedRolePolicies lists the managed policies of a role.
func (a *around) ListAttachedRolePolicies(_ context.Context, in *ListAttachedRolePoliciesInput) (*ListAttachedRolePoliciesOutput, error) {
	r, err := a.role(in.RoleName)
	if err != nil {
		return nil, err
	}
	under := slices.DeleteFunc(slices.Sorted(slices.Values(r.Attached)), func(p string) bool {
		path := strings.TrimPrefix(ecs.ARN(p).Resource(), "policy")
		return !strings.HasPrefix(path[:strings.LastIndex(path, "/")+1], in.PathPrefix)
	})
	cut, page, err := in.page(under)
	out := &ListAttachedRolePoliciesOutput{IAMPage: page, AttachedPolicies: []policyShape{}}
	for _, p := range cut {
		out.AttachedPolicies = append(out.AttachedPolicies, policyShape{p[strings.LastIndex(p, "/")+1:], p})
	}
	return out, err
}

// PutRolePolicy puts a policy into a role.
func (a *around) PutRolePolicy(_ context.Context, in *PutRolePolicyInput) (*PutRolePolicyOutput, error) {
	if !isPolicy(in.PolicyDocument) {
		return nil, malformedPolicy()
	}
	return &PutRolePolicyOutput{}, a.changeRole(in.RoleName, func(r *role) error {
		if r.Inline == nil {
			r.Inline = map[string]string{}
		}
		r.Inline[in.PolicyName] = in.PolicyDocument
		return nil
	})
}

// GetRolePolicy tells a policy in a role.
func (a *around) GetRolePolicy(_ context.Context, in *GetRolePolicyInput) (*GetRolePolicyOutput, error) {
	r, err := a.role(in.RoleName)
	if err != nil {
		return nil, err
	}
	document, ok := r.Inline[in.PolicyName]
	if !ok {
		return nil, noSuchEntity("The role policy with name %s cannot be found.", in.PolicyName)
	}
	return &GetRolePolicyOutput{r.Name, in.PolicyName, escaped(document)}, nil
}

// ListRolePolicies lists the policies in a role.
func (a *around) ListRolePolicies(_ context.Context, in *ListRolePoliciesInput) (*ListRolePoliciesOutput, error) {
	r, err := a.role(in.RoleName)
	if err != nil {
		return nil, err
	}
	cut, page, err := in.page(sortedKeys(r.Inline))
	return &ListRolePoliciesOutput{page, cut}, err
}

// DeleteRolePolicy takes a policy out of a role.
func (a *around) DeleteRolePolicy(_ context.Context, in *DeleteRolePolicyInput) (*DeleteRolePolicyOutput, error) {
	return &DeleteRolePolicyOutput{}, a.changeRole(in.RoleName, func(r *role) error {
		if _, ok := r.Inline[in.PolicyName]; !ok {
			return noSuchEntity("The role policy with name %s cannot be found.", in.PolicyName)
		}
		delete(r.Inline, in.PolicyName)
		return nil
	})
}

// ListInstanceProfilesForRole lists none.
func (a *around) ListInstanceProfilesForRole(_ context.Context, in *ListInstanceProfilesForRoleInput) (*ListInstanceProfilesForRoleOutput, error) {
	_, err := a.role(in.RoleName)
	return &ListInstanceProfilesForRoleOutput{InstanceProfiles: []string{}}, err
}

// escaped is a policy document as IAM tells it [API: RFC 3986 encoding].
func escaped(document string) string {
	return strings.ReplaceAll(url.QueryEscape(document), "+", "%20")
}
