package registry

import (
	"strings"

	"go.etcd.io/bbolt"

	"gantry/emulator/registry/policy"
)

// The types of scanning and how often it is done [ECR: ScanType, ScanFrequency].
const (
	ScanBasic    = "BASIC"
	ScanEnhanced = "ENHANCED"

	FrequencyOnPush     = "SCAN_ON_PUSH"
	FrequencyContinuous = "CONTINUOUS_SCAN"
	FrequencyManual     = "MANUAL"
)

// Scanning is how the images of a registry are scanned.
type Scanning struct {
	Type  string     `json:"type"` // empty is basic
	Rules []ScanRule `json:"rules,omitempty"`
}

// ScanRule is how the images of some repositories are scanned.
type ScanRule struct {
	Frequency string   `json:"frequency"`
	Filters   []string `json:"filters"` // of the names of repositories, with wildcards
}

// Of is how often the images of a repository are scanned, and by which filters of
// the registry's rules. A basic scan on push can be the repository's own setting.
func (s Scanning) Of(repository Repository) (frequency string, filters []string) {
	frequency = FrequencyManual
	for _, rule := range s.Rules {
		for _, filter := range rule.Filters {
			pattern := filter
			if !strings.Contains(filter, "*") {
				pattern = "*" + filter + "*" // it is found anywhere in a name [ECR-UG: using filters]
			}
			if !policy.Matches(pattern, repository.Name) {
				continue
			}
			filters = append(filters, filter)
			if frequency != FrequencyContinuous {
				frequency = rule.Frequency
			}
		}
	}
	if frequency == FrequencyManual && s.Type != ScanEnhanced && repository.ScanOnPush {
		frequency = FrequencyOnPush
	}
	return frequency, filters
}

func scanningOf(tx *bbolt.Tx) (Scanning, error) {
	var scanning Scanning
	_, err := get(tx, bucketSettings, []byte(SettingScanning), &scanning)
	return scanning, err
}
