// Package taskdef reads, checks and compares task definitions and the other
// documents that a person writes for Amazon ECS.
//
// A file may be JSON (comments and trailing commas allowed) or YAML, in the
// form that RegisterTaskDefinition takes, the form that DescribeTaskDefinition
// gives, PascalCase, or a bare list of containers. All of them become the SDK's
// own input shape, and what is wrong is told with file, line and column, in the
// words of ECS where ECS has words for it:
//
//	def, findings, err := taskdef.ParseTaskDefinition(file, "web.json")
//	for _, f := range findings {
//		fmt.Fprintln(os.Stderr, f) // web.json:4:13: error: Container.image should not be null or empty.
//	}
//	if err != nil {
//		return err
//	}
//	client.RegisterTaskDefinition(ctx, def.Input)
//
// The same rules serve the emulator, which has an input from the wire and no
// file: Validate checks it and Registered makes of it what ECS would answer.
//
// Floor 2: it knows the nouns of ECS, the query language of constraints and the
// codec of AWS JSON, and uses the SDK's shapes as its schema.
//
// The package will never open a file, call AWS, fill in a template or guess a
// value: a marker that is left over is a finding.
package taskdef
