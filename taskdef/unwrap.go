package taskdef

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/awsapi/wire"
)

// unwrapTaskDefinition finds the definition in what people keep in files: the
// answer of a describe call, a list of containers, or the definition itself. The
// error says of a document of another kind which kind it is.
func unwrapTaskDefinition(root *node) (*node, error) {
	if root.kind == kindArray {
		return bareContainers(root), nil
	}
	if root.kind != kindObject {
		return nil, &syntaxError{at: root.at, message: "expected the object of a task definition, got " + root.describe(),
			next: "this is neither the JSON nor the YAML of a task definition; check that it is the file you meant"}
	}
	if inner := root.folded("taskDefinition"); inner != nil && inner.kind == kindObject {
		out := &node{kind: kindObject, at: inner.at, fields: slices.Clone(inner.fields)}
		if tags := root.folded("tags"); tags != nil && inner.folded("tags") == nil {
			out.fields = append(out.fields, field{key: "tags", at: tags.at, value: tags})
		}
		return out, nil
	}
	if root.folded("containerDefinitions") != nil {
		return root, nil
	}
	if message, next := otherKind(root); message != "" {
		return nil, &syntaxError{at: root.at, message: message, next: next}
	}
	return root, nil
}

// bareContainers makes a definition of the list that Terraform users keep.
func bareContainers(list *node) *node {
	return &node{kind: kindObject, at: list.at, fields: []field{{key: "containerDefinitions", at: list.at, value: list}}}
}

// otherKind recognises the documents that get mixed up with task definitions.
func otherKind(root *node) (message, next string) {
	has := func(keys ...string) bool {
		return !slices.ContainsFunc(keys, func(k string) bool { return root.folded(k) == nil })
	}
	switch services := root.folded("services"); {
	case has("primaryContainer"):
		return "this is the definition of an Express gateway service, not a task definition", "gantry does not manage Express services; write a task definition with containerDefinitions"
	case has("apiVersion", "kind"):
		return "this is a Kubernetes manifest, not a task definition", "write the containers as containerDefinitions"
	case has("resources"):
		return "this is a CloudFormation template, not a task definition", "deploy it with CloudFormation, or give the Properties of its AWS::ECS::TaskDefinition alone"
	case services != nil && services.kind == kindObject:
		return "this is a Docker Compose file, not a task definition", "write its services as containerDefinitions"
	case services != nil, has("serviceName"), has("desiredCount"), has("taskDefinition"):
		return "this is the definition of a service, not a task definition", "give it to create-service or update with --cli-input-json"
	case has("image", "name"):
		return "this is one container, not a task definition", `write {"family": "NAME", "containerDefinitions": [ … ]} around it`
	}
	return "", ""
}

// wrapping says in what the describe calls wrap a shape, and what more they tell
// of it.
type wrapping struct {
	one, many string
	answer    reflect.Type
	renamed   map[string]string
}

func wrappingOf(shape reflect.Type) wrapping {
	switch shape {
	case reflect.TypeFor[ecs.RegisterTaskDefinitionInput]():
		return wrapping{one: "taskDefinition", answer: reflect.TypeFor[types.TaskDefinition]()}
	case reflect.TypeFor[ecs.CreateServiceInput]():
		return wrapping{one: "service", many: "services", answer: reflect.TypeFor[types.Service]()}
	case reflect.TypeFor[ecs.UpdateServiceInput]():
		return wrapping{one: "service", many: "services", answer: reflect.TypeFor[types.Service](),
			renamed: map[string]string{"serviceName": "service"}}
	case reflect.TypeFor[ecs.CreateClusterInput]():
		return wrapping{one: "cluster", many: "clusters", answer: reflect.TypeFor[types.Cluster]()}
	}
	return wrapping{}
}

// readOnly are the members of the answer that the shape does not take. What a
// service is created with and cannot be updated with counts as such.
func (w wrapping) readOnly(shape reflect.Type) []string {
	if w.answer == nil {
		return nil
	}
	members := wire.Members(w.answer)
	if shape == reflect.TypeFor[ecs.UpdateServiceInput]() {
		members = append(members, wire.Members(reflect.TypeFor[ecs.CreateServiceInput]())...)
	}
	own := map[string]bool{}
	for _, m := range wire.Members(shape) {
		own[m.Name] = true
	}
	var names []string
	for _, m := range members {
		if !own[m.Name] {
			names = append(names, m.Name)
		}
	}
	return names
}

// unwrap takes the wrapping of a describe answer off.
func (w wrapping) unwrap(root *node) (*node, error) {
	if root.kind == kindArray && w.many != "" && len(root.items) == 1 {
		return root.items[0], nil
	}
	if root.kind != kindObject {
		return nil, &syntaxError{at: root.at, message: "expected an object, got " + root.describe()}
	}
	if w.one != "" {
		if inner := root.folded(w.one); inner != nil && inner.kind == kindObject {
			return inner, nil
		}
	}
	if w.many != "" {
		if list := root.folded(w.many); list != nil && list.kind == kindArray {
			if len(list.items) != 1 {
				return nil, &syntaxError{at: list.at, message: fmt.Sprintf("expected one of %s, got %d", w.many, len(list.items)),
					next: "keep each in a file of its own"}
			}
			return list.items[0], nil
		}
	}
	return root, nil
}
