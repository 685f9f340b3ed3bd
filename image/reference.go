package image

import (
	"fmt"
	"regexp"
	"strings"

	"gantry/internal/hint"
)

// DefaultTag is the tag of an image that is named without one.
const DefaultTag = "latest"

// The distribution specification's grammar of names, tags and digests.
const (
	repositoryRule = `^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$`
	tagRule        = `^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$`
	digestRule     = `^sha256:[a-f0-9]{64}$`
)

// Reference is an image's name taken apart.
type Reference struct {
	Registry   string // host, with its port; empty when the name has none
	Repository string
	Tag        string // empty when the name has none
	Digest     string
}

// ParseReference takes "host:port/repository:tag@digest" apart; everything but
// the repository may be missing. What is in front of the first slash is a host
// when it has a dot or a port or is "localhost", as docker decides it.
func ParseReference(text string) (Reference, error) {
	var ref Reference
	rest := text
	if before, digest, found := strings.Cut(rest, "@"); found {
		if !matches(digestRule, digest) {
			return Reference{}, badReference(text, "its digest is not sha256: and 64 hexadecimal digits")
		}
		rest, ref.Digest = before, digest
	}
	if first, after, found := strings.Cut(rest, "/"); found && (strings.ContainsAny(first, ".:") || first == "localhost") {
		ref.Registry, rest = first, after
	}
	if before, tag, found := strings.Cut(rest, ":"); found {
		if !validTag(tag) {
			return Reference{}, badReference(text, "a tag has at most 128 letters, digits, '_', '.' and '-', and starts with none of the last two")
		}
		rest, ref.Tag = before, tag
	}
	if !matches(repositoryRule, rest) {
		return Reference{}, badReference(text, "a repository has lower-case letters and digits, with '.', '_', '-' and '/' between them")
	}
	ref.Repository = rest
	return ref, nil
}

// String puts the name together again.
func (ref Reference) String() string {
	text := ref.Repository
	if ref.Registry != "" {
		text = ref.Registry + "/" + text
	}
	if ref.Tag != "" {
		text += ":" + ref.Tag
	}
	if ref.Digest != "" {
		text += "@" + ref.Digest
	}
	return text
}

func validTag(tag string) bool { return matches(tagRule, tag) }

func matches(rule, text string) bool { return regexp.MustCompile(rule).MatchString(text) }

func badReference(text, why string) error {
	return hint.As(hint.Usage, fmt.Errorf("%q is no image name: %s", text, why))
}
