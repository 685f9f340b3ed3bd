package api

import (
	"context"
	"strings"
	"time"

	"gantry/ecs"
	"gantry/emulator/pass"
)

// stsFamily is AWS STS: who a client is, and credentials of a role that is
// assumed. Nobody checks who may assume which.
func stsFamily() family {
	return family{
		name: "STS", signs: "sts", version: "2011-06-15", namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
		operations: operations(
			reading(onAround, (*around).GetCallerIdentity),
			reading(onAround, (*around).AssumeRole),
			reading(onAround, (*around).GetSessionToken),
		),
	}
}

type (
	// GetCallerIdentityInput has no members.
	GetCallerIdentityInput struct{}
	// GetCallerIdentityOutput is who the client is.
	GetCallerIdentityOutput struct {
		Arn     ecs.ARN
		UserID  string `shape:"UserId"`
		Account string
	}
)

// rootUser is the id of every caller's user.
const rootUser = "AIDAGANTRY0000000000"

// GetCallerIdentity says whose the request's access key is.
func (a *around) GetCallerIdentity(context.Context, *GetCallerIdentityInput) (*GetCallerIdentityOutput, error) {
	scope := a.tx.Scope()
	return &GetCallerIdentityOutput{Arn: CallerARN(scope), UserID: rootUser, Account: scope.Account}, nil
}

// CallerARN is the principal that every caller of an account is.
func CallerARN(scope ecs.Scope) ecs.ARN { return iamARN(scope, "user/gantry") }

// iamARN is the ARN of a thing of IAM, which has no Region.
func iamARN(scope ecs.Scope, resource string) ecs.ARN {
	scope.Region = ""
	return scope.ARN("iam", resource)
}

type (
	// AssumeRoleInput names a role.
	AssumeRoleInput struct {
		RoleArn, RoleSessionName string
		DurationSeconds          *int
		Policy, SourceIdentity   string
	}
	// AssumeRoleOutput is the session.
	AssumeRoleOutput struct {
		Credentials     TemporaryCredentials
		SourceIdentity  string
		AssumedRoleUser struct {
			Arn           ecs.ARN
			AssumedRoleID string `shape:"AssumedRoleId"`
		}
	}
	// TemporaryCredentials are those of a session.
	TemporaryCredentials struct {
		AccessKeyID     string `shape:"AccessKeyId"`
		SecretAccessKey string
		SessionToken    string
		Expiration      time.Time
	}
)

var (
	roleRule    = ruleOf(`^arn:([a-z-]+):iam::(\d{12}):role/[\w+=,.@/-]{1,512}$`)
	sessionRule = ruleOf(`^[\w+=,.@-]{2,64}$`)
)

// sessionLength bounds a session's length in seconds, and is what it is when
// nobody says.
type sessionLength struct{ shortest, usual, longest int }

// The lengths of the sessions of a role and of a user [API:AssumeRole,
// GetSessionToken].
func lengthOfRole() sessionLength { return sessionLength{900, 3600, 43_200} }
func lengthOfUser() sessionLength { return sessionLength{900, 43_200, 129_600} }

// AssumeRole gives credentials of the role's account.
func (a *around) AssumeRole(_ context.Context, in *AssumeRoleInput) (*AssumeRoleOutput, error) {
	role := roleRule.FindStringSubmatch(in.RoleArn)
	switch {
	case role == nil || !ecs.IsPartition(role[1]):
		return nil, refuse("ValidationError", "%s is invalid", in.RoleArn)
	case !sessionRule.MatchString(in.RoleSessionName):
		return nil, refuse("ValidationError", "1 validation error detected: Value '%s' at 'roleSessionName' failed to satisfy constraint: "+
			"Member must satisfy regular expression pattern: [\\w+=,.@-]*, with a length from 2 to 64", in.RoleSessionName)
	case in.SourceIdentity != "" && !sessionRule.MatchString(in.SourceIdentity):
		return nil, refuse("ValidationError", "1 validation error detected: Value '%s' at 'sourceIdentity' failed to satisfy constraint: "+
			"Member must satisfy regular expression pattern: [\\w+=,.@-]*, with a length from 2 to 64", in.SourceIdentity)
	case in.Policy != "" && !isPolicy(in.Policy):
		return nil, malformedPolicy()
	}
	credentials, err := a.session(role[2], in.DurationSeconds, lengthOfRole())
	if err != nil {
		return nil, err
	}
	out := &AssumeRoleOutput{Credentials: credentials, SourceIdentity: in.SourceIdentity}
	name := in.RoleArn[strings.LastIndex(in.RoleArn, "/")+1:]
	scope := ecs.ARN(in.RoleArn).Scope()
	scope.Region = ""
	out.AssumedRoleUser.Arn = scope.ARN("sts", "assumed-role/"+name+"/"+in.RoleSessionName)
	out.AssumedRoleUser.AssumedRoleID = "AROAGANTRY0000000000:" + in.RoleSessionName
	return out, nil
}

type (
	// GetSessionTokenInput says for how long.
	GetSessionTokenInput struct{ DurationSeconds *int }
	// GetSessionTokenOutput is the session.
	GetSessionTokenOutput struct{ Credentials TemporaryCredentials }
)

// GetSessionToken gives credentials of the caller's own account.
func (a *around) GetSessionToken(_ context.Context, in *GetSessionTokenInput) (*GetSessionTokenOutput, error) {
	credentials, err := a.session(a.tx.Scope().Account, in.DurationSeconds, lengthOfUser())
	return &GetSessionTokenOutput{credentials}, err
}

// session makes credentials whose access key says whose they are. They are no
// secret where the emulator lets everybody in who can reach it; a gate that asks
// for signatures takes no others than its own.
func (a *around) session(account string, seconds *int, bounds sessionLength) (TemporaryCredentials, error) {
	length := bounds.usual
	if seconds != nil {
		length = *seconds
	}
	if length < bounds.shortest || length > bounds.longest {
		return TemporaryCredentials{}, refuse("ValidationError", "1 validation error detected: Value '%d' at 'durationSeconds' failed to satisfy "+
			"constraint: Member must have value between %d and %d", length, bounds.shortest, bounds.longest)
	}
	until := time.Now().UTC().Add(time.Duration(length) * time.Second) // a real time: clients compare it with their clocks
	made := pass.Credentials{AccessKeyID: "ASIAGANTRY" + account, SecretAccessKey: "gantry", SessionToken: "gantry"}
	if key, ok := sealOf(a.r); ok {
		made = key.Session(made.AccessKeyID, until)
	}
	return TemporaryCredentials{
		AccessKeyID: made.AccessKeyID, SecretAccessKey: made.SecretAccessKey, SessionToken: made.SessionToken, Expiration: until,
	}, nil
}
