package awsapi

import (
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
)

// words makes the service's sentence name what it is about where it does not:
// "Cluster not found." leaves open which.
func (c *Client) words(e *Error, s subject) {
	e.ours = true
	switch {
	case e.Code == "ClusterNotFoundException":
		e.Message = fmt.Sprintf("cluster %q not found", s.cluster)
	case e.Code == "ServiceNotFoundException" && s.service != "":
		e.Message = fmt.Sprintf("service %q not found in cluster %q", s.service, s.cluster)
	case e.Code == "ServiceNotActiveException" && s.service != "":
		e.Message = fmt.Sprintf("service %q in cluster %q is not ACTIVE", s.service, s.cluster)
	case strings.Contains(e.Message, "Unable to describe task definition") && s.name != "",
		strings.Contains(e.Message, "TaskDefinition not found") && s.name != "":
		e.Message = fmt.Sprintf("task definition %q not found", s.name)
	default:
		e.ours = false
		e.Message = strings.TrimSuffix(e.Message, ".")
	}
}

// inTheLog is where the emulator says why it failed.
const inTheLog = "what happened stands in emulator.log of the world's folder"

// next is what to type after a refusal, or "".
func (c *Client) next(e *Error, s subject) string {
	switch e.Code {
	case "ClusterNotFoundException":
		if strings.HasPrefix(s.doing, "delete the cluster") {
			return fmt.Sprintf("list the clusters with: %s list clusters", c.prefix)
		}
		return fmt.Sprintf("create it with: %s create-cluster %s; or list the clusters with: %s list clusters", c.prefix, s.cluster, c.prefix)
	case codeClusterFailed:
		return fmt.Sprintf("delete the cluster with: %s delete-cluster %s; or make the whole world fresh with: %s emulator reset; %s",
			c.prefix, s.cluster, c.prefix, inTheLog)
	case codeNoStorage:
		return "make room on the disk that the emulator keeps its world on, then repeat the command"
	case "ServiceNotFoundException":
		return fmt.Sprintf("list the services with: %s list services --cluster %s", c.prefix, s.cluster)
	case "ServiceNotActiveException":
		return fmt.Sprintf("create it again with: %s create-service %s --cluster %s --task-definition FAMILY --desired-count N", c.prefix, s.service, s.cluster)
	case "RepositoryNotFoundException":
		return fmt.Sprintf("list the repositories with: %s list images", c.prefix)
	case "ExpiredToken", "ExpiredTokenException", "RequestExpired":
		return "the credentials have expired; sign in again (aws sso login), then repeat the command"
	case "UnrecognizedClientException", "InvalidSignatureException", "SignatureDoesNotMatch", "InvalidClientTokenId",
		"MissingAuthenticationToken", "MissingAuthenticationTokenException", "AuthFailure", "IncompleteSignature":
		if strings.Contains(e.Message, saysNoRegion) {
			return fmt.Sprintf("%q is no Region here: give --region, or set AWS_REGION or the profile's region, such as eu-west-1", c.region)
		}
		return c.credentialsStep()
	case "AccessDeniedException", "AccessDenied", "UnauthorizedOperation":
		return "ask for the permission that the message names, or choose another --profile"
	case "ThrottlingException", "Throttling", "RequestLimitExceeded", "TooManyRequestsException":
		return "AWS limits how often this account may ask; repeat the command in a moment"
	case "ClusterContainsContainerInstancesException":
		if c.local || c.probe.isEmulator() {
			return c.deregisterStep(s.cluster)
		}
		return fmt.Sprintf("deregister its container instances first: %s list instances --cluster %s", c.prefix, s.cluster)
	case "ClusterContainsServicesException":
		return fmt.Sprintf("delete its services first: %s list services --cluster %s, then %s delete-service NAME --cluster %s", c.prefix, s.cluster, c.prefix, s.cluster)
	case "ClusterContainsTasksException":
		return fmt.Sprintf("stop its tasks first: %s list tasks --cluster %s, then %s stop-task TASK --cluster %s", c.prefix, s.cluster, c.prefix, s.cluster)
	}
	return c.nextByMessage(e, s)
}

