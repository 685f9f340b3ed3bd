package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"gantry/ecs"
	"gantry/emulator/runtime"
	"gantry/emulator/store"
	"gantry/engine/scheduler"
)

// elbFamily is Elastic Load Balancing (version 2): target groups, which the
// engine keeps the targets of, and load balancers with listeners and rules,
// which are kept as they were told. No request ever goes through one.
func elbFamily() family {
	return family{
		name: "Elastic Load Balancing", signs: "elasticloadbalancing", version: "2015-12-01", namespace: "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
		operations: operations(
			writing(onAround, (*around).CreateTargetGroup),
			reading(onAround, (*around).DescribeTargetGroups),
			writing(onAround, (*around).ModifyTargetGroup),
			writing(onAround, (*around).DeleteTargetGroup),
			reading(onAround, (*around).DescribeTargetGroupAttributes),
			writing(onAround, (*around).ModifyTargetGroupAttributes),
			reading(onAround, (*around).DescribeTargetHealth),
			writing(onAround, (*around).RegisterTargets),
			writing(onAround, (*around).DeregisterTargets),

			writing(onAround, (*around).CreateLoadBalancer),
			reading(onAround, (*around).DescribeLoadBalancers),
			writing(onAround, (*around).DeleteLoadBalancer),
			reading(onAround, (*around).DescribeLoadBalancerAttributes),
			writing(onAround, (*around).ModifyLoadBalancerAttributes),

			writing(onAround, (*around).CreateListener),
			reading(onAround, (*around).DescribeListeners),
			writing(onAround, (*around).ModifyListener),
			writing(onAround, (*around).DeleteListener),
			writing(onAround, (*around).CreateRule),
			reading(onAround, (*around).DescribeRules),
			writing(onAround, (*around).ModifyRule),
			writing(onAround, (*around).DeleteRule),

			writing(onAround, (*around).AddTags),
			writing(onAround, (*around).RemoveTags),
			reading(onAround, (*around).DescribeTags),
		),
	}
}

// The kinds of documents of Elastic Load Balancing; their keys are ARNs.
const (
	kindTargetGroup  = "elbv2/target-group"
	kindLoadBalancer = "elbv2/load-balancer"
	kindListener     = "elbv2/listener"
	kindRule         = "elbv2/rule"
)

// The most items of one page, for all that is described in pages
// [API: DescribeTargetGroups, PageSize].
const elbPage = 400

// thing is what every thing here has.
type thing struct {
	ARN        string            `json:"arn"`
	Tags       []ecs.Tag         `json:"tags,omitempty"`
	Attributes map[string]string `json:"attributes,omitempty"` // those that were set
}

func (t *thing) setAttribute(key, value string) {
	if t.Attributes == nil {
		t.Attributes = map[string]string{}
	}
	t.Attributes[key] = value
}

// elbARN makes an ARN: as in AWS it ends in 16 hex digits. What tells it from others
// of the same resource that are made in the same moment comes along.
func (a *around) elbARN(resource string, distinct ...any) string {
	return string(a.tx.Scope().ARN("elasticloadbalancing", resource+"/"+hashed(append([]any{a.tx.World().Seed, resource, a.tx.Now()}, distinct...)...)))
}

// hashed is 16 hex digits that depend on the parts alone.
func hashed(parts ...any) string {
	sum := sha256.Sum256(fmt.Appendln(nil, parts...))
	return hex.EncodeToString(sum[:8])
}

// pick is those of a list that were asked for by ARN or name, or all; one that is
// not there is an error. Otherwise it is a page.
func pick[T any](list []T, wanted []string, nameOf func(*T) []string, notFound func(string) error) ([]T, error) {
	if len(wanted) == 0 {
		return list, nil
	}
	var out []T
	for _, name := range wanted {
		at := slices.IndexFunc(list, func(x T) bool { return slices.Contains(nameOf(&x), name) })
		if at < 0 {
			return nil, notFound(name)
		}
		out = append(out, list[at])
	}
	return out, nil
}

// elbPaged cuts a page out of a list, in the order of its keys and each thing once:
// those that were asked for by name come in any order.
func elbPaged[T any](list []T, keyOf func(*T) string, marker *string, size *int) (cut []T, next *string, err error) {
	limit := elbPage
	if size != nil {
		if limit = *size; limit < 1 || limit > elbPage {
			return nil, nil, refuse("ValidationError", "PageSize must be between 1 and %d, but is %d", elbPage, limit)
		}
	}
	byKey := map[string]T{}
	for _, x := range list {
		byKey[keyOf(&x)] = x
	}
	keys, next, err := page(sortedKeys(byKey), marker, nil, limit, limit)
	if err != nil {
		return nil, nil, refuse("ValidationError", "Invalid marker")
	}
	for _, key := range keys {
		cut = append(cut, byKey[key])
	}
	return cut, next, nil
}

// told applies a command to every cluster: Elastic Load Balancing knows of none.
func (a *around) told(cmd scheduler.Command) error {
	for _, name := range a.tx.LiveClusters() {
		if _, err := a.tx.Apply(name, runtime.Command{Command: cmd}); err != nil {
			return refuse("ValidationError", "%s", err.Error())
		}
	}
	return nil
}

