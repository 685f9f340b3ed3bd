package ecs

import "time"

// ProtectedTask says whether scale-in and deployments leave a task alone, and
// until when.
type ProtectedTask struct {
	TaskARN           ARN       `json:"taskArn"`
	ProtectionEnabled bool      `json:"protectionEnabled"`
	ExpirationDate    time.Time `json:"expirationDate,omitzero"`
}
