package api

import (
	"context"
	"maps"
	"slices"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
)

// TagResource adds tags to a group.
func (l *Logs) TagResource(_ context.Context, in *sdk.TagResourceInput) (*sdk.TagResourceOutput, error) {
	return &sdk.TagResourceOutput{}, l.changeTags(in.ResourceArn, func(tags map[string]string) { maps.Copy(tags, in.Tags) })
}

// UntagResource takes tags of a group away.
func (l *Logs) UntagResource(_ context.Context, in *sdk.UntagResourceInput) (*sdk.UntagResourceOutput, error) {
	return &sdk.UntagResourceOutput{}, l.changeTags(in.ResourceArn, func(tags map[string]string) {
		for _, key := range in.TagKeys {
			delete(tags, key)
		}
	})
}

func (l *Logs) changeTags(arn *string, change func(map[string]string)) error {
	name := groupOfARN(text[string](arn))
	group, err := l.group(&name)
	if err != nil {
		return err
	}
	tags := maps.Clone(group.Tags)
	if tags == nil {
		tags = map[string]string{}
	}
	change(tags)
	if len(tags) > mostTags {
		return refuse("TooManyTagsException", "A resource can have at most %d tags.", mostTags)
	}
	group.Tags = tags
	return l.tx.PutLogGroup(group)
}

// ListTagsForResource shows the tags of a group.
func (l *Logs) ListTagsForResource(_ context.Context, in *sdk.ListTagsForResourceInput) (*sdk.ListTagsForResourceOutput, error) {
	name := groupOfARN(text[string](in.ResourceArn))
	group, err := l.group(&name)
	if err != nil {
		return nil, err
	}
	tags := maps.Clone(group.Tags)
	if tags == nil {
		tags = map[string]string{}
	}
	return &sdk.ListTagsForResourceOutput{Tags: tags}, nil
}

// TagLogGroup is TagResource in the words of before.
func (l *Logs) TagLogGroup(_ context.Context, in *sdk.TagLogGroupInput) (*sdk.TagLogGroupOutput, error) {
	return &sdk.TagLogGroupOutput{}, l.changeTags(in.LogGroupName, func(tags map[string]string) { maps.Copy(tags, in.Tags) })
}

// UntagLogGroup is UntagResource in the words of before.
func (l *Logs) UntagLogGroup(_ context.Context, in *sdk.UntagLogGroupInput) (*sdk.UntagLogGroupOutput, error) {
	return &sdk.UntagLogGroupOutput{}, l.changeTags(in.LogGroupName, func(tags map[string]string) {
		maps.DeleteFunc(tags, func(key, _ string) bool { return slices.Contains(in.Tags, key) })
	})
}

// ListTagsLogGroup is ListTagsForResource in the words of before.
func (l *Logs) ListTagsLogGroup(ctx context.Context, in *sdk.ListTagsLogGroupInput) (*sdk.ListTagsLogGroupOutput, error) {
	out, err := l.ListTagsForResource(ctx, &sdk.ListTagsForResourceInput{ResourceArn: in.LogGroupName})
	if err != nil {
		return nil, err
	}
	return &sdk.ListTagsLogGroupOutput{Tags: out.Tags}, nil
}
