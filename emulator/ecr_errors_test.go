package emulator_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/smithy-go"

	"gantry/awsapi/wire"
)

// invoke calls an operation of the SDK's client with a request in JSON.
func (r *images) invoke(operation, request string) (any, error) {
	r.t.Helper()
	method := reflect.ValueOf(r.ecr).MethodByName(operation)
	in := reflect.New(method.Type().In(1).Elem())
	if err := wire.Decode([]byte(request), in.Interface()); err != nil {
		r.t.Fatalf("%s %s: %v", operation, request, err)
	}
	out := method.Call([]reflect.Value{reflect.ValueOf(r.t.Context()), in})
	err, _ := out[1].Interface().(error)
	return out[0].Interface(), err
}

func digestOf(content string) string { return fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(content))) }

// upload begins the upload of a layer with these parts.
func (r *images) upload(parts ...string) string {
	r.t.Helper()
	begun := must[*ecr.InitiateLayerUploadOutput](r.t)(r.ecr.InitiateLayerUpload(r.t.Context(), &ecr.InitiateLayerUploadInput{RepositoryName: aws.String("app")}))
	at := int64(0)
	for _, part := range parts {
		must[*ecr.UploadLayerPartOutput](r.t)(r.ecr.UploadLayerPart(r.t.Context(), &ecr.UploadLayerPartInput{
			RepositoryName: aws.String("app"), UploadId: begun.UploadId, PartFirstByte: &at, PartLastByte: aws.Int64(at + int64(len(part)) - 1), LayerPartBlob: []byte(part),
		}))
		at += int64(len(part))
	}
	return *begun.UploadId
}

// unreachable are the errors of the model that no request leads to, and why.
func unreachable() map[string]string {
	return map[string]string{
		"BlockedByOrganizationPolicyException": "there are no organizations",
		"KmsException":                         "there is no KMS: a key is a name that is kept",
		"ServerException":                      "it is what a full or read-only disk leads to (package registry tests it)",
		"UnableToDecryptSecretValueException":  "secrets are not encrypted",
	}
}

