package emulator_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"gantry/emulator"
)

// A tag moves, or not, by the same filters whichever way it is pushed.
func TestTagMutability(t *testing.T) {
	r := freshImages(t)
	ctx := t.Context()
	filters := func(all ...string) []types.ImageTagMutabilityExclusionFilter {
		var list []types.ImageTagMutabilityExclusionFilter
		for _, one := range all {
			list = append(list, types.ImageTagMutabilityExclusionFilter{Filter: &one, FilterType: types.ImageTagMutabilityExclusionFilterTypeWildcard})
		}
		return list
	}
	create := func(name string, mutability types.ImageTagMutability, all ...string) error {
		_, err := r.ecr.CreateRepository(ctx, &ecr.CreateRepositoryInput{RepositoryName: &name, ImageTagMutability: mutability, ImageTagMutabilityExclusionFilters: filters(all...)})
		return err
	}
	for _, bad := range []error{
		create("a", types.ImageTagMutabilityImmutableWithExclusion), create("a", types.ImageTagMutabilityImmutable, "dev-*"),
		create("a", types.ImageTagMutabilityMutableWithExclusion, "a/b"), create("a", types.ImageTagMutabilityMutableWithExclusion, "*a*b*"),
		create("a", types.ImageTagMutabilityMutableWithExclusion, "1", "2", "3", "4", "5", "6"), create("a", "SOMETIMES"),
	} {
		refusedWith(t, "InvalidParameterException", bad)
	}
	if err := create("sealed", types.ImageTagMutabilityImmutableWithExclusion, "dev-*", "latest"); err != nil {
		t.Fatal(err)
	}
	if err := create("open", types.ImageTagMutabilityMutableWithExclusion, "v*"); err != nil {
		t.Fatal(err)
	}
	for image, moves := range map[string]bool{"sealed:v1": false, "sealed:dev-1": true, "sealed:latest": true, "open:v1": false, "open:dev-1": true} {
		repository, tag, _ := strings.Cut(image, ":")
		r.push(image)
		err := remote.Write(r.ref(image), r.built(""), remote.WithContext(ctx))
		if (err == nil) != moves || err != nil && !strings.Contains(err.Error(), "TAG_INVALID") {
			t.Errorf("%s over the registry's protocol: %v", image, err)
		}
		r.push(repository + ":source-" + tag)
		got := must[*ecr.BatchGetImageOutput](t)(r.ecr.BatchGetImage(ctx, &ecr.BatchGetImageInput{RepositoryName: &repository, ImageIds: []types.ImageIdentifier{*byTag("source-" + tag)}}))
		_, err = r.ecr.PutImage(ctx, &ecr.PutImageInput{RepositoryName: &repository, ImageManifest: got.Images[0].ImageManifest, ImageTag: &tag})
		if moves && err != nil {
			t.Errorf("%s through the API: %v", image, err)
		} else if !moves {
			refusedWith(t, "ImageTagAlreadyExistsException", err)
		}
	}
	put := must[*ecr.PutImageTagMutabilityOutput](t)(r.ecr.PutImageTagMutability(ctx, &ecr.PutImageTagMutabilityInput{
		RepositoryName: aws.String("open"), ImageTagMutability: types.ImageTagMutabilityImmutableWithExclusion, ImageTagMutabilityExclusionFilters: filters("x*"),
	}))
	if put.ImageTagMutability != types.ImageTagMutabilityImmutableWithExclusion || *put.ImageTagMutabilityExclusionFilters[0].Filter != "x*" {
		t.Errorf("put %+v", put)
	}
}

