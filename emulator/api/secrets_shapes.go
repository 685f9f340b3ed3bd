package api

import "time"

type (
	// CreateSecretInput is a secret.
	CreateSecretInput struct {
		Name, Description, ClientRequestToken string
		KMSKey                                string `shape:"KmsKeyId"`
		SecretString                          string
		SecretBinary                          []byte
		Tags                                  []tagShape
	}
	// SecretShape names a secret and a version of it.
	SecretShape struct {
		ARN, Name string
		VersionID string `shape:"VersionId"`
	}
	// CreateSecretOutput names the secret.
	CreateSecretOutput struct{ SecretShape }
	// GetSecretValueInput names a secret, by name or ARN, and a version.
	GetSecretValueInput struct {
		SecretID     string `shape:"SecretId"`
		VersionID    string `shape:"VersionId"`
		VersionStage string
	}
	// GetSecretValueOutput is its value.
	GetSecretValueOutput struct {
		SecretShape
		SecretString  string
		SecretBinary  []byte
		VersionStages []string
		CreatedDate   time.Time
	}
	// DescribeSecretInput names a secret.
	DescribeSecretInput struct {
		SecretID string `shape:"SecretId"`
	}
	// DescribeSecretOutput is what is known of it besides its value.
	DescribeSecretOutput struct{ SecretListShape }
	// ListSecretsInput asks for secrets.
	ListSecretsInput struct {
		MaxResults *int32
		NextToken  *string
		Filters    []secretFilterShape
		// IncludePlannedDeletion is those that are marked for deletion, too.
		IncludePlannedDeletion bool
	}
	secretFilterShape struct {
		Key    string
		Values []string
	}
	// ListSecretsOutput is a page of them.
	ListSecretsOutput struct {
		SecretList []SecretListShape
		NextToken  *string
	}
	// PutSecretValueInput is a new value.
	PutSecretValueInput struct {
		SecretID           string `shape:"SecretId"`
		ClientRequestToken string
		SecretString       string
		SecretBinary       []byte
		VersionStages      []string
	}
	// PutSecretValueOutput names its version.
	PutSecretValueOutput struct {
		SecretShape
		VersionStages []string
	}
	// UpdateSecretInput changes a secret, and its value if one is given.
	UpdateSecretInput struct {
		SecretID           string `shape:"SecretId"`
		Description        *string
		KMSKey             *string `shape:"KmsKeyId"`
		ClientRequestToken string
		SecretString       string
		SecretBinary       []byte
	}
	// UpdateSecretOutput names the secret.
	UpdateSecretOutput struct{ SecretShape }
	// DeleteSecretInput names a secret, and when it is to be gone.
	DeleteSecretInput struct {
		SecretID                   string `shape:"SecretId"`
		RecoveryWindowInDays       *int
		ForceDeleteWithoutRecovery bool
	}
	// DeleteSecretOutput is when it will be gone.
	DeleteSecretOutput struct {
		ARN, Name    string
		DeletionDate time.Time
	}
	// RestoreSecretInput names a secret that is to be deleted.
	RestoreSecretInput struct {
		SecretID string `shape:"SecretId"`
	}
	// RestoreSecretOutput names it.
	RestoreSecretOutput struct{ ARN, Name string }
)

// SecretListShape is what is known of a secret besides its value.
type SecretListShape struct {
	ARN, Name, Description string
	KMSKey                 string `shape:"KmsKeyId"`
	CreatedDate            time.Time
	LastChangedDate        time.Time
	DeletedDate            time.Time
	Tags                   []tagShape
	VersionIDsToStages     map[string][]string `shape:"VersionIdsToStages"`
}
