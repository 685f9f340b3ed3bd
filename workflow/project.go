package workflow

import awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"

// Project is a whole application: what `up` brings about. Its values come from
// the project file and the documents that it names.
type Project struct {
	Cluster         string
	Images          []ProjectImage
	TaskDefinitions []*awsecs.RegisterTaskDefinitionInput
	// Services are the services as CreateService takes them. A taskDefinition that
	// is a bare family means the revision that this project registered.
	Services []*awsecs.CreateServiceInput
}

// ProjectImage is an image to push. A container whose image is REPOSITORY or
// REPOSITORY:TAG, without a registry in front, gets the pushed image's URI.
type ProjectImage struct {
	Source     string
	Repository string
	Tag        string // empty is latest
}

// UpStep is one thing that a project needs, and whether it had to be done.
type UpStep struct {
	Kind    string `json:"kind"` // image, task-definition, cluster, service
	Name    string `json:"name"`
	Changed bool   `json:"changed"`
	Detail  string `json:"detail,omitempty"` // what was done, or what was found
}

// UpResult is what `up` did.
type UpResult struct {
	Steps     []UpStep `json:"steps"`
	Services  []Result `json:"services"`
	Unchanged bool     `json:"unchanged"` // all was as the project wants it
}
