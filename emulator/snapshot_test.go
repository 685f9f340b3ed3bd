package emulator_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"gantry/emulator"
)

// snapshot is the world in one file.
func (r *rig) snapshot() string {
	r.t.Helper()
	status, header, text := r.call(http.MethodGet, "/_gantry/snapshot", "", "")
	if status != http.StatusOK || header.Get("Content-Type") != "application/gzip" {
		r.t.Fatalf("a snapshot answers %d %s", status, text)
	}
	return text
}

func (r *rig) restore(file string) (now clockAnswer) {
	r.t.Helper()
	r.admin(http.MethodPost, "/_gantry/restore", file, &now)
	return now
}

// images are the digests of the images in a repository.
func (r *rig) imagesOf(repository string) (digests []string) {
	r.t.Helper()
	out := must[*ecr.DescribeImagesOutput](r.t)(r.ecr.DescribeImages(r.t.Context(), &ecr.DescribeImagesInput{RepositoryName: &repository}))
	for _, i := range out.ImageDetails {
		digests = append(digests, *i.ImageDigest)
	}
	return digests
}

// A snapshot gives the old answers again, wherever it is restored: in the world
// that it was taken of, whatever happened since, and in another one.
func TestSnapshotAndRestore(t *testing.T) {
	dir := t.TempDir()
	r := begun(t, emulator.Options{Dir: dir})
	r.step(20 * time.Second)
	must[*ecs.CreateClusterOutput](t)(r.as("any", "eu-west-1").CreateCluster(t.Context(), &ecs.CreateClusterInput{ClusterName: aws.String("far")}))
	digest := r.pushed("team/web", "v1")
	taken, want := r.clock(), r.everything()
	file := r.snapshot()

	r.step(time.Hour)
	must[*ecs.DeleteServiceOutput](t)(r.ecs.DeleteService(t.Context(), &ecs.DeleteServiceInput{Cluster: aws.String("demo"), Service: aws.String("web"), Force: aws.Bool(true)}))
	must[*ecs.CreateClusterOutput](t)(r.as("any", "ap-south-1").CreateCluster(t.Context(), &ecs.CreateClusterInput{ClusterName: aws.String("late")}))
	must[*ecs.DeleteClusterOutput](t)(r.as("any", "eu-west-1").DeleteCluster(t.Context(), &ecs.DeleteClusterInput{Cluster: aws.String("far")}))
	must[*ecr.DeleteRepositoryOutput](t)(r.ecr.DeleteRepository(t.Context(), &ecr.DeleteRepositoryInput{RepositoryName: aws.String("team/web"), Force: true}))
	r.admin(http.MethodPost, "/_gantry/clock", `{"speed":7}`, nil)
	r.watch.pass(time.Hour)

	other := attach(t, emulator.Options{Dir: dir, World: "other", Now: r.watch.Now})
	other.watch = r.watch
	for _, restored := range []*rig{r, other} {
		now := restored.restore(file)
		for range 2 {
			if !now.Now.Equal(taken.Now) || now.SpeedText != "pause" {
				t.Errorf("taken at %+v, it goes on at %+v", taken, now)
			}
			r.watch.pass(time.Hour)
			now = restored.clock()
		}
		if got := restored.everything(); got != want {
			t.Errorf("the world that was restored is another one\nwant %s\ngot %s", want, got)
		}
		if got := restored.imagesOf("team/web"); len(got) != 1 || got[0] != digest {
			t.Errorf("its images are %v, want %s", got, digest)
		}
		layer := restored.layerOf("team/web", digest)
		if status, _, text := restored.call(http.MethodGet, "/v2/team/web/blobs/"+layer, "", ""); status != http.StatusOK || len(text) == 0 {
			t.Errorf("the layer %s answers %d", layer, status)
		}
		for region, clusters := range map[string]int{"eu-west-1": 1, "ap-south-1": 0} {
			if out := must[*ecs.ListClustersOutput](t)(restored.as("any", region).ListClusters(t.Context(), nil)); len(out.ClusterArns) != clusters {
				t.Errorf("%s has %v, want %d", region, out.ClusterArns, clusters)
			}
		}
		// It can be worked with, and is kept.
		restored.step(10 * time.Minute)
		if service := restored.describe(); service.RunningCount != 4 {
			t.Errorf("%d tasks run ten minutes later", service.RunningCount)
		}
	}
	after := r.everything()
	if err := r.a.Close(); err != nil {
		t.Fatal(err)
	}
	again := attach(t, emulator.Options{Dir: dir, Now: r.watch.Now})
	if got := again.everything(); got != after {
		t.Errorf("the restored world is another one in the next process\nwant %s\ngot %s", after, got)
	}
	noLeftovers(t, filepath.Join(dir, "default"))
	var world struct{ Name string }
	if other.admin(http.MethodGet, "/_gantry/world", "", &world); world.Name != "other" {
		t.Errorf("the world other is called %s", world.Name)
	}
}

// noLeftovers is that a world's folder has what worlds have.
func noLeftovers(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		switch e.Name() {
		case "world.db", "blobs", "realms", "sock", "emulator.log":
		default:
			t.Errorf("%s is left in the world's folder", e.Name())
		}
	}
}

// pushed pushes an image of one layer through ECR's own operations.
func (r *rig) pushed(repository, tag string) (digest string) {
	r.t.Helper()
	ctx := r.t.Context()
	must[*ecr.CreateRepositoryOutput](r.t)(r.ecr.CreateRepository(ctx, &ecr.CreateRepositoryInput{RepositoryName: &repository}))
	manifest := fmt.Sprintf(`{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":%q,"size":2},"layers":[]}`,
		r.upload(repository, "{}"))
	out := must[*ecr.PutImageOutput](r.t)(r.ecr.PutImage(ctx, &ecr.PutImageInput{
		RepositoryName: &repository, ImageTag: &tag, ImageManifest: &manifest, ImageManifestMediaType: aws.String("application/vnd.oci.image.manifest.v1+json"),
	}))
	return *out.Image.ImageId.ImageDigest
}

