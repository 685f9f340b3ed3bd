// Package awsapi is the client side of AWS: Amazon ECS, Amazon ECR and CloudWatch
// Logs through the SDK's own clients, with their answers as ecs nouns and their
// errors with a kind and a next step.
//
// Floor 6. It implements the interfaces that workflow asks for (its API, its
// images, its log source) without knowing workflow, and it does not know that an
// emulator exists in this program: local mode is the same clients with another
// http.RoundTripper. What an emulator answers besides AWS's operations (its clock,
// its world) is asked for over HTTP, under /_gantry/.
//
//	client, err := awsapi.New(ctx, awsapi.Options{Region: "us-east-1"})
//	clusters, failures, err := client.DescribeClusters(ctx, []string{"default"})
//
// Where requests go: Options.Transport if set, else Options.EndpointURL for all
// three services, else what the SDK finds (AWS_ENDPOINT_URL_ECS, _ECR and
// _CLOUDWATCH_LOGS, AWS_ENDPOINT_URL, the profile), else AWS. A loopback endpoint
// without a Region gets us-east-1, and without credentials gets dummy ones, since
// nothing on this machine checks them; any other endpoint needs both, as the aws
// CLI does.
//
// It will never print, retry a refusal, or turn a failures list into an error: what
// a partial success means is for the verb to say.
package awsapi
