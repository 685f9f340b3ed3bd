package emulator_test

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// own runs a task with an image of the account's registry and returns it when
// a minute has passed.
func (r *rig) own(image string) (status, reason, digest, shown string) {
	r.t.Helper()
	in := webDefinition(nil)
	in.Family, in.ContainerDefinitions[0].Image = aws.String("own"), &image
	must[*ecs.RegisterTaskDefinitionOutput](r.t)(r.ecs.RegisterTaskDefinition(r.t.Context(), in))
	run := must[*ecs.RunTaskOutput](r.t)(r.ecs.RunTask(r.t.Context(), &ecs.RunTaskInput{Cluster: demo(), TaskDefinition: aws.String("own")}))
	r.watch.pass(time.Minute)
	out := must[*ecs.DescribeTasksOutput](r.t)(r.ecs.DescribeTasks(r.t.Context(), &ecs.DescribeTasksInput{Cluster: demo(), Tasks: []string{*run.Tasks[0].TaskArn}}))
	task := out.Tasks[0]
	return *task.LastStatus, aws.ToString(task.StoppedReason), aws.ToString(task.Containers[0].ImageDigest), *task.Containers[0].Image
}

// An image can be run from when it is pushed until it is deleted, by any name
// of the registry; one that is not there cannot.
func TestImagesOfTheAccount(t *testing.T) {
	r := ephemeral(t)
	server := httptest.NewServer(r.a.Handler())
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	r.cluster()
	const ecrName = "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app"
	names := []string{ecrName + ":v1", host + "/team/app:v1", "localhost:4599/team/app:v1"}
	for _, image := range names {
		if status, reason, _, shown := r.own(image); status != "STOPPED" || !strings.HasPrefix(reason, "CannotPullContainerError") || shown != image {
			t.Errorf("%s before the push: %s %s", image, status, reason)
		}
	}
	must[*ecr.CreateRepositoryOutput](t)(r.ecr.CreateRepository(t.Context(), &ecr.CreateRepositoryInput{RepositoryName: aws.String("team/app")}))
	ref, err := name.ParseReference(host+"/team/app:v1", name.Insecure)
	if err != nil {
		t.Fatal(err)
	}
	image, err := random.Image(500, 2)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(ref, image, remote.WithContext(t.Context())); err != nil {
		t.Fatal(err)
	}
	want, err := image.Digest()
	if err != nil {
		t.Fatal(err)
	}
	for _, given := range append(names, ecrName+"@"+want.String()) {
		if status, reason, digest, shown := r.own(given); status != "RUNNING" || digest != want.String() || shown != given {
			t.Errorf("%s after the push: %s %s, digest %s, shown as %s", given, status, reason, digest, shown)
		}
	}
	// A cluster that comes later knows it too.
	if err := r.create("later"); err != nil {
		t.Fatal(err)
	}
	other, err := name.ParseReference(host+"/team/app:v3", name.Insecure)
	if err != nil {
		t.Fatal(err)
	}
	another, err := random.Image(300, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(other, another, remote.WithContext(t.Context())); err != nil {
		t.Fatal(err)
	}
	digest, err := another.Digest()
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Delete(other.Context().Digest(digest.String()), remote.WithContext(t.Context())); err != nil {
		t.Fatal(err)
	}
	if status, _, _, _ := r.own(ecrName + ":v3"); status != "STOPPED" {
		t.Errorf("an image that was deleted over the registry's protocol runs: %s", status)
	}
	described := must[*ecr.DescribeImagesOutput](t)(r.ecr.DescribeImages(t.Context(), &ecr.DescribeImagesInput{
		RepositoryName: aws.String("team/app"), ImageIds: []types.ImageIdentifier{{ImageTag: aws.String("v1")}},
	}))
	if len(described.ImageDetails) != 1 || *described.ImageDetails[0].ImageDigest != want.String() {
		t.Errorf("described %+v", described.ImageDetails)
	}
	_, err = r.ecr.DeleteRepository(t.Context(), &ecr.DeleteRepositoryInput{RepositoryName: aws.String("team/app")})
	wantRefusal(t, err, "RepositoryNotEmptyException", "still contains images")
	deleted := must[*ecr.BatchDeleteImageOutput](t)(r.ecr.BatchDeleteImage(t.Context(), &ecr.BatchDeleteImageInput{
		RepositoryName: aws.String("team/app"), ImageIds: []types.ImageIdentifier{{ImageTag: aws.String("v1")}, {ImageTag: aws.String("v2")}},
	}))
	if len(deleted.ImageIds) != 1 || len(deleted.Failures) != 1 || deleted.Failures[0].FailureCode != types.ImageFailureCodeImageNotFound {
		t.Errorf("deleted %+v", deleted)
	}
	if status, reason, _, _ := r.own(names[0]); status != "STOPPED" || !strings.HasPrefix(reason, "CannotPullContainerError") {
		t.Errorf("after it was deleted: %s %s", status, reason)
	}
}

func TestRepositories(t *testing.T) {
	r := ephemeral(t)
	created := must[*ecr.CreateRepositoryOutput](t)(r.ecr.CreateRepository(t.Context(), &ecr.CreateRepositoryInput{
		RepositoryName: aws.String("app"), ImageTagMutability: types.ImageTagMutabilityImmutable, Tags: []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}},
	}))
	if got := *created.Repository.RepositoryUri; got != "123456789012.dkr.ecr.us-east-1.amazonaws.com/app" {
		t.Errorf("URI %s", got)
	}
	_, err := r.ecr.CreateRepository(t.Context(), &ecr.CreateRepositoryInput{RepositoryName: aws.String("app")})
	wantRefusal(t, err, "RepositoryAlreadyExistsException", "'app' already exists")
	_, err = r.ecr.CreateRepository(t.Context(), &ecr.CreateRepositoryInput{RepositoryName: aws.String("No Good")})
	wantRefusal(t, err, "InvalidParameterException", "repositoryName")
	_, err = r.ecr.DescribeImages(t.Context(), &ecr.DescribeImagesInput{RepositoryName: aws.String("none")})
	wantRefusal(t, err, "RepositoryNotFoundException", "'none' does not exist")
	_, err = r.ecr.DescribeRepositories(t.Context(), &ecr.DescribeRepositoriesInput{RepositoryNames: []string{"app"}, RegistryId: aws.String("999999999999")})
	wantRefusal(t, err, "RepositoryNotFoundException", "999999999999")
	_, err = r.ecr.DescribeRepositories(t.Context(), &ecr.DescribeRepositoriesInput{RegistryId: aws.String("999999999999")}) // and not all of our own
	wantRefusal(t, err, "ValidationException", "999999999999")
	_, err = r.ecr.GetLifecyclePolicy(t.Context(), &ecr.GetLifecyclePolicyInput{RepositoryName: aws.String("app")})
	wantRefusal(t, err, "LifecyclePolicyNotFoundException", "does not exist")
	tags := must[*ecr.ListTagsForResourceOutput](t)(r.ecr.ListTagsForResource(t.Context(), &ecr.ListTagsForResourceInput{ResourceArn: created.Repository.RepositoryArn}))
	if len(tags.Tags) != 1 || *tags.Tags[0].Value != "v" {
		t.Errorf("tags %+v", tags.Tags)
	}
	for _, more := range []string{"aa", "bb", "cc"} {
		must[*ecr.CreateRepositoryOutput](t)(r.ecr.CreateRepository(t.Context(), &ecr.CreateRepositoryInput{RepositoryName: &more}))
	}
	var names []string
	pages := ecr.NewDescribeRepositoriesPaginator(r.ecr, &ecr.DescribeRepositoriesInput{MaxResults: aws.Int32(3)})
	for pages.HasMorePages() {
		for _, repository := range must[*ecr.DescribeRepositoriesOutput](t)(pages.NextPage(t.Context())).Repositories {
			names = append(names, *repository.RepositoryName)
		}
	}
	if strings.Join(names, " ") != "aa app bb cc" {
		t.Errorf("repositories %v", names)
	}
	token := must[*ecr.GetAuthorizationTokenOutput](t)(r.ecr.GetAuthorizationToken(t.Context(), &ecr.GetAuthorizationTokenInput{}))
	if len(token.AuthorizationData) != 1 || *token.AuthorizationData[0].AuthorizationToken == "" {
		t.Errorf("token %+v", token)
	}
}

