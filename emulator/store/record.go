package store

import (
	"encoding/json"
	"fmt"
	"time"

	"gantry/ecs"
)

// FormatVersion is the version of the file's layout. A file with a newer one is
// refused; older ones would be brought up to date here.
const FormatVersion = 1

// World is what a world was made with.
type World struct {
	Name      string    `json:"name"`
	Scope     ecs.Scope `json:"scope"`
	Seed      uint64    `json:"seed"`
	Speed     string    `json:"speed"` // at the start, "10" or "max"
	CreatedAt time.Time `json:"createdAt"`
}

// Clock is the saved form of the world's clock: the world's time at a moment of
// real time, and how fast it goes from there.
type Clock struct {
	World time.Time `json:"world"`
	Real  time.Time `json:"real"`
	Speed string    `json:"speed"`
}

// Cluster is what is known of a cluster besides the engine's state.
type Cluster struct {
	Name              ecs.ClusterName                    `json:"name"`
	Generation        int                                `json:"generation"` // a name can be used again
	Status            string                             `json:"status"`
	Settings          []ecs.Setting                      `json:"settings"`
	Configuration     json.RawMessage                    `json:"configuration,omitempty"` // as it came, in AWS JSON
	CapacityProviders []string                           `json:"capacityProviders"`
	DefaultStrategy   []ecs.CapacityProviderStrategyItem `json:"defaultStrategy"`
	Namespace         string                             `json:"namespace,omitempty"` // ARN of the default one of Service Connect
	Tags              []ecs.Tag                          `json:"tags"`
	CreatedAt         time.Time                          `json:"createdAt"`
	DeletedAt         time.Time                          `json:"deletedAt,omitzero"`
}

// Active reports whether the cluster can be used.
func (c Cluster) Active() bool { return c.Status == "ACTIVE" }

// Family counts the revisions of a family: they are never used again.
type Family struct {
	Last int `json:"last"`
}

// TaskDefinition is one revision as RegisterTaskDefinition answered it.
type TaskDefinition struct {
	Family       ecs.Family               `json:"family"`
	Revision     int                      `json:"revision"`
	Status       ecs.TaskDefinitionStatus `json:"status"`
	Document     json.RawMessage          `json:"document"` // AWS JSON, without status and tags
	RegisteredAt time.Time                `json:"registeredAt"`
	Deregistered time.Time                `json:"deregisteredAt,omitzero"`
	DeleteAsked  time.Time                `json:"deleteRequestedAt,omitzero"`
	Tags         []ecs.Tag                `json:"tags,omitempty"`
	// Images are the images that the runtime knows by another name than the
	// document, by container.
	Images map[string]string `json:"images,omitempty"`

	made *any // see Made; nil in a record that was not read
}

// Token remembers a call that carried a client token, so that a retry gets the
// result of the first one (ECS semantics 8.7 [API]).
type Token struct {
	Fingerprint string    `json:"fingerprint"` // of the parameters
	Resources   []string  `json:"resources"`
	Answer      []byte    `json:"answer,omitempty"` // the failures of a RunTask, in AWS JSON
	Until       time.Time `json:"until"`
}

// LogGroup is a group of log streams.
type LogGroup struct {
	Name          string            `json:"name"`
	CreatedAt     time.Time         `json:"createdAt"`
	RetentionDays int               `json:"retentionDays,omitempty"` // 0 keeps for ever
	Class         string            `json:"class,omitempty"`
	Tags          map[string]string `json:"tags,omitempty"`
	KMSKey        string            `json:"kmsKeyId,omitempty"`
	Protected     bool              `json:"protected,omitempty"` // from being deleted
}

// bucket names one kind of record.
type bucket string

// The buckets of a world. Those of the image registry, which lives in the same
// file, are its own.
const (
	bucketMeta            bucket = "meta"
	bucketClusters        bucket = "clusters"         // name -> Cluster
	bucketSnapshots       bucket = "snapshots"        // cluster -> the engine's state
	bucketJournal         bucket = "journal"          // number -> journalEntry
	bucketFamilies        bucket = "families"         // family -> Family
	bucketTaskDefinitions bucket = "task-definitions" // family, revision -> TaskDefinition
	bucketTokens          bucket = "tokens"           // operation, cluster, token -> Token
	bucketSettings        bucket = "account-settings" // name -> value
	bucketImages          bucket = "images"           // reference -> digest, as the clusters were told
	bucketLogGroups       bucket = "log-groups"       // group -> LogGroup
	bucketLogStreams      bucket = "log-streams"      // group, stream -> LogStream
	bucketLogEvents       bucket = "log-events"       // group, stream, time, number -> LogEvent
	bucketDocuments       bucket = "documents"        // kind, key -> a record of a service around ECS
)

func buckets() []bucket {
	return []bucket{
		bucketMeta, bucketClusters, bucketSnapshots, bucketJournal, bucketFamilies, bucketTaskDefinitions,
		bucketTokens, bucketSettings, bucketImages, bucketLogGroups, bucketLogStreams, bucketLogEvents, bucketDocuments,
	}
}

// The keys of the meta bucket.
const (
	metaFormat   = "format"
	metaWorld    = "world"
	metaClock    = "clock"
	metaObserved = "observed"
)

// damaged says that a record of a file that opened well cannot be read.
func damaged(b bucket, key []byte, err error) error {
	return fmt.Errorf("the record %q in %s is damaged: %w", key, b, err)
}
