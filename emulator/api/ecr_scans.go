package api

import (
	"context"
	"fmt"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"gantry/emulator/registry"
)

// StartImageScan begins a scan, which finds what the image says of itself.
func (e *ECR) StartImageScan(_ context.Context, in *sdk.StartImageScanInput) (*sdk.StartImageScanOutput, error) {
	name, id, err := e.oneImage(in.RepositoryName, in.RegistryId, in.ImageId)
	if err != nil {
		return nil, err
	}
	image, err := e.images.StartScan(name, id)
	if err != nil {
		return nil, err
	}
	shown := showImageID(registry.ImageID{Digest: image.Digest, Tag: id.Tag})
	return &sdk.StartImageScanOutput{ImageId: &shown, RegistryId: &e.scope.Account, RepositoryName: &name, ImageScanStatus: scanStatus(image.Scan)}, nil
}

// oneImage reads the repository and the one image that a request is about.
func (e *ECR) oneImage(repository, registryID *string, given *types.ImageIdentifier) (string, registry.ImageID, error) {
	name, err := e.repository(repository, registryID)
	if err != nil {
		return "", registry.ImageID{}, err
	}
	if err := needed("imageId", given != nil); err != nil {
		return "", registry.ImageID{}, err
	}
	id := imageID(*given)
	if failure, ok := e.images.CheckImageID(id); !ok {
		return "", registry.ImageID{}, invalid("%s", failure.Reason)
	}
	return name, id, nil
}

// imageOf is oneImage, and the image.
func (e *ECR) imageOf(repository, registryID *string, given *types.ImageIdentifier) (string, registry.ImageID, registry.Image, error) {
	name, id, err := e.oneImage(repository, registryID, given)
	if err != nil {
		return "", id, registry.Image{}, err
	}
	image, _, err := e.images.Image(name, id)
	return name, id, image, err
}

func scanStatus(scan *registry.Scan) *types.ImageScanStatus {
	status := &types.ImageScanStatus{Status: types.ScanStatus(scan.Status)}
	if scan.Description != "" {
		status.Description = &scan.Description
	}
	return status
}

// severityCounts counts findings by their severity.
func severityCounts(findings []registry.Finding) map[string]int32 {
	counts := map[string]int32{}
	for _, finding := range findings {
		counts[finding.Severity]++
	}
	return counts
}

// DescribeImageScanFindings shows how far a scan is and what it has found.
func (e *ECR) DescribeImageScanFindings(_ context.Context, in *sdk.DescribeImageScanFindingsInput) (*sdk.DescribeImageScanFindingsOutput, error) {
	name, id, image, err := e.imageOf(in.RepositoryName, in.RegistryId, in.ImageId)
	if err != nil {
		return nil, err
	}
	if image.Scan == nil {
		return nil, e.images.ScanNotFound(name, id)
	}
	shown := showImageID(registry.ImageID{Digest: image.Digest, Tag: id.Tag})
	out := &sdk.DescribeImageScanFindingsOutput{ImageId: &shown, RegistryId: &e.scope.Account, RepositoryName: &name, ImageScanStatus: scanStatus(image.Scan)}
	if image.Scan.CompletedAt.IsZero() {
		return out, nil
	}
	part, next, err := cutPage(inOrder(image.Scan.Findings), numbered[registry.Finding].key, in.NextToken, in.MaxResults, 100, 1000)
	if err != nil {
		return nil, err
	}
	out.NextToken = next
	found := &types.ImageScanFindings{
		ImageScanCompletedAt: &image.Scan.CompletedAt, VulnerabilitySourceUpdatedAt: &image.Scan.StartedAt,
		FindingSeverityCounts: severityCounts(image.Scan.Findings),
	}
	out.ImageScanFindings = found
	if image.Scan.Enhanced {
		found.EnhancedFindings = []types.EnhancedImageScanFinding{}
		for _, one := range part {
			found.EnhancedFindings = append(found.EnhancedFindings, e.enhanced(image, one))
		}
		return out, nil
	}
	found.Findings = []types.ImageScanFinding{}
	for _, one := range part {
		found.Findings = append(found.Findings, basicFinding(one.thing))
	}
	return out, nil
}

// findingURI is where a vulnerability that has a CVE number is described.
func findingURI(name string) *string {
	if !strings.HasPrefix(name, "CVE-") {
		return nil
	}
	uri := "https://www.cve.org/CVERecord?id=" + name
	return &uri
}

func basicFinding(finding registry.Finding) types.ImageScanFinding {
	shown := types.ImageScanFinding{Name: &finding.Name, Severity: types.FindingSeverity(finding.Severity), Uri: findingURI(finding.Name)}
	for _, attribute := range [][2]string{{"package_name", finding.Package}, {"package_version", finding.Version}} {
		if attribute[1] != "" {
			shown.Attributes = append(shown.Attributes, types.Attribute{Key: &attribute[0], Value: &attribute[1]})
		}
	}
	return shown
}

// enhanced is a finding as Amazon Inspector tells it. What has no fix that the
// image's label could name is said to have none.
func (e *ECR) enhanced(image registry.Image, one numbered[registry.Finding]) types.EnhancedImageScanFinding {
	finding := one.thing
	word := func(s string) *string { return &s }
	resource := fmt.Sprintf("%s/%s", e.repositoryARN(image.Repository), image.Digest)
	id := strings.TrimPrefix(image.Digest, "sha256:")[:24] + fmt.Sprintf("%08x", one.place)
	shown := types.EnhancedImageScanFinding{
		AwsAccountId: &e.scope.Account, FindingArn: word(string(e.scope.ARN("inspector2", "finding/"+id))),
		FirstObservedAt: &image.Scan.CompletedAt, LastObservedAt: &image.Scan.CompletedAt, UpdatedAt: &image.Scan.CompletedAt,
		Severity: &finding.Severity, Status: word("ACTIVE"), Title: &finding.Name, Type: word("PACKAGE_VULNERABILITY"), FixAvailable: word("NO"),
		PackageVulnerabilityDetails: &types.PackageVulnerabilityDetails{VulnerabilityId: &finding.Name, SourceUrl: findingURI(finding.Name)},
		Resources: []types.Resource{{
			Id: &resource, Type: word("AWS_ECR_CONTAINER_IMAGE"),
			Details: &types.ResourceDetails{AwsEcrContainerImage: &types.AwsEcrContainerImageDetails{
				ImageHash: &image.Digest, ImageTags: image.Tags, PushedAt: &image.PushedAt, Registry: &e.scope.Account, RepositoryName: &image.Repository,
			}},
		}},
	}
	if finding.Package != "" {
		vulnerable := types.VulnerablePackage{Name: &finding.Package}
		if finding.Version != "" {
			vulnerable.Version = &finding.Version
		}
		shown.PackageVulnerabilityDetails.VulnerablePackages = []types.VulnerablePackage{vulnerable}
	}
	return shown
}
