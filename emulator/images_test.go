package emulator_test

import (
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
