package emulator_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/smithy-go"
)

func refusedWith(t *testing.T, code string, err error) {
	t.Helper()
	var refusal smithy.APIError
	if !errors.As(err, &refusal) || refusal.ErrorCode() != code || refusal.ErrorMessage() == "" {
		t.Errorf("want a %s, got %v", code, err)
	}
}

// TestRoles is that the roles that ECS needs are there, and others as they were made.
func TestRoles(t *testing.T) {
	r := ephemeral(t)
	c, ctx := iam.New(iam.Options{Region: "us-east-1", Credentials: keyed("any"), BaseEndpoint: aws.String("http://emulator.local"), HTTPClient: r.http}), t.Context()
	usual := must[*iam.GetRoleOutput](t)(c.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("ecsTaskExecutionRole")}))
	if document, err := url.PathUnescape(*usual.Role.AssumeRolePolicyDocument); err != nil || !strings.Contains(document, "ecs-tasks.amazonaws.com") ||
		*usual.Role.Arn != "arn:aws:iam::123456789012:role/ecsTaskExecutionRole" {
		t.Errorf("the role is %s, %s, %v", *usual.Role.Arn, document, err)
	}
	made := must[*iam.CreateRoleOutput](t)(c.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("web"), Path: aws.String("/team/"), AssumeRolePolicyDocument: aws.String("{ }")}))
	if *made.Role.Arn != "arn:aws:iam::123456789012:role/team/web" {
		t.Errorf("the role is %s", *made.Role.Arn)
	}
	_, err := c.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("web"), AssumeRolePolicyDocument: aws.String("{}")})
	refusedWith(t, "EntityAlreadyExists", err)
	_, err = c.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("other"), Path: aws.String("team"), AssumeRolePolicyDocument: aws.String("{}")})
	refusedWith(t, "ValidationError", err)
	elsewhere := iam.New(iam.Options{Region: "eu-west-1", Credentials: keyed("any"), BaseEndpoint: aws.String("http://emulator.local"), HTTPClient: r.http})
	if same := must[*iam.GetRoleOutput](t)(elsewhere.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("web")})); *same.Role.RoleId != *made.Role.RoleId {
		t.Errorf("in another Region the role is %s, not %s", *same.Role.RoleId, *made.Role.RoleId)
	}
	_, err = iam.New(iam.Options{Region: "us-east-1", Credentials: keyed("210987654321"), BaseEndpoint: aws.String("http://emulator.local"), HTTPClient: r.http}).
		GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("web")})
	refusedWith(t, "NoSuchEntity", err) // of another account
	must[*iam.AttachRolePolicyOutput](t)(c.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: aws.String("web"), PolicyArn: aws.String("arn:aws:iam::aws:policy/ReadOnlyAccess")}))
	must[*iam.PutRolePolicyOutput](t)(c.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: aws.String("web"), PolicyName: aws.String("own"), PolicyDocument: aws.String(`{"a b": 1}`)}))
	own := must[*iam.GetRolePolicyOutput](t)(c.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: aws.String("web"), PolicyName: aws.String("own")}))
	if document, err := url.PathUnescape(*own.PolicyDocument); err != nil || document != `{"a b": 1}` {
		t.Errorf("the policy is %s, %v", document, err)
	}
	_, err = c.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: aws.String("web")})
	refusedWith(t, "DeleteConflict", err)
	must[*iam.DetachRolePolicyOutput](t)(c.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: aws.String("web"), PolicyArn: aws.String("arn:aws:iam::aws:policy/ReadOnlyAccess")}))
	must[*iam.DeleteRolePolicyOutput](t)(c.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: aws.String("web"), PolicyName: aws.String("own")}))
	must[*iam.DeleteRoleOutput](t)(c.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: aws.String("web")}))
	_, err = c.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("web")})
	refusedWith(t, "NoSuchEntity", err)
	if all := must[*iam.ListRolesOutput](t)(c.ListRoles(ctx, nil)); len(all.Roles) != 3 {
		t.Errorf("there are %d roles, want the usual three", len(all.Roles))
	}
}

