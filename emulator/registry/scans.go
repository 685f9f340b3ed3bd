package registry

import (
	"encoding/json"
	"io"
	"os"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/types"
	"go.etcd.io/bbolt"
)

// scanRecord is a scan that was started. What came of it follows from the image's
// label and the time.
type scanRecord struct {
	StartedAt time.Time `json:"startedAt"`
	Frequency string    `json:"frequency,omitempty"` // of an enhanced scan; empty for a basic one
}

// scanPause is how long an image cannot be scanned again [ECR: StartImageScan].
const scanPause = 24 * time.Hour

// The states of a scan [ECR: ScanStatus]. An enhanced scan is pending first, and
// a continuous one stays active.
const (
	ScanInProgress  = "IN_PROGRESS"
	ScanPending     = "PENDING"
	ScanActive      = "ACTIVE"
	ScanComplete    = "COMPLETE"
	ScanFailed      = "FAILED"
	ScanUnsupported = "UNSUPPORTED_IMAGE"
	ScanArchived    = "IMAGE_ARCHIVED"
)

// Scan is the last scan of an image as it is now.
type Scan struct {
	Status      string
	Description string
	Enhanced    bool
	StartedAt   time.Time
	CompletedAt time.Time // zero while it has not come to findings
	Findings    []Finding
}

// scan is what has come of the last scan of an image; nil when there was none.
func (record imageRecord) scan(now time.Time) *Scan {
	if record.Scan == nil {
		return nil
	}
	what := parseScanLabel(record.ScanLabel)
	scan := &Scan{StartedAt: record.Scan.StartedAt, Enhanced: record.Scan.Frequency != ""}
	end := record.Scan.StartedAt.Add(what.takes)
	switch {
	case scan.Enhanced && record.Archived:
		scan.Status, scan.Description = ScanArchived, "The image is archived."
	case now.Before(end) && scan.Enhanced:
		scan.Status, scan.Description = ScanPending, "The scan is pending."
	case now.Before(end):
		scan.Status = ScanInProgress
	case what.unsupported:
		// The words of the user guide [ECR-UG: troubleshooting image scanning].
		scan.Status, scan.Description = ScanUnsupported, "UnsupportedImageError: The operating system and/or package manager are not supported."
	case what.failed != "":
		scan.Status, scan.Description = ScanFailed, what.failed
	default:
		scan.CompletedAt, scan.Findings = end, what.findings
		scan.Status, scan.Description = ScanComplete, "The scan was completed successfully."
		if record.Scan.Frequency == FrequencyContinuous {
			scan.Status, scan.Description = ScanActive, "Continuous scan is selected for image."
		}
	}
	return scan
}

// StartScan begins a basic scan of an image.
func (r *Registry) StartScan(repository string, id ImageID) (Image, error) {
	var image Image
	err := r.db.Update(func(tx *bbolt.Tx) error {
		if _, err := r.repository(tx, repository); err != nil {
			return err
		}
		record, err := r.find(tx, repository, id)
		if err != nil {
			return err
		}
		scanning, err := scanningOf(tx)
		switch {
		case err != nil:
			return err
		case scanning.Type == ScanEnhanced: // [OBS] the words of ECR where enhanced scanning is on
			return refuse(CodeValidation, "This feature is disabled")
		case record.Archived:
			return refuse(CodeImageArchived, "The image with digest '%s' in the repository with name '%s' is archived and cannot be scanned", record.Digest, repository)
		case !record.scannable():
			return refuse(CodeUnsupportedImageType, "The image with digest '%s' in the repository with name '%s' is of a type that cannot be scanned: %s", record.Digest, repository, record.MediaType)
		case record.Scan != nil && r.now().Sub(record.Scan.StartedAt) < scanPause:
			return refuse(CodeLimitExceeded, "The scan quota per image has been exceeded. Wait and try again.") // [MOTO]
		}
		record.Scan = &scanRecord{StartedAt: r.now()}
		if err := put(tx, bucketImages, key(repository, record.Digest), record); err != nil {
			return err
		}
		image, err = r.shown(tx, repository, record.Digest)
		return err
	})
	return image, storageError("scan an image of "+repository, err)
}

// ScanNotFound refuses to show a scan that never was.
func (r *Registry) ScanNotFound(repository string, id ImageID) error {
	return refuse(CodeScanNotFound,
		"Image scan does not exist for the image with '{imageDigest:'%s', imageTag:'%s'}' in the repository with name '%s' in the registry with id '%s'",
		orNull(id.Digest), orNull(id.Tag), repository, r.account)
}

// scanOnPush begins the scan of an image that is pushed, where one is asked for.
func (r *Registry) scanOnPush(tx *bbolt.Tx, repository Repository, record *imageRecord) error {
	scanning, err := scanningOf(tx)
	if err != nil || !record.scannable() {
		return err
	}
	switch frequency, _ := scanning.Of(repository); {
	case frequency == FrequencyManual:
	case scanning.Type == ScanEnhanced:
		record.Scan = &scanRecord{StartedAt: r.now(), Frequency: frequency}
	default:
		record.Scan = &scanRecord{StartedAt: r.now()}
	}
	return nil
}

// configMax bounds what is read of an image's config to find its labels.
const configMax = 8 << 20

// scannable reports whether an image is one to a scanner: not an index, nor an
// artifact with a config of another kind.
func (record imageRecord) scannable() bool {
	config := types.MediaType(record.ArtifactMediaType)
	return types.MediaType(record.MediaType).IsImage() && (config == types.DockerConfigJSON || config == types.OCIConfigJSON)
}

// scanLabel reads what an image says of its own scans in the labels of its
// config. What is no config has no labels.
func (r *Registry) scanLabel(doc document) string {
	if doc.Config == nil {
		return ""
	}
	file, err := os.Open(r.layerPath(doc.Config.Digest.String()))
	if err != nil {
		return ""
	}
	defer func() { _ = file.Close() }() // it was only read
	var config struct {
		Config struct{ Labels map[string]string } `json:"config"`
	}
	if raw, err := io.ReadAll(io.LimitReader(file, configMax)); err != nil || json.Unmarshal(raw, &config) != nil {
		return ""
	}
	return config.Config.Labels[ScanLabel]
}
