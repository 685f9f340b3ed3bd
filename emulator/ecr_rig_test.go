package emulator_test

import (
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"gantry/emulator"
)

// images is a world with its image registry on a port.
type images struct {
	*rig
	host string
}

func withImages(t *testing.T, opts emulator.Options) *images {
	t.Helper()
	r := attach(t, opts)
	server := httptest.NewServer(r.a.Handler())
	t.Cleanup(server.Close)
	return &images{r, strings.TrimPrefix(server.URL, "http://")}
}

func freshImages(t *testing.T) *images {
	return withImages(t, emulator.Options{Ephemeral: true, Seed: 1})
}

// in is a client of ECR for another account or Region of the world.
func (r *images) in(account, region string) *ecr.Client {
	return ecr.New(ecr.Options{Region: region, Credentials: keyed(account), BaseEndpoint: aws.String("http://emulator.local"), HTTPClient: r.http})
}

func (r *images) repository(name string) {
	r.t.Helper()
	must[*ecr.CreateRepositoryOutput](r.t)(r.ecr.CreateRepository(r.t.Context(), &ecr.CreateRepositoryInput{RepositoryName: &name}))
}

func (r *images) ref(image string) name.Reference {
	r.t.Helper()
	return must[name.Reference](r.t)(name.ParseReference(r.host+"/"+image, name.Insecure))
}

// built is an image that no other is like, with a label that says what scans find.
func (r *images) built(scan string) v1.Image {
	r.t.Helper()
	image := must[v1.Image](r.t)(random.Image(200, 1))
	config := must[*v1.ConfigFile](r.t)(image.ConfigFile())
	if scan != "" {
		config.Config.Labels = map[string]string{"gantry.scan": scan}
	}
	return must[v1.Image](r.t)(mutate.ConfigFile(image, config))
}

func (r *images) pushed(image string, content v1.Image) string {
	r.t.Helper()
	if err := remote.Write(r.ref(image), content, remote.WithContext(r.t.Context())); err != nil {
		r.t.Fatal(err)
	}
	return must[v1.Hash](r.t)(content.Digest()).String()
}

func (r *images) push(image string) string { r.t.Helper(); return r.pushed(image, r.built("")) }

// tags are the tags of the images of a repository, "-" for one without, by when
// they were pushed.
func (r *images) tags(c *ecr.Client, repository string) string {
	r.t.Helper()
	out := must[*ecr.DescribeImagesOutput](r.t)(c.DescribeImages(r.t.Context(), &ecr.DescribeImagesInput{RepositoryName: &repository}))
	var tags []string
	for _, image := range out.ImageDetails {
		if len(image.ImageTags) == 0 {
			image.ImageTags = []string{"-"}
		}
		tags = append(tags, strings.Join(image.ImageTags, "+"))
	}
	return strings.Join(tags, " ")
}

func byTag(tag string) *types.ImageIdentifier { return &types.ImageIdentifier{ImageTag: &tag} }

// TestECRAnswersEveryOperation is that there is none in the SDK's client that is
// not known here.
func TestECRAnswersEveryOperation(t *testing.T) {
	r := ephemeral(t)
	client := reflect.TypeFor[*ecr.Client]()
	count := 0
	for i := range client.NumMethod() {
		method := client.Method(i)
		if method.Type.NumIn() < 3 || method.Type.NumOut() != 2 {
			continue
		}
		count++
		for _, body := range []string{`{}`, ``, `{"repositoryName":"a","imageId":{},"imageIds":[{}],"registryId":"x","maxResults":0,"nextToken":"AAAA","rules":[{}],` +
			`"replicationConfiguration":{"rules":[{"destinations":[{}],"repositoryFilters":[{}]}]},"signingConfiguration":{"rules":[{"repositoryFilters":[{}]}]},` +
			`"filter":{"tagStatus":"x"},"destination":{},"subjectId":{},"name":"x","value":"y","prefix":"::","ecrRepositoryPrefix":"::","lifecyclePolicyText":"{",` +
			`"policyText":"[]","imageTagMutabilityExclusionFilters":[{}],"scanType":"x","repositoryNames":[""],"registryIds":["1"],"principalArn":"arn","layerDigests":["",":"]}`} {
			status, _, answer := r.call("POST", "/", targetECR+method.Name, body)
			if status >= 500 || strings.Contains(answer, "UnknownOperationException") {
				t.Errorf("%s %s: %d %s", method.Name, body, status, answer)
			}
		}
	}
	if count < 62 {
		t.Errorf("%d operations were found", count)
	}
}

// quick is how a waiter waits in a world that goes fast.
const quick = 10 * time.Millisecond

func fastImages(t *testing.T) *images {
	return withImages(t, emulator.Options{Ephemeral: true, Seed: 1, Now: time.Now, Speed: 200})
}
