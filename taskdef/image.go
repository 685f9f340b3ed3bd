package taskdef

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"gantry/internal/hint"
)

// WithImage is a copy of the definition in which the container runs another
// image: the next revision of a deployment. Without a container name it is the
// only container that is meant.
func WithImage(in *ecs.RegisterTaskDefinitionInput, container, image string) (*ecs.RegisterTaskDefinitionInput, error) {
	out, err := Clone(in)
	if err != nil {
		return nil, err
	}
	if container == "" && len(out.ContainerDefinitions) == 1 {
		container = str(out.ContainerDefinitions[0].Name)
	}
	var names []string
	found := false
	for i := range out.ContainerDefinitions {
		d := &out.ContainerDefinitions[i]
		names = append(names, str(d.Name))
		if str(d.Name) == container {
			d.Image = &image
			found = true
		}
	}
	if found {
		return out, nil
	}
	if container == "" {
		return nil, hint.As(hint.Usage, hint.Withf(fmt.Errorf("the task definition %s has %d containers, and none is named for the image %s", str(in.Family), len(names), image),
			"write CONTAINER=IMAGE; the containers are %s", strings.Join(names, ", ")))
	}
	err = hint.As(hint.NotFound, fmt.Errorf("the task definition %s has no container named %q", str(in.Family), container))
	if near := Nearest(container, names); near != "" {
		return nil, hint.Withf(err, "did you mean %q?", near)
	}
	return nil, hint.Withf(err, "its containers are %s", strings.Join(names, ", "))
}
