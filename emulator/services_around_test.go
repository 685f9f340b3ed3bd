package emulator_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// serviceAround is a service around ECS, and how the SDK's client of it is made.
type serviceAround struct {
	name       string // of its file in testdata/around
	target     string // of AWS JSON, or
	version    string // of AWS Query
	operations []string
	client     func(*rig) any
}

const emulated = "http://emulator.local"

// servicesAround are the services around ECS that the SDK has a client of in this
// module. EC2's is out of proportion: it is tested by its XML (TestMachines).
func servicesAround() []serviceAround {
	return []serviceAround{
		{name: "sts", version: "2011-06-15", operations: operationsOf[sts.Client](), client: func(r *rig) any {
			return sts.New(sts.Options{Region: "us-east-1", Credentials: keyed("any"), BaseEndpoint: aws.String(emulated), HTTPClient: r.http, RetryMaxAttempts: 1})
		}},
		{name: "iam", version: "2010-05-08", operations: operationsOf[iam.Client](), client: func(r *rig) any {
			return iam.New(iam.Options{Region: "us-east-1", Credentials: keyed("any"), BaseEndpoint: aws.String(emulated), HTTPClient: r.http, RetryMaxAttempts: 1})
		}},
		{name: "elb", version: "2015-12-01", operations: operationsOf[elb.Client](), client: func(r *rig) any {
			return elb.New(elb.Options{Region: "us-east-1", Credentials: keyed("any"), BaseEndpoint: aws.String(emulated), HTTPClient: r.http, RetryMaxAttempts: 1})
		}},
		{name: "scaling", target: "AnyScaleFrontendService", operations: operationsOf[applicationautoscaling.Client](), client: func(r *rig) any {
			return applicationautoscaling.New(applicationautoscaling.Options{Region: "us-east-1", Credentials: keyed("any"), BaseEndpoint: aws.String(emulated), HTTPClient: r.http, RetryMaxAttempts: 1})
		}},
		{name: "cloudwatch", version: "2010-08-01", operations: operationsOf[cloudwatch.Client](), client: func(r *rig) any {
			return cloudwatch.New(cloudwatch.Options{Region: "us-east-1", Credentials: keyed("any"), BaseEndpoint: aws.String(emulated), HTTPClient: r.http, RetryMaxAttempts: 1})
		}},
		{name: "ssm", target: "AmazonSSM", operations: operationsOf[ssm.Client](), client: func(r *rig) any {
			return ssm.New(ssm.Options{Region: "us-east-1", Credentials: keyed("any"), BaseEndpoint: aws.String(emulated), HTTPClient: r.http, RetryMaxAttempts: 1})
		}},
		{name: "secrets", target: "secretsmanager", operations: operationsOf[secretsmanager.Client](), client: func(r *rig) any {
			return secretsmanager.New(secretsmanager.Options{Region: "us-east-1", Credentials: keyed("any"), BaseEndpoint: aws.String(emulated), HTTPClient: r.http, RetryMaxAttempts: 1})
		}},
		{name: "cloudmap", target: "Route53AutoNaming_v20170314", operations: operationsOf[servicediscovery.Client](), client: func(r *rig) any {
			return servicediscovery.New(servicediscovery.Options{Region: "us-east-1", Credentials: keyed("any"), BaseEndpoint: aws.String(emulated), HTTPClient: r.http, RetryMaxAttempts: 1})
		}},
	}
}

// TestServicesAround goes through a script for each service (see aroundScript):
// every operation that is answered is called with all of its members and answers
// what it was sent, and every error that its model has comes up as the SDK's own
// type with its own HTTP status; or the script says why not.
func TestServicesAround(t *testing.T) {
	for _, s := range servicesAround() {
		t.Run(s.name, func(t *testing.T) {
			r := ephemeral(t)
			text, err := os.ReadFile(filepath.Join("testdata", "around", s.name+".txt"))
			if err != nil {
				t.Fatal(err)
			}
			script := aroundScript{rig: r, client: reflect.ValueOf(s.client(r)), bound: map[string]string{}, filled: map[string]bool{}}
			script.run(string(text))
			answered := r.answered(&s)
			if len(answered) == 0 {
				t.Fatal("no operation is answered: the test does not see them")
			}
			for _, name := range answered {
				script.checkFilled(name)
			}
			script.checkErrors()
		})
	}
}

// answered are the operations of a service that the emulator has.
func (r *rig) answered(s *serviceAround) (names []string) {
	r.t.Helper()
	for _, name := range s.operations {
		body := ""
		if s.target != "" {
			_, _, body = r.call(http.MethodPost, "/", s.target+"."+name, "{}")
		} else {
			form := url.Values{"Action": {name}, "Version": {s.version}}
			req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, emulated, strings.NewReader(form.Encode()))
			if err != nil {
				r.t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			body = r.send(req)
		}
		if !strings.Contains(body, "is not emulated") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