// An image in the archive is there and cannot be pulled, until it is back.
func TestArchive(t *testing.T) {
	r := freshImages(t)
	ctx, app := t.Context(), aws.String("app")
	r.cluster()
	r.repository("app")
	content := r.built("")
	digest := r.pushed("app:v1", content)
	class := func(target types.TargetStorageClass) types.ImageStatus {
		return must[*ecr.UpdateImageStorageClassOutput](t)(r.ecr.UpdateImageStorageClass(ctx, &ecr.UpdateImageStorageClassInput{RepositoryName: app, ImageId: byTag("v1"), TargetStorageClass: target})).ImageStatus
	}
	pulls := func() bool {
		_, err := remote.Get(r.ref("app:v1"), remote.WithContext(ctx))
		got := must[*ecr.BatchGetImageOutput](t)(r.ecr.BatchGetImage(ctx, &ecr.BatchGetImageInput{RepositoryName: app, ImageIds: []types.ImageIdentifier{*byTag("v1")}}))
		if (err == nil) != (len(got.Images) == 1) || len(got.Failures) == 1 && got.Failures[0].FailureCode != types.ImageFailureCodeImageInaccessible {
			t.Errorf("pulled %v over the registry's protocol, and %+v", err, got)
		}
		return err == nil
	}
	const name = "123456789012.dkr.ecr.us-east-1.amazonaws.com/app:v1"
	if status := class(types.TargetStorageClassArchive); status != types.ImageStatusArchived || pulls() {
		t.Errorf("archived: %s", status)
	}
	if status, _, _, _ := r.own(name); status != "STOPPED" {
		t.Errorf("a task with an image of the archive is %s", status)
	}
	listed := must[*ecr.ListImagesOutput](t)(r.ecr.ListImages(ctx, &ecr.ListImagesInput{RepositoryName: app}))
	archived := must[*ecr.ListImagesOutput](t)(r.ecr.ListImages(ctx, &ecr.ListImagesInput{RepositoryName: app, Filter: &types.ListImagesFilter{ImageStatus: types.ImageStatusFilterArchived}}))
	if len(listed.ImageIds) != 0 || len(archived.ImageIds) != 1 {
		t.Errorf("listed %d, archived %d", len(listed.ImageIds), len(archived.ImageIds))
	}
	config := must[v1.Hash](t)(content.ConfigName()).String()
	layers := must[*ecr.BatchCheckLayerAvailabilityOutput](t)(r.ecr.BatchCheckLayerAvailability(ctx, &ecr.BatchCheckLayerAvailabilityInput{RepositoryName: app, LayerDigests: []string{config}}))
	if layers.Layers[0].LayerAvailability != types.LayerAvailabilityArchived {
		t.Errorf("its layers are %s", layers.Layers[0].LayerAvailability)
	}
	if status := class(types.TargetStorageClassStandard); status != types.ImageStatusActivating || pulls() {
		t.Errorf("on its way back: %s", status)
	}
	_, err := r.ecr.UpdateImageStorageClass(ctx, &ecr.UpdateImageStorageClassInput{RepositoryName: app, ImageId: byTag("v1"), TargetStorageClass: types.TargetStorageClassArchive})
	refusedWith(t, "ImageStorageClassUpdateNotSupportedException", err)
	r.watch.pass(11 * time.Minute)
	described := must[*ecr.DescribeImagesOutput](t)(r.ecr.DescribeImages(ctx, &ecr.DescribeImagesInput{RepositoryName: app})).ImageDetails
	if len(described) != 1 || described[0].ImageStatus != types.ImageStatusActive || described[0].LastActivatedAt == nil || *described[0].ImageDigest != digest || !pulls() {
		t.Errorf("back again %+v", described)
	}
	if status, _, _, _ := r.own(name); status != "RUNNING" {
		t.Errorf("a task with an image that is back is %s", status)
	}
	class(types.TargetStorageClassArchive)
	if r.pushed("app:v1", content) != digest || !pulls() {
		t.Error("a push does not bring it back")
	}
}

// While the clock is moved on at once, what happens to images happens in its time:
// a service comes up when its image is back from the archive.
func TestImagesWhileTheClockIsMovedOn(t *testing.T) {
	r := withImages(t, emulator.Options{Ephemeral: true, Seed: 3, Paused: true})
	ctx := t.Context()
	r.cluster()
	r.repository("app")
	r.push("app:v1")
	for _, class := range []types.TargetStorageClass{types.TargetStorageClassArchive, types.TargetStorageClassStandard} {
		must[*ecr.UpdateImageStorageClassOutput](t)(r.ecr.UpdateImageStorageClass(ctx, &ecr.UpdateImageStorageClassInput{RepositoryName: aws.String("app"), ImageId: byTag("v1"), TargetStorageClass: class}))
	}
	definition := webDefinition(nil)
	definition.ContainerDefinitions[0].Image = aws.String("123456789012.dkr.ecr.us-east-1.amazonaws.com/app:v1")
	must[*ecs.RegisterTaskDefinitionOutput](t)(r.ecs.RegisterTaskDefinition(ctx, definition))
	must[*ecs.CreateServiceOutput](t)(r.ecs.CreateService(ctx, &ecs.CreateServiceInput{
		Cluster: demo(), ServiceName: aws.String("web"), TaskDefinition: aws.String("web"), DesiredCount: aws.Int32(1),
	}))
	r.step(9 * time.Minute)
	if service := r.describe(); service.RunningCount != 0 {
		t.Errorf("%d tasks run while the image is not back", service.RunningCount)
	}
	r.step(2 * time.Hour)
	if service := r.describe(); service.RunningCount != 1 {
		t.Errorf("%d tasks run long after the image came back: %v", service.RunningCount, aws.ToString(service.Events[0].Message))
	}
}