// An image can be pushed through the API alone, layer by layer.
func TestPushThroughTheAPI(t *testing.T) {
	r := ephemeral(t)
	repository := aws.String("app")
	must[*ecr.CreateRepositoryOutput](t)(r.ecr.CreateRepository(t.Context(), &ecr.CreateRepositoryInput{RepositoryName: repository}))
	upload := func(content string) string {
		begun := must[*ecr.InitiateLayerUploadOutput](t)(r.ecr.InitiateLayerUpload(t.Context(), &ecr.InitiateLayerUploadInput{RepositoryName: repository}))
		last := int64(len(content)) - 1
		out := must[*ecr.UploadLayerPartOutput](t)(r.ecr.UploadLayerPart(t.Context(), &ecr.UploadLayerPartInput{
			RepositoryName: repository, UploadId: begun.UploadId, PartFirstByte: aws.Int64(0), PartLastByte: &last, LayerPartBlob: []byte(content),
		}))
		if *out.LastByteReceived != last {
			t.Errorf("last byte %d, want %d", *out.LastByteReceived, last)
		}
		digest := fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(content)))
		done := must[*ecr.CompleteLayerUploadOutput](t)(r.ecr.CompleteLayerUpload(t.Context(), &ecr.CompleteLayerUploadInput{
			RepositoryName: repository, UploadId: begun.UploadId, LayerDigests: []string{digest},
		}))
		return *done.LayerDigest
	}
	config := `{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":[]}}`
	configDigest, layerDigest := upload(config), upload("a layer")
	manifest := fmt.Sprintf(`{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json",`+
		`"config":{"mediaType":"application/vnd.docker.container.image.v1+json","digest":%q,"size":%d},`+
		`"layers":[{"mediaType":"application/vnd.docker.image.rootfs.diff.tar.gzip","digest":%q,"size":7}]}`, configDigest, len(config), layerDigest)
	put := &ecr.PutImageInput{RepositoryName: repository, ImageManifest: &manifest, ImageTag: aws.String("1")}
	must[*ecr.PutImageOutput](t)(r.ecr.PutImage(t.Context(), put))
	_, err := r.ecr.PutImage(t.Context(), put)
	wantRefusal(t, err, "ImageAlreadyExistsException", "already exists")

	got := must[*ecr.BatchGetImageOutput](t)(r.ecr.BatchGetImage(t.Context(), &ecr.BatchGetImageInput{
		RepositoryName: repository, ImageIds: []types.ImageIdentifier{{ImageTag: aws.String("1")}, {ImageTag: aws.String("2")}, {}},
	}))
	if len(got.Images) != 1 || *got.Images[0].ImageManifest != manifest || len(got.Failures) != 2 {
		t.Errorf("got %+v", got)
	}
	for status, want := range map[types.TagStatus]int{types.TagStatusTagged: 1, types.TagStatusUntagged: 0, types.TagStatusAny: 1} {
		listed := must[*ecr.ListImagesOutput](t)(r.ecr.ListImages(t.Context(), &ecr.ListImagesInput{RepositoryName: repository, Filter: &types.ListImagesFilter{TagStatus: status}}))
		if len(listed.ImageIds) != want {
			t.Errorf("%s: %d images, want %d", status, len(listed.ImageIds), want)
		}
	}
	layers := must[*ecr.BatchCheckLayerAvailabilityOutput](t)(r.ecr.BatchCheckLayerAvailability(t.Context(), &ecr.BatchCheckLayerAvailabilityInput{
		RepositoryName: repository, LayerDigests: []string{layerDigest, "sha256:" + strings.Repeat("0", 64), "nonsense"},
	}))
	if len(layers.Layers) != 2 || layers.Layers[0].LayerAvailability != types.LayerAvailabilityAvailable || len(layers.Failures) != 1 {
		t.Errorf("layers %+v", layers)
	}
	url := must[*ecr.GetDownloadUrlForLayerOutput](t)(r.ecr.GetDownloadUrlForLayer(t.Context(), &ecr.GetDownloadUrlForLayerInput{RepositoryName: repository, LayerDigest: &layerDigest}))
	response, err := r.http.Get(*url.DownloadUrl)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if content, err := io.ReadAll(response.Body); err != nil || string(content) != "a layer" {
		t.Errorf("downloaded %q %v", content, err)
	}
}
