package emulator_test

import (
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
)

// TestSTS is that a client learns who it is, and becomes another account by a
// role of it.
func TestSTS(t *testing.T) {
	r := ephemeral(t)
	o := sts.Options{Region: "us-east-1", Credentials: keyed("any"), BaseEndpoint: aws.String("http://emulator.local"), HTTPClient: r.http}
	client := sts.New(o)
	me, err := client.GetCallerIdentity(t.Context(), nil)
	if err != nil || *me.Account != "123456789012" || *me.Arn != "arn:aws:iam::123456789012:user/gantry" {
		t.Fatalf("the caller is %+v, %v", me, err)
	}
	role, err := client.AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::210987654321:role/ci/deploy"), RoleSessionName: aws.String("run-7")})
	if err != nil {
		t.Fatal(err)
	}
	if got := *role.AssumedRoleUser.Arn; got != "arn:aws:sts::210987654321:assumed-role/deploy/run-7" {
		t.Errorf("the session is %s", got)
	}
	if left := time.Until(*role.Credentials.Expiration); left < 59*time.Minute || left > time.Hour {
		t.Errorf("the session lasts %s", left)
	}
	o.Credentials = keyed(*role.Credentials.AccessKeyId)
	if other, err := sts.New(o).GetCallerIdentity(t.Context(), nil); err != nil || *other.Account != "210987654321" {
		t.Errorf("the session's caller is %+v, %v", other, err)
	}
	for seconds, hours := range map[int32]time.Duration{0: 12, 129_600: 36} {
		in := &sts.GetSessionTokenInput{}
		if seconds > 0 {
			in.DurationSeconds = &seconds
		}
		token, err := client.GetSessionToken(t.Context(), in)
		if err != nil {
			t.Error(err)
		} else if left := time.Until(*token.Credentials.Expiration); left < hours*time.Hour-time.Minute || left > hours*time.Hour {
			t.Errorf("a session of %d s lasts %s, want %d h", seconds, left, hours)
		}
	}
	for name, refused := range map[string]func() error{
		"no role": func() error {
			_, err := client.AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::1:role/x-y-z"), RoleSessionName: aws.String("ci")})
			return err
		},
		"a long session": func() error {
			_, err := client.GetSessionToken(t.Context(), &sts.GetSessionTokenInput{DurationSeconds: aws.Int32(129_601)})
			return err
		},
		"a short session": func() error {
			_, err := client.GetSessionToken(t.Context(), &sts.GetSessionTokenInput{DurationSeconds: aws.Int32(899)})
			return err
		},
	} {
		var refusal smithy.APIError
		if err := refused(); !errors.As(err, &refusal) || refusal.ErrorCode() != "ValidationError" {
			t.Errorf("%s: %v", name, err)
		}
	}
	var missing smithy.APIError
	if _, err := client.DecodeAuthorizationMessage(t.Context(), &sts.DecodeAuthorizationMessageInput{EncodedMessage: aws.String("x")}); !errors.As(err, &missing) ||
		missing.ErrorCode() != "InvalidAction" || missing.ErrorMessage() != "The operation DecodeAuthorizationMessage of STS is not emulated." {
		t.Errorf("what is not emulated: %v", err)
	}
}