// TestParameters is that parameters are kept, and that the public ones name the
// AMI of the container instances.
func TestParameters(t *testing.T) {
	r := ephemeral(t)
	c, ctx := ssm.New(ssm.Options{Region: "us-east-1", Credentials: keyed("any"), BaseEndpoint: aws.String("http://emulator.local"), HTTPClient: r.http}), t.Context()
	ami := must[*ssm.GetParameterOutput](t)(c.GetParameter(ctx, &ssm.GetParameterInput{Name: aws.String("/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id")}))
	if *ami.Parameter.Value != "ami-0defa01700000000a" {
		t.Errorf("the AMI is %s", *ami.Parameter.Value)
	}
	put := &ssm.PutParameterInput{Name: aws.String("/web/db/url"), Value: aws.String("one"), Type: ssmtypes.ParameterTypeSecureString}
	must[*ssm.PutParameterOutput](t)(c.PutParameter(ctx, put))
	_, err := c.PutParameter(ctx, put)
	refusedWith(t, "ParameterAlreadyExists", err)
	put.Overwrite, put.Value = aws.Bool(true), aws.String("two")
	if again := must[*ssm.PutParameterOutput](t)(c.PutParameter(ctx, put)); again.Version != 2 {
		t.Errorf("the second version is %d", again.Version)
	}
	got := must[*ssm.GetParametersOutput](t)(c.GetParameters(ctx, &ssm.GetParametersInput{Names: []string{"arn:aws:ssm:us-east-1:123456789012:parameter/web/db/url", "/none"}}))
	if len(got.Parameters) != 1 || *got.Parameters[0].Value != "two" || !slices.Equal(got.InvalidParameters, []string{"/none"}) {
		t.Errorf("the parameters are %+v, invalid %v", got.Parameters, got.InvalidParameters)
	}
	below := must[*ssm.GetParametersByPathOutput](t)(c.GetParametersByPath(ctx, &ssm.GetParametersByPathInput{Path: aws.String("/web"), Recursive: aws.Bool(true)}))
	if len(below.Parameters) != 1 {
		t.Errorf("below /web is %+v", below.Parameters)
	}
	must[*ssm.DeleteParameterOutput](t)(c.DeleteParameter(ctx, &ssm.DeleteParameterInput{Name: put.Name}))
	_, err = c.GetParameter(ctx, &ssm.GetParameterInput{Name: put.Name})
	refusedWith(t, "ParameterNotFound", err)
}

// TestSecrets is that secrets are found as task definitions name them.
func TestSecrets(t *testing.T) {
	r := ephemeral(t)
	c, ctx := secretsmanager.New(secretsmanager.Options{Region: "us-east-1", Credentials: keyed("any"), BaseEndpoint: aws.String("http://emulator.local"), HTTPClient: r.http}), t.Context()
	made := must[*secretsmanager.CreateSecretOutput](t)(c.CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: aws.String("web/key"), SecretString: aws.String("one")}))
	_, err := c.CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: aws.String("web/key"), SecretString: aws.String("x")})
	refusedWith(t, "ResourceExistsException", err)
	must[*secretsmanager.PutSecretValueOutput](t)(c.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: made.ARN, SecretString: aws.String("two")}))
	for stage, want := range map[string]string{"AWSCURRENT": "two", "AWSPREVIOUS": "one"} {
		for _, id := range []string{"web/key", *made.ARN, (*made.ARN)[:len(*made.ARN)-7]} {
			got := must[*secretsmanager.GetSecretValueOutput](t)(c.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &id, VersionStage: &stage}))
			if *got.SecretString != want {
				t.Errorf("%s of %s is %s, want %s", stage, id, *got.SecretString, want)
			}
		}
	}
	must[*secretsmanager.DeleteSecretOutput](t)(c.DeleteSecret(ctx, &secretsmanager.DeleteSecretInput{SecretId: made.ARN, RecoveryWindowInDays: aws.Int64(7)}))
	_, err = c.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: made.ARN})
	refusedWith(t, "InvalidRequestException", err)
	r.watch.pass(8 * 24 * time.Hour)
	_, err = c.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: made.ARN})
	refusedWith(t, "ResourceNotFoundException", err)
}

// ec2 asks EC2, whose SDK client is too large to be a part of the tests, and
// answers its XML.
func (r *rig) ec2(action string, parameters ...string) string {
	r.t.Helper()
	form := url.Values{"Action": {action}, "Version": {"2016-11-15"}}
	for _, p := range parameters {
		key, value, _ := strings.Cut(p, "=")
		form.Set(key, value)
	}
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, "http://emulator.local/", strings.NewReader(form.Encode()))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	return r.send(req)
}