// TestEveryErrorOfECR is that each error of the SDK's model comes up, as its own type.
func TestEveryErrorOfECR(t *testing.T) {
	r := freshImages(t)
	r.repository("app")
	setUp := func(operation, request string) {
		if _, err := r.invoke(operation, request); err != nil {
			t.Fatalf("%s %s: %v", operation, request, err)
		}
	}
	r.push("app:v1")
	r.push("app:gone")
	r.watch.pass(1)
	manifest := *must[*ecr.BatchGetImageOutput](t)(r.ecr.BatchGetImage(t.Context(), &ecr.BatchGetImageInput{RepositoryName: aws.String("app"), ImageIds: []types.ImageIdentifier{*byTag("v1")}})).Images[0].ImageManifest
	loose := r.upload("loose")
	setUp("CompleteLayerUpload", fmt.Sprintf(`{"repositoryName":"app","uploadId":%q,"layerDigests":[%q]}`, loose, digestOf("loose")))
	setUp("UpdateImageStorageClass", `{"repositoryName":"app","imageId":{"imageTag":"gone"},"targetStorageClass":"ARCHIVE"}`)
	setUp("StartImageScan", `{"repositoryName":"app","imageId":{"imageTag":"v1"}}`)
	setUp("CreateRepository", `{"repositoryName":"sealed","imageTagMutability":"IMMUTABLE"}`)
	r.push("sealed:v1")
	r.push("sealed:v2")
	sealed := *must[*ecr.BatchGetImageOutput](t)(r.ecr.BatchGetImage(t.Context(), &ecr.BatchGetImageInput{RepositoryName: aws.String("sealed"), ImageIds: []types.ImageIdentifier{*byTag("v2")}})).Images[0].ImageManifest
	setUp("CreatePullThroughCacheRule", `{"ecrRepositoryPrefix":"k8s","upstreamRegistryUrl":"registry.k8s.io"}`)
	setUp("CreateRepositoryCreationTemplate", `{"prefix":"team","appliedFor":["REPLICATION"]}`)
	setUp("RegisterPullTimeUpdateExclusion", `{"principalArn":"arn:aws:iam::123456789012:user/me"}`)
	setUp("PutReplicationConfiguration", `{"replicationConfiguration":{"rules":[{"destinations":[{"region":"us-west-2","registryId":"123456789012"}]}]}}`)
	const west = `{"destination":{"region":"us-west-2","registryId":"123456789012"}}`
	backfill := *must[*ecr.StartReplicationBackfillOutput](t)(r.ecr.StartReplicationBackfill(t.Context(), &ecr.StartReplicationBackfillInput{Destination: towards("123456789012", "us-west-2")})).ReplicationBackfillId
	stopped := `{"replicationBackfillId":"` + backfill + `"}`
	setUp("StartLifecyclePolicyPreview", `{"repositoryName":"app","lifecyclePolicyText":`+fmt.Sprintf("%q", *keep(1, "v", "expire"))+`}`)
	var tags []string
	for i := range 51 {
		tags = append(tags, fmt.Sprintf(`{"Key":"k%d","Value":"v"}`, i))
	}
	const arn = `"resourceArn":"arn:aws:ecr:us-east-1:123456789012:repository/app"`
	index := fmt.Sprintf(`{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":%q,"size":2}]}`, digestOf("none"))
	bare := fmt.Sprintf(`{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":%q,"size":2},"layers":[]}`, digestOf("none"))
	put := func(repository, manifest, more string) string {
		return fmt.Sprintf(`{"repositoryName":%q,"imageManifest":%q%s}`, repository, manifest, more)
	}
	complete := func(id, digest string) string {
		return fmt.Sprintf(`{"repositoryName":"app","uploadId":%q,"layerDigests":[%q]}`, id, digest)
	}
	one := func(tag string) string { return `{"repositoryName":"app","imageId":{"imageTag":"` + tag + `"}}` }
	const noUpload = "00000000-0000-0000-0000-000000000000"
	table := map[string][2]string{
		"EmptyUploadException":                         {"CompleteLayerUpload", complete(r.upload(), digestOf(""))},
		"ExclusionAlreadyExistsException":              {"RegisterPullTimeUpdateExclusion", `{"principalArn":"arn:aws:iam::123456789012:user/me"}`},
		"ExclusionNotFoundException":                   {"DeregisterPullTimeUpdateExclusion", `{"principalArn":"arn:aws:iam::123456789012:user/you"}`},
		"ImageAlreadyExistsException":                  {"PutImage", put("app", manifest, `,"imageTag":"v1"`)},
		"ImageArchivedException":                       {"StartImageScan", one("gone")},
		"ImageDigestDoesNotMatchException":             {"PutImage", put("app", manifest, `,"imageDigest":"`+digestOf("x")+`"`)},
		"ImageNotFoundException":                       {"DescribeImageScanFindings", one("none")},
		"ImageStorageClassUpdateNotSupportedException": {"UpdateImageStorageClass", `{"repositoryName":"app","imageId":{"imageTag":"back"},"targetStorageClass":"ARCHIVE"}`},
		"ImageTagAlreadyExistsException":               {"PutImage", put("sealed", sealed, `,"imageTag":"v1"`)},
		"InvalidLayerException":                        {"CompleteLayerUpload", complete(r.upload("content"), digestOf("other"))},
		"InvalidLayerPartException":                    {"UploadLayerPart", fmt.Sprintf(`{"repositoryName":"app","uploadId":%q,"partFirstByte":9,"partLastByte":9,"layerPartBlob":"eA=="}`, r.upload("part"))},
		"InvalidParameterException":                    {"CreateRepository", `{"repositoryName":"No"}`},
		"InvalidTagParameterException":                 {"TagResource", `{` + arn + `,"tags":[{"Key":"","Value":"v"}]}`},
		"LayerAlreadyExistsException":                  {"CompleteLayerUpload", complete(r.upload("loose"), digestOf("loose"))},
		"LayerInaccessibleException":                   {"GetDownloadUrlForLayer", `{"repositoryName":"app","layerDigest":"` + digestOf("loose") + `"}`},
		"LayerPartTooSmallException":                   {"CompleteLayerUpload", complete(r.upload("small", "er"), digestOf("smaller"))},
		"LayersNotFoundException":                      {"PutImage", put("app", bare, "")},
		"LifecyclePolicyNotFoundException":             {"GetLifecyclePolicy", `{"repositoryName":"app"}`},
		"LifecyclePolicyPreviewInProgressException":    {"StartLifecyclePolicyPreview", `{"repositoryName":"app"}`},
		"LifecyclePolicyPreviewNotFoundException":      {"GetLifecyclePolicyPreview", `{"repositoryName":"sealed"}`},
		"LimitExceededException":                       {"StartImageScan", one("v1")},
		"PullThroughCacheRuleAlreadyExistsException":   {"CreatePullThroughCacheRule", `{"ecrRepositoryPrefix":"k8s","upstreamRegistryUrl":"registry.k8s.io"}`},
		"PullThroughCacheRuleNotFoundException":        {"ValidatePullThroughCacheRule", `{"ecrRepositoryPrefix":"none"}`},
		"ReferencedImagesNotFoundException":            {"PutImage", put("app", index, "")},
		"RegistryPolicyNotFoundException":              {"GetRegistryPolicy", `{}`},
		"ReplicationBackfillInProgressException":       {"StartReplicationBackfill", west},
		"ReplicationBackfillInvalidStatusException":    {"StopReplicationBackfill", stopped},
		"ReplicationBackfillNotFoundException":         {"DescribeReplicationBackfillResults", `{"replicationBackfillId":"none"}`},
		"RepositoryAlreadyExistsException":             {"CreateRepository", `{"repositoryName":"app"}`},
		"RepositoryNotEmptyException":                  {"DeleteRepository", `{"repositoryName":"app"}`},
		"RepositoryNotFoundException":                  {"ListImages", `{"repositoryName":"none"}`},
		"RepositoryPolicyNotFoundException":            {"GetRepositoryPolicy", `{"repositoryName":"app"}`},
		"ScanNotFoundException":                        {"DescribeImageScanFindings", one("gone")},
		"SecretNotFoundException":                      {"UpdatePullThroughCacheRule", `{"ecrRepositoryPrefix":"k8s","credentialArn":"arn:aws:secretsmanager:us-east-1:123456789012:secret:ecr-pullthroughcache/x-aaaaaa"}`},
		"SigningConfigurationNotFoundException":        {"GetSigningConfiguration", `{}`},
		"TemplateAlreadyExistsException":               {"CreateRepositoryCreationTemplate", `{"prefix":"team","appliedFor":["REPLICATION"]}`},
		"TemplateNotFoundException":                    {"DeleteRepositoryCreationTemplate", `{"prefix":"none"}`},
		"TooManyTagsException":                         {"TagResource", `{` + arn + `,"tags":[` + strings.Join(tags, ",") + `]}`},
		"UnableToGetUpstreamImageException":            {"BatchGetImage", `{"repositoryName":"k8s/pause","imageIds":[{"imageTag":"v1"}]}`},
		"UnableToGetUpstreamLayerException":            {"GetDownloadUrlForLayer", `{"repositoryName":"k8s/pause","layerDigest":"` + digestOf("x") + `"}`},
		"UnableToListUpstreamImageReferrersException":  {"ListImageReferrers", `{"repositoryName":"k8s/pause","subjectId":{"imageDigest":"` + digestOf("x") + `"}}`},
		"UnsupportedImageTypeException":                {"StartImageScan", one("artifact")},
		"UnsupportedUpstreamRegistryException":         {"CreatePullThroughCacheRule", `{"ecrRepositoryPrefix":"me","upstreamRegistryUrl":"registry.example.com"}`},
		"UploadNotFoundException":                      {"CompleteLayerUpload", complete(noUpload, digestOf(""))},
		"ValidationException":                          {"ListReplicationBackfills", `{"registryId":"999999999999"}`},
	}
	// What some of them need.
	setUp("PutImage", put("app", manifest, `,"imageTag":"back"`))
	artifact := strings.Replace(manifest, `"application/vnd.docker.container.image.v1+json"`, `"application/vnd.example.chart"`, 1)
	setUp("PutImage", put("app", artifact, `,"imageTag":"artifact"`))
	r.push("app:back")
	setUp("UpdateImageStorageClass", `{"repositoryName":"app","imageId":{"imageTag":"back"},"targetStorageClass":"ARCHIVE"}`)
	setUp("UpdateImageStorageClass", `{"repositoryName":"app","imageId":{"imageTag":"back"},"targetStorageClass":"STANDARD"}`)

	if known, said := len(ecr.TypeRegistry.Entries), len(table)+len(unreachable())+1; known != said {
		t.Errorf("the model has %d errors, and %d are spoken of", known, said)
	}
	for name := range ecr.TypeRegistry.Entries {
		code := name[strings.LastIndexAny(name, "#.")+1:]
		call, there := table[code]
		if _, never := unreachable()[code]; there == never && code != "UnableToAccessSecretException" { // that one is in TestPullThroughCaches
			t.Errorf("%s is neither in the table nor said to be out of reach, or both", code)
		}
		if !there {
			continue
		}
		if code == "ReplicationBackfillInvalidStatusException" {
			continue // last, as it ends the backfill
		}
		r.refuses(code, call)
	}
	setUp("StopReplicationBackfill", stopped)
	r.refuses("ReplicationBackfillInvalidStatusException", table["ReplicationBackfillInvalidStatusException"])

	_, err := r.invoke("UploadLayerPart", fmt.Sprintf(`{"repositoryName":"app","uploadId":%q,"partFirstByte":9,"partLastByte":9,"layerPartBlob":"eA=="}`, r.upload("part")))
	if part, ok := errors.AsType[*types.InvalidLayerPartException](err); !ok || *part.LastValidByteReceived != 3 || *part.RepositoryName != "app" || *part.RegistryId != "123456789012" || part.UploadId == nil {
		t.Errorf("%+v", part)
	}
}

// refuses is that a call is refused with a code, as the error's own type.
func (r *images) refuses(code string, call [2]string) {
	r.t.Helper()
	_, err := r.invoke(call[0], call[1])
	refusal, ok := errors.AsType[smithy.APIError](err)
	if !ok || refusal.ErrorCode() != code || refusal.ErrorMessage() == "" {
		r.t.Errorf("%s %s: %v, want %s", call[0], call[1], err, code)
	}
	if _, generic := errors.AsType[*smithy.GenericAPIError](err); generic {
		r.t.Errorf("%s is no type of its own", code)
	}
}
