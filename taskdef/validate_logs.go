package taskdef

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// The options of the awslogs driver (ECS semantics 7.9).
const (
	optionGroup       = "awslogs-group"
	optionRegion      = "awslogs-region"
	optionPrefix      = "awslogs-stream-prefix"
	optionCreateGroup = "awslogs-create-group"
	optionDatetime    = "awslogs-datetime-format"
	optionMultiline   = "awslogs-multiline-pattern"
	optionMode        = "mode"
)

func (c *checker) logs() {
	routers := 0
	for i := range c.in.ContainerDefinitions {
		if c.in.ContainerDefinitions[i].FirelensConfiguration == nil {
			continue
		}
		if routers++; routers > 1 {
			c.fail(containerPath(i)+".firelensConfiguration", "a task definition has at most one container with a firelens configuration")
		}
		if c.in.ContainerDefinitions[i].FirelensConfiguration.Type == "" {
			c.fail(containerPath(i)+".firelensConfiguration.type", "a firelens configuration needs a type: fluentd or fluentbit")
		}
	}
	for i := range c.in.ContainerDefinitions {
		l, path := c.in.ContainerDefinitions[i].LogConfiguration, containerPath(i)+".logConfiguration"
		if l == nil {
			continue
		}
		switch l.LogDriver {
		case "":
			c.fail(path+".logDriver", "a log configuration needs a logDriver").Hint = "for example awslogs"
		case types.LogDriverAwslogs:
			c.awslogs(l.Options, path)
		case types.LogDriverAwsfirelens:
			if routers == 0 {
				c.fail(path+".logDriver", "When awsfirelens log driver is specified in log configuration, a firelens configuration object must be specified").
					Hint = "add the container of the log router, with a firelensConfiguration"
			}
		}
		if mode := l.Options[optionMode]; mode != "" && mode != "blocking" && mode != "non-blocking" {
			c.fail(path+".options."+optionMode, "the log option mode is blocking or non-blocking, got %q", mode)
		}
	}
}

func (c *checker) awslogs(options map[string]string, path string) {
	for _, name := range []string{optionGroup, optionRegion} {
		if options[name] == "" {
			c.fail(path+".options", "Log driver awslogs requires options: %s", name)
		}
	}
	if c.fargate && options[optionPrefix] == "" {
		c.fail(path+".options", "Fargate requires log configuration options to include awslogs-stream-prefix")
	}
	if options[optionDatetime] != "" && options[optionMultiline] != "" {
		c.fail(path+".options."+optionMultiline, "the log options %s and %s exclude each other", optionDatetime, optionMultiline)
	}
	if create, ok := options[optionCreateGroup]; ok && create != "true" && create != "false" {
		c.fail(path+".options."+optionCreateGroup, "the log option %s is \"true\" or \"false\", got %q", optionCreateGroup, create)
	}
}

// secrets checks what goes into the environment of the containers (ECS
// semantics 7.7).
func (c *checker) secrets() {
	const role = "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'"
	missing := ""
	for i := range c.in.ContainerDefinitions {
		d, path := &c.in.ContainerDefinitions[i], containerPath(i)
		if missing == "" && len(d.Secrets) > 0 {
			missing = path + ".secrets"
		}
		if missing == "" && d.LogConfiguration != nil && len(d.LogConfiguration.SecretOptions) > 0 {
			missing = path + ".logConfiguration.secretOptions"
		}
		c.environment(d, path)
		if n := len(d.EnvironmentFiles); n > maxEnvironmentFiles {
			c.fail(path+".environmentFiles", "The maximum number of environment files was exceeded. Specify ten or less and try again")
		}
		for j := range d.EnvironmentFiles {
			if !strings.HasPrefix(str(d.EnvironmentFiles[j].Value), "arn:") {
				c.fail(fmt.Sprintf("%s.environmentFiles[%d].value", path, j), "Invalid arn syntax").Hint = "give arn:aws:s3:::BUCKET/FILE.env"
			}
		}
	}
	if missing != "" && str(c.in.ExecutionRoleArn) == "" {
		c.fail(missing, role)
	}
}

func (c *checker) environment(d *types.ContainerDefinition, path string) {
	plain := map[string]bool{}
	for j := range d.Environment {
		name := str(d.Environment[j].Name)
		at := fmt.Sprintf("%s.environment[%d]", path, j)
		switch {
		case name == "":
			c.fail(at+".name", "an environment variable needs a name")
		case plain[name]:
			c.warn(at+".name", "the environment variable %s is here twice; the last one counts", name)
		}
		plain[name] = true
	}
	secret := map[string]bool{}
	for j := range d.Secrets {
		name := str(d.Secrets[j].Name)
		at := fmt.Sprintf("%s.secrets[%d]", path, j)
		if name == "" {
			c.fail(at+".name", "a secret needs a name")
		} else if plain[name] || secret[name] {
			c.fail(at+".name", "The secret name must be unique and not shared with any new or existing environment variables set on the container, such as '%s'.", name)
		}
		secret[name] = true
		if str(d.Secrets[j].ValueFrom) == "" {
			c.fail(at+".valueFrom", "the secret %s needs valueFrom: the name or ARN of a parameter, or the ARN of a secret", name)
		}
	}
}

// lint tells what ECS takes without a word, and what then fails at the start of
// a task.
func (c *checker) lint() {
	for i := range c.in.ContainerDefinitions {
		l := c.in.ContainerDefinitions[i].LogConfiguration
		if l == nil || l.LogDriver != types.LogDriverAwslogs || l.Options[optionGroup] == "" || l.Options[optionCreateGroup] == "true" {
			continue
		}
		c.warn(containerPath(i)+".logConfiguration.options."+optionGroup, "the log group %s must exist before a task starts", l.Options[optionGroup]).
			Hint = fmt.Sprintf(`add "%s": "true" to the options to have it made`, optionCreateGroup)
	}
}
