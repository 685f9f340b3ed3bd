package api

import (
	"context"
	"slices"
	"strings"

	"gantry/ecs"
)

// UpdateServiceAttributes gives a service attributes.
func (a *around) UpdateServiceAttributes(_ context.Context, in *UpdateServiceAttributesInput) (*EmptyOutput, error) {
	s, err := a.cloudService(in.ServiceID)
	if err != nil {
		return nil, err
	}
	if len(in.Attributes) == 0 {
		return nil, invalidInput("The Attributes are missing.")
	}
	if s.Attributes == nil {
		s.Attributes = map[string]string{}
	}
	for key, value := range in.Attributes {
		if key == "" || len(key) > 255 || len(value) > 1024 {
			return nil, invalidInput("An attribute of a service has a key of 1 to 255 characters and a value of up to 1024, which %.260q has not.", key)
		}
		s.Attributes[key] = value
	}
	if len(s.Attributes) > mostCloudAttributes {
		return nil, refuse(codeTooManyAttributes, "A service can have at most %d attributes, but would have %d.", mostCloudAttributes, len(s.Attributes))
	}
	return &EmptyOutput{}, a.tx.PutDocument(kindDiscovery, s.ID, s)
}

// GetServiceAttributes tells the attributes of a service.
func (a *around) GetServiceAttributes(_ context.Context, in *GetServiceAttributesInput) (*GetServiceAttributesOutput, error) {
	s, err := a.cloudService(in.ServiceID)
	if err != nil {
		return nil, err
	}
	out := &GetServiceAttributesOutput{}
	out.ServiceAttributes.ServiceARN, out.ServiceAttributes.ResourceOwner = s.ARN, a.tx.Scope().Account
	if out.ServiceAttributes.Attributes = s.Attributes; s.Attributes == nil {
		out.ServiceAttributes.Attributes = map[string]string{}
	}
	return out, nil
}

// DeleteServiceAttributes takes attributes from a service.
func (a *around) DeleteServiceAttributes(_ context.Context, in *DeleteServiceAttributesInput) (*EmptyOutput, error) {
	s, err := a.cloudService(in.ServiceID)
	if err != nil {
		return nil, err
	}
	if len(in.Attributes) == 0 {
		return nil, invalidInput("The Attributes are missing: the keys of those that are to be deleted.")
	}
	for _, key := range in.Attributes {
		delete(s.Attributes, key)
	}
	return &EmptyOutput{}, a.tx.PutDocument(kindDiscovery, s.ID, s)
}

// cloudTags visits the tags of a namespace or a service, and keeps them when
// change is not nil.
func (a *around) cloudTags(arn string, change func([]ecs.Tag) ([]ecs.Tag, error)) ([]ecs.Tag, error) {
	missing := refuse(codeDiscoveryUntagged, "There is no namespace and no service with the ARN %.300s.", arn)
	var tags *[]ecs.Tag
	var keep func() error
	switch kind, _, _ := strings.Cut(ecs.ARN(arn).Resource(), "/"); kind {
	case "namespace":
		n, err := a.cloudNamespace(arn)
		if err != nil {
			return nil, missing
		}
		tags, keep = &n.Tags, func() error { return a.tx.PutDocument(kindNamespace, n.ID, n) }
	case "service":
		s, err := a.cloudService(arn)
		if err != nil {
			return nil, missing
		}
		tags, keep = &s.Tags, func() error { return a.tx.PutDocument(kindDiscovery, s.ID, s) }
	default:
		return nil, missing
	}
	if change == nil {
		return *tags, nil
	}
	changed, err := change(*tags)
	if err != nil {
		return nil, err
	}
	*tags = changed
	return changed, keep()
}

// TagCloudMap gives a namespace or a service tags.
func (a *around) TagCloudMap(_ context.Context, in *TagCloudMapInput) (*EmptyOutput, error) {
	_, err := a.cloudTags(in.ResourceARN, func(old []ecs.Tag) ([]ecs.Tag, error) { return checkCloudTags(old, in.Tags) })
	return &EmptyOutput{}, err
}

// UntagCloudMap takes tags from a namespace or a service.
func (a *around) UntagCloudMap(_ context.Context, in *UntagCloudMapInput) (*EmptyOutput, error) {
	_, err := a.cloudTags(in.ResourceARN, func(old []ecs.Tag) ([]ecs.Tag, error) {
		return slices.DeleteFunc(slices.Clone(old), func(t ecs.Tag) bool { return slices.Contains(in.TagKeys, t.Key) }), nil
	})
	return &EmptyOutput{}, err
}

// ListTagsOfCloudMap tells the tags of a namespace or a service.
func (a *around) ListTagsOfCloudMap(_ context.Context, in *UntagCloudMapInput) (*ListTagsOfCloudMapOutput, error) {
	tags, err := a.cloudTags(in.ResourceARN, nil)
	return &ListTagsOfCloudMapOutput{append([]tagShape{}, showTags(tags)...)}, err
}
