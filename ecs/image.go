package ecs

import "time"

// Repository is an ECR repository.
type Repository struct {
	ARN       ARN       `json:"repositoryArn"`
	Name      string    `json:"repositoryName"`
	URI       string    `json:"repositoryUri"`
	CreatedAt time.Time `json:"createdAt,omitzero"`
}

// Image is one image of an ECR repository.
type Image struct {
	Repository string    `json:"repositoryName"`
	Digest     string    `json:"imageDigest"`
	Tags       []string  `json:"imageTags"`
	SizeBytes  int64     `json:"imageSizeInBytes"`
	MediaType  string    `json:"imageManifestMediaType,omitempty"`
	PushedAt   time.Time `json:"imagePushedAt,omitzero"`
}
