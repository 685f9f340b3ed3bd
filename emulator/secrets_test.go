package emulator_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
)

func (r *rig) secrets() *secretsmanager.Client {
	return secretsmanager.New(secretsmanager.Options{Region: "us-east-1", Credentials: keyed("any"), BaseEndpoint: aws.String("http://emulator.local"), HTTPClient: r.http})
}

// secretAt is the value of the secret web/key that has a label.
func (r *rig) secretAt(stage string) string {
	r.t.Helper()
	out := must[*secretsmanager.GetSecretValueOutput](r.t)(r.secrets().GetSecretValue(r.t.Context(),
		&secretsmanager.GetSecretValueInput{SecretId: aws.String("web/key"), VersionStage: &stage}))
	return *out.SecretString
}

// TestSecretRepetitions is that a request that is sent again changes nothing, and
// that a version cannot be changed.
func TestSecretRepetitions(t *testing.T) {
	r := ephemeral(t)
	c, ctx := r.secrets(), t.Context()
	tokens := []string{strings.Repeat("1", 32), strings.Repeat("2", 32)}
	create := &secretsmanager.CreateSecretInput{Name: aws.String("web/key"), SecretString: aws.String("one"), ClientRequestToken: &tokens[0]}
	made := must[*secretsmanager.CreateSecretOutput](t)(c.CreateSecret(ctx, create))
	again := must[*secretsmanager.CreateSecretOutput](t)(c.CreateSecret(ctx, create))
	if *again.ARN != *made.ARN || *again.VersionId != tokens[0] {
		t.Errorf("made again it is %s, version %s", *again.ARN, *again.VersionId)
	}
	create.SecretString = aws.String("other")
	_, err := c.CreateSecret(ctx, create)
	refusedWith(t, "ResourceExistsException", err)
	put := &secretsmanager.PutSecretValueInput{SecretId: made.ARN, SecretString: aws.String("two"), ClientRequestToken: &tokens[1]}
	for range 3 {
		if out := must[*secretsmanager.PutSecretValueOutput](t)(c.PutSecretValue(ctx, put)); *out.VersionId != tokens[1] {
			t.Errorf("the version is %s", *out.VersionId)
		}
	}
	put.SecretString = aws.String("other")
	_, err = c.PutSecretValue(ctx, put)
	refusedWith(t, "ResourceExistsException", err)
	if current, previous := r.secretAt("AWSCURRENT"), r.secretAt("AWSPREVIOUS"); current != "two" || previous != "one" {
		t.Errorf("the secret is %q, and was %q", current, previous)
	}
}

// TestSecretStages is that labels go where they are asked to, as rotations do it.
func TestSecretStages(t *testing.T) {
	r := ephemeral(t)
	c, ctx := r.secrets(), t.Context()
	must[*secretsmanager.CreateSecretOutput](t)(c.CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: aws.String("web/key"), SecretString: aws.String("one")}))
	put := func(value string, stages ...string) {
		out := must[*secretsmanager.PutSecretValueOutput](t)(c.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{
			SecretId: aws.String("web/key"), SecretString: &value, VersionStages: stages}))
		if want := strings.Join(stages, " "); want != "" && strings.Join(out.VersionStages, " ") != want {
			t.Errorf("%s has the labels %v, want %s", value, out.VersionStages, want)
		}
	}
	put("two", "AWSPENDING")
	if current, pending := r.secretAt("AWSCURRENT"), r.secretAt("AWSPENDING"); current != "one" || pending != "two" {
		t.Errorf("the secret is %q, and %q pending", current, pending)
	}
	put("three", "AWSCURRENT", "blue")
	if current, previous, pending, blue := r.secretAt("AWSCURRENT"), r.secretAt("AWSPREVIOUS"), r.secretAt("AWSPENDING"), r.secretAt("blue"); current != "three" ||
		previous != "one" || pending != "two" || blue != "three" {
		t.Errorf("the secret is %q, was %q, %q is pending, %q is blue", current, previous, pending, blue)
	}
	put("four")
	described := must[*secretsmanager.DescribeSecretOutput](t)(c.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: aws.String("web/key")}))
	if len(described.VersionIdsToStages) != 3 { // "one" has no label any more
		t.Errorf("the versions are %v", described.VersionIdsToStages)
	}
}

// TestSecretRequests is what Secrets Manager refuses, and what it changes.
func TestSecretRequests(t *testing.T) {
	r := ephemeral(t)
	c, ctx, id := r.secrets(), t.Context(), aws.String("web/key")
	must[*secretsmanager.CreateSecretOutput](t)(c.CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: id, Description: aws.String("Key of web"),
		SecretString: aws.String("one"), Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("shop")}}}))
	must[*secretsmanager.CreateSecretOutput](t)(c.CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: aws.String("db/key"), SecretString: aws.String("x")}))
	_, err := c.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: id})
	refusedWith(t, "InvalidRequestException", err)
	_, err = c.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: id, SecretString: aws.String("x"), SecretBinary: []byte("x")})
	refusedWith(t, "InvalidParameterException", err)
	must[*secretsmanager.UpdateSecretOutput](t)(c.UpdateSecret(ctx, &secretsmanager.UpdateSecretInput{SecretId: id, KmsKeyId: aws.String("alias/web")}))
	if d := must[*secretsmanager.DescribeSecretOutput](t)(c.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: id})); aws.ToString(d.KmsKeyId) != "alias/web" {
		t.Errorf("the key is %q", aws.ToString(d.KmsKeyId))
	}
	for _, x := range []struct {
		key   types.FilterNameStringType
		value string
		want  string
	}{
		{"name", "web", "web/key"}, {"name", "!web", "db/key"}, {"name", "WEB", ""}, {"description", "key OF", "web/key"}, {"tag-key", "te", "web/key"},
		{"tag-value", "shop", "web/key"}, {"owning-service", "rds", ""}, {"all", "SHOP key", "web/key"}, {"all", "key", "db/key web/key"},
	} {
		var names []string
		for _, s := range must[*secretsmanager.ListSecretsOutput](t)(c.ListSecrets(ctx, &secretsmanager.ListSecretsInput{
			Filters: []types.Filter{{Key: x.key, Values: []string{x.value}}}})).SecretList {
			names = append(names, *s.Name)
		}
		if got := strings.Join(names, " "); got != x.want {
			t.Errorf("%s %s finds %q, want %q", x.key, x.value, got, x.want)
		}
	}
	_, err = c.ListSecrets(ctx, &secretsmanager.ListSecretsInput{Filters: []types.Filter{{Key: "colour", Values: []string{"x"}}}})
	refusedWith(t, "ValidationException", err)
	_, err = c.ListSecrets(ctx, &secretsmanager.ListSecretsInput{MaxResults: aws.Int32(101)})
	refusedWith(t, "ValidationException", err)
	must[*secretsmanager.DeleteSecretOutput](t)(c.DeleteSecret(ctx, &secretsmanager.DeleteSecretInput{SecretId: id}))
	_, err = c.CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: id, SecretString: aws.String("x")})
	refusedWith(t, "InvalidRequestException", err)
}