func (r *rig) upload(repository, content string) (digest string) {
	r.t.Helper()
	ctx := r.t.Context()
	begun := must[*ecr.InitiateLayerUploadOutput](r.t)(r.ecr.InitiateLayerUpload(ctx, &ecr.InitiateLayerUploadInput{RepositoryName: &repository}))
	must[*ecr.UploadLayerPartOutput](r.t)(r.ecr.UploadLayerPart(ctx, &ecr.UploadLayerPartInput{
		RepositoryName: &repository, UploadId: begun.UploadId, LayerPartBlob: []byte(content), PartFirstByte: aws.Int64(0), PartLastByte: aws.Int64(int64(len(content)) - 1),
	}))
	digest = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a" // of {}
	done := must[*ecr.CompleteLayerUploadOutput](r.t)(r.ecr.CompleteLayerUpload(ctx, &ecr.CompleteLayerUploadInput{
		RepositoryName: &repository, UploadId: begun.UploadId, LayerDigests: []string{digest},
	}))
	return *done.LayerDigest
}

// layerOf is the digest of an image's configuration, which is a layer, too.
func (r *rig) layerOf(repository, digest string) string {
	r.t.Helper()
	out := must[*ecr.BatchGetImageOutput](r.t)(r.ecr.BatchGetImage(r.t.Context(), &ecr.BatchGetImageInput{
		RepositoryName: &repository, ImageIds: []ecrtypes.ImageIdentifier{{ImageDigest: &digest}},
	}))
	_, rest, _ := strings.Cut(*out.Images[0].ImageManifest, `"digest":"`)
	layer, _, _ := strings.Cut(rest, `"`)
	return layer
}

// A file that is no whole snapshot is refused before anything changes.
func TestRestoreRefuses(t *testing.T) {
	dir := t.TempDir()
	r := begun(t, emulator.Options{Dir: dir})
	r.step(time.Minute)
	good, want := r.snapshot(), r.everything()
	flipped := []byte(good)
	flipped[len(flipped)/2] ^= 0x10
	var plain bytes.Buffer
	for name, file := range map[string]string{
		"nothing": "", "text": "this is no snapshot", "a half": good[:len(good)/2], "all but the end": good[:len(good)-1],
		"a flipped bit": string(flipped), "more": good + "x", "two": good + good, "another archive": foreign(t, &plain),
	} {
		status, _, says := r.call(http.MethodPost, "/_gantry/restore", "", file)
		if status != http.StatusBadRequest || !strings.Contains(says, "The snapshot cannot be used: ") || !strings.Contains(says, "The world is as it was.") {
			t.Errorf("%s: %d %s", name, status, says)
		}
		if got := r.everything(); got != want {
			t.Errorf("%s: the world is another one\nwant %s\ngot %s", name, want, got)
		}
	}
	noLeftovers(t, filepath.Join(dir, "default"))
}

// A client that goes away while it sends a snapshot changes nothing.
func TestRestoreThatBreaksOff(t *testing.T) {
	dir := t.TempDir()
	r := begun(t, emulator.Options{Dir: dir})
	r.step(time.Minute)
	file, want := r.snapshot(), r.everything()
	ctx, giveUp := context.WithCancel(t.Context())
	defer giveUp()
	body := io.MultiReader(strings.NewReader(file[:len(file)/2]), readerFunc(func([]byte) (int, error) { giveUp(); return 0, ctx.Err() }))
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://emulator.local/_gantry/restore", body)
	if err != nil {
		t.Fatal(err)
	}
	if response, err := r.http.Do(req); err == nil && response.StatusCode == http.StatusOK {
		t.Errorf("half a snapshot answers %d", response.StatusCode)
	}
	if got := r.everything(); got != want {
		t.Errorf("the world is another one\nwant %s\ngot %s", want, got)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// A snapshot that is taken while clients write is of one moment: of families that
// were registered one after the other there is none without those before it.
func TestSnapshotUnderLoad(t *testing.T) {
	r := attach(t, emulator.Options{Dir: t.TempDir(), Now: time.Now, Speed: 1000})
	r.cluster()
	stop := make(chan struct{})
	var writers sync.WaitGroup
	regions := []string{"us-east-1", "eu-west-1"}
	for w := range 3 {
		writers.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				for _, region := range regions { // never in the second one before the first
					_, err := r.as("any", region).RegisterTaskDefinition(t.Context(), &ecs.RegisterTaskDefinitionInput{
						Family: aws.String(fmt.Sprintf("f-%d", w)), ContainerDefinitions: webDefinition(nil).ContainerDefinitions,
					})
					if err != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	var files []string
	for range 4 {
		files = append(files, r.snapshot())
	}
	close(stop)
	writers.Wait()
	for _, file := range files {
		copied := attach(t, emulator.Options{Ephemeral: true, Now: time.Now})
		copied.restore(file)
		for w := range 3 {
			revisions := map[string]int32{}
			for _, region := range regions {
				out, err := copied.as("any", region).DescribeTaskDefinition(t.Context(), &ecs.DescribeTaskDefinitionInput{TaskDefinition: aws.String(fmt.Sprintf("f-%d", w))})
				if err == nil { // else there is none yet
					revisions[region] = out.TaskDefinition.Revision
				}
			}
			if ahead := revisions["us-east-1"] - revisions["eu-west-1"]; ahead < 0 || ahead > 1 {
				t.Errorf("writer %d: the snapshot has %v", w, revisions)
			}
		}
	}
}