// send sends a request and returns the body of the answer.
func (r *rig) send(req *http.Request) string {
	r.t.Helper()
	response, err := r.http.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return string(body)
}

// TestMachines is that EC2 shows the machines under the container instances.
func TestMachines(t *testing.T) {
	r := ephemeral(t)
	r.cluster()
	for name, c := range map[string]struct {
		answer string
		want   string
		count  int
	}{
		"all":            {r.ec2("DescribeInstances"), "<instanceId>i-", 4},
		"of a zone":      {r.ec2("DescribeInstances", "Filter.1.Name=availability-zone", "Filter.1.Value.1=us-east-1a"), "<instanceId>i-", 2},
		"by a pattern":   {r.ec2("DescribeInstances", "Filter.1.Name=instance-type", "Filter.1.Value.1=t3.*"), "<instanceId>i-", 4},
		"none":           {r.ec2("DescribeInstances", "Filter.1.Name=instance-type", "Filter.1.Value.1=m5.*"), "<instanceId>i-", 0},
		"a wrong filter": {r.ec2("DescribeInstances", "Filter.1.Name=colour", "Filter.1.Value.1=x"), "<Code>InvalidParameterValue</Code>", 1},
		"a wrong id":     {r.ec2("DescribeInstances", "InstanceId.1=i-none"), "<Code>InvalidInstanceID.NotFound</Code>", 1},
		"subnets":        {r.ec2("DescribeSubnets", "Filter.1.Name=vpc-id", "Filter.1.Value.1=vpc-0defa01700000000a"), "<subnetId>", 6},
		"zones":          {r.ec2("DescribeAvailabilityZones"), "<zoneId>use1-az", 6},
		"VPCs":           {r.ec2("DescribeVpcs"), "<isDefault>true</isDefault>", 1},
		"groups":         {r.ec2("DescribeSecurityGroups"), "<groupId>sg-0defa017000000000</groupId>", 1},
		"another":        {r.ec2("RunInstances"), "<Code>InvalidAction</Code><Message>The operation RunInstances of EC2 is not emulated.</Message>", 1},
	} {
		if got := strings.Count(c.answer, c.want); got != c.count {
			t.Errorf("%s: %d times %s, want %d, in %s", name, got, c.want, c.count, c.answer)
		}
	}
	all := r.ec2("DescribeInstances")
	id := all[strings.Index(all, "<instanceId>")+len("<instanceId>"):]
	id = id[:strings.Index(id, "<")]
	if got := r.ec2("TerminateInstances", "InstanceId.1="+id); !strings.Contains(got, "<name>shutting-down</name>") {
		t.Errorf("terminating says %s", got)
	}
	r.watch.pass(time.Minute)
	if left := r.connected(); len(left) != 3 {
		t.Errorf("%d container instances are connected, want 3", len(left))
	}
	if got := r.ec2("DescribeInstances", "InstanceId.1="+id); !strings.Contains(got, "<name>terminated</name>") {
		t.Errorf("a minute after it was terminated it is %s", got)
	}
	r.watch.pass(time.Hour)
	if got := r.ec2("DescribeInstances", "InstanceId.1="+id); !strings.Contains(got, "InvalidInstanceID.NotFound") {
		t.Errorf("an hour after it was terminated it is %s", got)
	}
}

// connected are the container instances of the cluster whose agent is connected.
func (r *rig) connected() []string {
	r.t.Helper()
	out := must[*ecs.ListContainerInstancesOutput](r.t)(r.ecs.ListContainerInstances(r.t.Context(),
		&ecs.ListContainerInstancesInput{Cluster: aws.String("demo"), Filter: aws.String("agentConnected == true")}))
	return out.ContainerInstanceArns
}

// TestWhatIsEmulated is that whoever opens the address is told all that is there.
func TestWhatIsEmulated(t *testing.T) {
	status, _, body := ephemeral(t).call("GET", "/", "", "")
	for _, name := range []string{"ECS", "ECR", "CloudWatch Logs", "STS", "Elastic Load Balancing", "CloudWatch", "IAM", "EC2", "Cloud Map"} {
		if status != http.StatusNotFound || !strings.Contains(body, name) {
			t.Errorf("GET / is answered with %d %s, without %s", status, body, name)
		}
	}
}
