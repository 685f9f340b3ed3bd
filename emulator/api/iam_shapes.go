package api

import (
	"time"

	"gantry/ecs"
)

type (
	// IAMPaged is what every List operation takes.
	IAMPaged struct {
		Marker   *string
		MaxItems *int32
	}
	// IAMPage is what every List operation answers beside the list.
	IAMPage struct {
		IsTruncated bool
		Marker      *string
	}
	roleShape struct {
		Path, RoleName           string
		RoleID                   string `shape:"RoleId"`
		Arn                      ecs.ARN
		CreateDate               time.Time
		AssumeRolePolicyDocument string
		Description              string
		MaxSessionDuration       int
		PermissionsBoundary      *boundaryShape
		Tags                     []tagShape
	}
	boundaryShape struct{ PermissionsBoundaryType, PermissionsBoundaryArn string }
	policyShape   struct{ PolicyName, PolicyArn string }
	// CreateRoleInput describes a role.
	CreateRoleInput struct {
		RoleName, Path, AssumeRolePolicyDocument, Description string
		PermissionsBoundary                                   string
		MaxSessionDuration                                    *int
		Tags                                                  []tagShape
	}
	// CreateRoleOutput is the role.
	CreateRoleOutput struct{ Role roleShape }
	// GetRoleInput names a role.
	GetRoleInput struct{ RoleName string }
	// GetRoleOutput is the role.
	GetRoleOutput struct{ Role roleShape }
	// ListRolesInput asks for roles.
	ListRolesInput struct {
		IAMPaged
		PathPrefix string
	}
	// ListRolesOutput is a page of them.
	ListRolesOutput struct {
		IAMPage
		Roles []roleShape
	}
	// DeleteRoleInput names a role.
	DeleteRoleInput struct{ RoleName string }
	// DeleteRoleOutput has no members.
	DeleteRoleOutput struct{}
	// AttachRolePolicyInput names a role and a managed policy.
	AttachRolePolicyInput struct{ RoleName, PolicyArn string }
	// AttachRolePolicyOutput has no members.
	AttachRolePolicyOutput struct{}
	// DetachRolePolicyInput names a role and a managed policy.
	DetachRolePolicyInput struct{ RoleName, PolicyArn string }
	// DetachRolePolicyOutput has no members.
	DetachRolePolicyOutput struct{}
	// ListAttachedRolePoliciesInput names a role.
	ListAttachedRolePoliciesInput struct {
		IAMPaged
		RoleName, PathPrefix string
	}
	// ListAttachedRolePoliciesOutput is its managed policies.
	ListAttachedRolePoliciesOutput struct {
		IAMPage
		AttachedPolicies []policyShape
	}
	// PutRolePolicyInput is a policy in a role.
	PutRolePolicyInput struct{ RoleName, PolicyName, PolicyDocument string }
	// PutRolePolicyOutput has no members.
	PutRolePolicyOutput struct{}
	// GetRolePolicyInput names a policy in a role.
	GetRolePolicyInput struct{ RoleName, PolicyName string }
	// GetRolePolicyOutput is the policy.
	GetRolePolicyOutput struct{ RoleName, PolicyName, PolicyDocument string }
	// ListRolePoliciesInput names a role.
	ListRolePoliciesInput struct {
		IAMPaged
		RoleName string
	}
	// ListRolePoliciesOutput names the policies in it.
	ListRolePoliciesOutput struct {
		IAMPage
		PolicyNames []string
	}
	// DeleteRolePolicyInput names a policy in a role.
	DeleteRolePolicyInput struct{ RoleName, PolicyName string }
	// DeleteRolePolicyOutput has no members.
	DeleteRolePolicyOutput struct{}
	// ListInstanceProfilesForRoleInput names a role.
	ListInstanceProfilesForRoleInput struct {
		IAMPaged
		RoleName string
	}
	// ListInstanceProfilesForRoleOutput is none: there are no instance profiles.
	ListInstanceProfilesForRoleOutput struct {
		IAMPage
		InstanceProfiles []string
	}
)
