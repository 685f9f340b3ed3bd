package registry

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ScanLabel is the label of an image that says what a scan of it finds. The
// emulator knows no vulnerability, so an image without it has none.
const ScanLabel = "gantry.scan"

// scanTakes is how long a scan is in progress, in world time, unless the label
// says so.
const scanTakes = 20 * time.Second

// Severities are those of a finding, from the worst on [ECR: FindingSeverity].
func Severities() []string {
	return []string{"CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL", "UNDEFINED"}
}

// Finding is a vulnerability that a scan has found.
type Finding struct {
	Name     string
	Severity string
	Package  string // may be empty
	Version  string // of the package; may be empty
}

// forecast is what becomes of the scans of an image.
type forecast struct {
	takes       time.Duration
	failed      string // what the scan says when it fails
	unsupported bool
	findings    []Finding
}

// mostFindings bounds the findings that a label has.
const mostFindings = 10_000

// findingRule is a finding by its name, with its package and that one's version
// if they are said: NAME, NAME@PACKAGE or NAME@PACKAGE:VERSION.
var findingRule = regexp.MustCompile(`^([A-Za-z0-9][A-Za-z0-9._-]*)(?:@([^@:,\s]+)(?::([^@,\s]+))?)?$`)

// parseScanLabel reads a label such as
//
//	critical=CVE-2024-3094@xz-utils:5.6.0 high=2 takes=90s
//
// with a count or the names of the findings for each severity. One that cannot be
// read makes the scan fail, which says why: it is the push of an image that would
// have to be refused, and that would say too much of a label.
func parseScanLabel(label string) forecast {
	f := forecast{takes: scanTakes}
	for _, word := range strings.Fields(label) {
		err := f.read(word)
		if err == nil && len(f.findings) > mostFindings {
			err = fmt.Errorf("it has more than %d findings", mostFindings)
		}
		if err != nil {
			return forecast{takes: scanTakes, failed: fmt.Sprintf("The label %s of the image cannot be read: %v", ScanLabel, err)}
		}
	}
	slices.SortStableFunc(f.findings, func(a, b Finding) int {
		return slices.Index(Severities(), a.Severity) - slices.Index(Severities(), b.Severity)
	})
	return f
}

func (f *forecast) read(word string) (err error) {
	name, value, given := strings.Cut(word, "=")
	severity := strings.ToUpper(name)
	switch {
	case name == "fail" && !given:
		f.failed = "The scan failed, as the image's label says."
	case word == "fail=unsupported":
		f.unsupported = true
	case name == "takes":
		if f.takes, err = time.ParseDuration(value); err != nil || f.takes < 0 {
			return fmt.Errorf("takes is %q, not a time such as 90s", value)
		}
	case slices.Contains(Severities(), severity):
		return f.find(severity, value)
	default:
		return fmt.Errorf("%q is none of critical=, high=, medium=, low=, informational=, undefined=, takes=, fail and fail=unsupported", word)
	}
	return nil
}

func (f *forecast) find(severity, value string) error {
	if count, err := strconv.Atoi(value); err == nil {
		if count < 0 || count > mostFindings {
			return fmt.Errorf("%s is %d, which is not between 0 and %d", strings.ToLower(severity), count, mostFindings)
		}
		for i := range count {
			f.findings = append(f.findings, Finding{Name: fmt.Sprintf("EXAMPLE-%s-%d", severity, i+1), Severity: severity})
		}
		return nil
	}
	for _, one := range strings.Split(value, ",") {
		parts := findingRule.FindStringSubmatch(one)
		if parts == nil {
			return fmt.Errorf("%q is no finding; write NAME, NAME@PACKAGE or NAME@PACKAGE:VERSION, or a number of findings", one)
		}
		f.findings = append(f.findings, Finding{Name: parts[1], Severity: severity, Package: parts[2], Version: parts[3]})
	}
	return nil
}