// tellTargetGroups tells a new cluster of the target groups that there are.
func tellTargetGroups(tx *store.Tx, cluster ecs.ClusterName) error {
	groups, err := store.Documents[targetGroup](tx, kindTargetGroup, "")
	if err != nil {
		return err
	}
	for i := range groups {
		cmd := scheduler.Command{PutTargetGroup: &scheduler.PutTargetGroup{Group: groups[i].TargetGroup}}
		if _, err := tx.Apply(cluster, runtime.Command{Command: cmd}); err != nil {
			return err
		}
	}
	return nil
}

type (
	// AddTagsInput names things and the tags they get.
	AddTagsInput struct {
		ResourceArns []string
		Tags         []tagShape
	}
	// AddTagsOutput has no members.
	AddTagsOutput struct{}
	// RemoveTagsInput names things and the keys of the tags they lose.
	RemoveTagsInput struct{ ResourceArns, TagKeys []string }
	// RemoveTagsOutput has no members.
	RemoveTagsOutput struct{}
	// DescribeTagsInput names things.
	DescribeTagsInput struct{ ResourceArns []string }
	// DescribeTagsOutput is their tags.
	DescribeTagsOutput struct{ TagDescriptions []tagDescription }

	tagShape struct {
		Key   string
		Value string `shape:"Value,always"` // a tag may have none, which is told
	}
	tagDescription struct {
		ResourceArn string
		Tags        []tagShape
	}
)

// tagsOf is the tags of a request; showTags is those of an answer. None is nil.
func tagsOf(given []tagShape) (tags []ecs.Tag) {
	for _, t := range given {
		tags = append(tags, ecs.Tag(t))
	}
	return tags
}

func showTags(tags []ecs.Tag) (shown []tagShape) {
	for _, t := range tags {
		shown = append(shown, tagShape(t))
	}
	return shown
}

// mostELBTags bounds the tags of a thing [Elastic Load Balancing quotas].
const mostELBTags = 50

// settleTags is the tags of a request laid over those that a thing has.
func settleTags(old []ecs.Tag, given []tagShape) ([]ecs.Tag, error) {
	seen := map[string]bool{}
	tags := slices.Clone(old)
	for _, t := range given {
		if seen[t.Key] {
			return nil, refuse("DuplicateTagKeys", "The tag key '%.128s' was specified more than once", t.Key)
		}
		seen[t.Key] = true
		tags = slices.DeleteFunc(tags, func(x ecs.Tag) bool { return x.Key == t.Key })
		tags = append(tags, ecs.Tag(t))
	}
	if len(tags) > mostELBTags {
		return nil, refuse("TooManyTags", "The maximum number of tags that can be assigned to a resource is %d", mostELBTags)
	}
	return tags, nil
}

// lookUp finds anything that has an ARN here, and the part that all have.
func (a *around) lookUp(arn string) (kind string, whole any, common *thing, err error) {
	switch named, _, _ := strings.Cut(ecs.ARN(arn).Resource(), "/"); named {
	case "targetgroup":
		g, err := a.targetGroup(arn)
		return kindTargetGroup, &g, &g.thing, err
	case "loadbalancer":
		l, err := a.loadBalancer(arn)
		return kindLoadBalancer, &l, &l.thing, err
	case "listener":
		l, err := a.listener(arn)
		return kindListener, &l, &l.thing, err
	case "listener-rule":
		r, err := a.rule(arn)
		return kindRule, &r, &r.thing, err
	}
	return "", nil, nil, refuse("ValidationError", "'%s' is not a valid ARN of a load balancer, target group, listener or rule", arn)
}

func (a *around) changeTags(arns []string, change func([]ecs.Tag) ([]ecs.Tag, error)) error {
	for _, arn := range arns {
		kind, whole, common, err := a.lookUp(arn)
		if err != nil {
			return err
		}
		if common.Tags, err = change(common.Tags); err != nil {
			return err
		}
		if err := a.tx.PutDocument(kind, arn, whole); err != nil {
			return err
		}
	}
	return nil
}

// AddTags gives things tags.
func (a *around) AddTags(_ context.Context, in *AddTagsInput) (*AddTagsOutput, error) {
	return &AddTagsOutput{}, a.changeTags(in.ResourceArns, func(tags []ecs.Tag) ([]ecs.Tag, error) { return settleTags(tags, in.Tags) })
}

// RemoveTags takes tags from things.
func (a *around) RemoveTags(_ context.Context, in *RemoveTagsInput) (*RemoveTagsOutput, error) {
	return &RemoveTagsOutput{}, a.changeTags(in.ResourceArns, func(tags []ecs.Tag) ([]ecs.Tag, error) {
		return slices.DeleteFunc(tags, func(x ecs.Tag) bool { return slices.Contains(in.TagKeys, x.Key) }), nil
	})
}

// DescribeTags tells the tags of things.
func (a *around) DescribeTags(_ context.Context, in *DescribeTagsInput) (*DescribeTagsOutput, error) {
	out := &DescribeTagsOutput{TagDescriptions: []tagDescription{}}
	for _, arn := range in.ResourceArns {
		_, _, common, err := a.lookUp(arn)
		if err != nil {
			return nil, err
		}
		d := tagDescription{ResourceArn: arn, Tags: showTags(common.Tags)}
		if d.Tags == nil {
			d.Tags = []tagShape{} // told even when there are none
		}
		out.TagDescriptions = append(out.TagDescriptions, d)
	}
	return out, nil
}
