package policy

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Image is an image as a policy looks at it.
type Image struct {
	Digest      string
	Tags        []string
	PushedAt    time.Time
	PulledAt    time.Time // zero when it never was
	Archived    bool
	ArchivedAt  time.Time
	ActivatedAt time.Time // when it last came back from the archive; zero when it never did
	// Within are the digests of the indexes that list this image.
	Within []string
}

// Decision is what a rule does to an image.
type Decision struct {
	Image    Image
	Priority int
	Action   Action
}

// Decide says what the policy does to the images of a repository at a time, each
// rule's images from the oldest on, the rules by priority.
func (p Policy) Decide(images []Image, now time.Time) []Decision {
	decided := map[string]Decision{}
	seen := map[string]bool{}
	var order []string
	for _, rule := range p.Rules {
		matching := rule.matching(images)
		for _, image := range rule.selected(matching, now) {
			// "An image that matches the tagging requirements of a rule cannot be
			// expired or archived by a rule with a lower priority." [ECR-UG]
			if !seen[image.Digest] {
				decided[image.Digest] = Decision{Image: image, Priority: rule.Priority, Action: rule.Action}
				order = append(order, image.Digest)
			}
		}
		for _, image := range matching {
			seen[image.Digest] = true
		}
	}
	var decisions []Decision
	for _, digest := range order {
		if d := decided[digest]; !d.held(decided) {
			decisions = append(decisions, d)
		}
	}
	return decisions
}

// held reports whether an image has to stay because an index lists it that stays
// as it is: "an image that is referenced by a manifest list cannot be expired or
// archived without the manifest list" [ECR-UG].
func (d Decision) held(decided map[string]Decision) bool {
	return slices.ContainsFunc(d.Image.Within, func(index string) bool {
		with, marked := decided[index]
		return !marked || with.Action.Type != d.Action.Type || with.held(decided)
	})
}

// matching are the images of the rule's storage class that have the tags it asks
// for. Those that a rule before has marked are among them: rules "can still
// identify them as if they haven't been expired" [ECR-UG].
func (r Rule) matching(images []Image) []Image {
	var matching []Image
	for _, image := range images {
		if image.Archived == (r.Selection.StorageClass == Archive) && r.Selection.fits(image.Tags) {
			matching = append(matching, image)
		}
	}
	return matching
}

// fits is the tagging requirement. All of the patterns or prefixes have to be
// found among the tags.
func (s Selection) fits(tags []string) bool {
	switch s.TagStatus {
	case Untagged:
		return len(tags) == 0
	case Tagged:
		for _, pattern := range s.TagPatterns {
			if !slices.ContainsFunc(tags, func(tag string) bool { return Matches(pattern, tag) }) {
				return false
			}
		}
		for _, prefix := range s.TagPrefixes {
			if !slices.ContainsFunc(tags, func(tag string) bool { return strings.HasPrefix(tag, prefix) }) {
				return false
			}
		}
	}
	return true
}

// Matches reports whether a text is of a pattern in which * stands for any text,
// ECR's wildcard in tags and names.
func Matches(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	rest, ok := strings.CutPrefix(text, parts[0])
	if !ok {
		return false
	}
	for _, part := range parts[1 : len(parts)-1] {
		_, after, found := strings.Cut(rest, part)
		if !found {
			return false
		}
		rest = after
	}
	return strings.HasSuffix(rest, parts[len(parts)-1])
}

// selected are the images beyond the rule's count, or older than its age, the
// oldest first.
func (r Rule) selected(matching []Image, now time.Time) []Image {
	since := r.Selection.since
	slices.SortStableFunc(matching, func(a, b Image) int {
		return cmp.Or(since(a).Compare(since(b)), strings.Compare(a.Digest, b.Digest))
	})
	if r.Selection.CountType == CountMoreThan {
		return matching[:max(len(matching)-r.Selection.CountNumber, 0)]
	}
	limit := now.AddDate(0, 0, -r.Selection.CountNumber) // a Duration ends after 292 years
	old := 0
	for old < len(matching) && since(matching[old]).Before(limit) {
		old++
	}
	return matching[:old]
}

// since is the moment that an image's age counts from. An image that was never
// pulled counts from when it came back from the archive, or else from its push
// [ECR-UG: sinceImagePulled].
func (s Selection) since(image Image) time.Time {
	switch s.CountType {
	case SincePulled:
		switch {
		case image.PulledAt.IsZero() && image.ActivatedAt.IsZero():
			return image.PushedAt
		case image.PulledAt.Before(image.ActivatedAt):
			return image.ActivatedAt
		}
		return image.PulledAt
	case SinceTransitioned:
		return image.ArchivedAt
	}
	return image.PushedAt
}