func (c *Client) nextByMessage(e *Error, s subject) string {
	says := func(text string) bool { return strings.Contains(e.Message, text) }
	switch {
	case says(saysNoInstances):
		return c.InstancesStep(s.cluster)
	case says("task definition ") && says(" not found"), says("TaskDefinition is inactive"):
		return fmt.Sprintf("list the task definitions with: %s list task-definitions; register one with: %s register FILE", c.prefix, c.prefix)
	case says("Revision is missing"):
		return fmt.Sprintf("name one revision, FAMILY:REVISION; list them with: %s list task-definitions --family %s", c.prefix, s.name)
	case says("the emulator failed on this request"):
		return "nothing was changed; " + inTheLog
	case says("task was not found"):
		return fmt.Sprintf("list the tasks with: %s list tasks --cluster %s", c.prefix, s.cluster)
	case says(saysNotIdempotent):
		return fmt.Sprintf("a service of that name is there already; change it with: %s update %s --cluster %s", c.prefix, s.service, s.cluster)
	case says(saysStillDraining):
		return fmt.Sprintf("the old service of that name is still draining; look with: %s describe services %s --cluster %s", c.prefix, s.service, s.cluster)
	case says("Availability Zone Rebalancing does not support maximumPercent"):
		return "set maximumPercent above 100, or pass --availability-zone-rebalancing DISABLED as well"
	case says("Availability Zone Rebalancing does not support"):
		return "pass --availability-zone-rebalancing DISABLED"
	case says("you must force a new deployment"):
		return "pass --force-new-deployment as well"
	case says("scaled above 0"):
		return fmt.Sprintf("scale it down first: %s scale %s 0 --cluster %s; or delete with --force", c.prefix, s.service, s.cluster)
	}
	return ""
}

// InstancesStep is how a cluster gets somewhere to run tasks.
func (c *Client) InstancesStep(cluster string) string {
	if c.local || c.probe.isEmulator() {
		return fmt.Sprintf("add some with: %s emulator add-instances --cluster %s --type t3.small --zones us-east-1a,us-east-1b --count 2", c.prefix, cluster)
	}
	return fmt.Sprintf("register EC2 instances with the cluster (ECS_CLUSTER=%s in /etc/ecs/ecs.config), or use --launch-type FARGATE", cluster)
}

// deregisterStep is how an emulated cluster loses its container instances, which
// only the aws CLI can take away: a world that nobody serves has to be served first.
func (c *Client) deregisterStep(cluster string) string {
	serve, endpoint := "", c.endpoint
	if c.local {
		serve, endpoint = fmt.Sprintf("serve the world with: %s emulator serve, and then ", c.prefix), "http://127.0.0.1:4599"
	}
	return fmt.Sprintf("%sderegister each container instance with: aws ecs deregister-container-instance --force --cluster %s --container-instance ID --endpoint-url %s; "+
		"or make the whole world fresh with: %s emulator reset", serve, cluster, endpoint, c.prefix)
}

func (c *Client) credentialsStep() string {
	if !c.local && c.endpoint != "" && !isAWS(c.endpoint) {
		return "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to a pair that " + c.endpoint + " takes; those of an emulator are what it was started with as " +
			"GANTRY_ACCESS_KEY_ID and GANTRY_SECRET_ACCESS_KEY"
	}
	return "sign in (aws sso login), choose a --profile, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; --local needs none"
}

// cutStep is what to do when a connection was cut.
func (c *Client) cutStep() string {
	if !c.local && !c.probe.isEmulator() {
		return "repeat the command in a moment"
	}
	return "repeat the command; a fault of the emulator may have done it, see: " + c.prefix + " emulator fault list"
}

func (c *Client) connectionStep(err error) string {
	switch {
	case errors.As(err, new(*tls.CertificateVerificationError)):
		return "name the file of the authority to trust in AWS_CA_BUNDLE, as this does for an emulator: eval \"$(gantry emulator env --tls)\""
	case c.local:
		return "repeat the command; if it fails again, look at the world with: " + c.prefix + " emulator clock"
	case isLoopback(c.endpoint):
		return "is something listening there? start an emulator with: gantry emulator serve"
	case c.endpoint != "":
		return "check --endpoint-url and AWS_ENDPOINT_URL"
	}
	return "check the network and the Region, or work offline with --local"
}
