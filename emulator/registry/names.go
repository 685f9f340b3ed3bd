package registry

import (
	"fmt"
	"net"
	"regexp"
	"strings"
)

// Rules of the ECR API, [ECR:RepositoryName], [ECR:ImageTag], [ECR:ImageDigest].
// They are printed as the API prints them, so the anchors are added on compiling.
const (
	repositoryNameRule = `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*`
	tagRule            = `[A-Za-z0-9_][A-Za-z0-9._-]{0,299}`
	digestRule         = `sha256:[a-f0-9]{64}`
	ecrHostRule        = `([0-9]{12})\.dkr\.ecr(-fips)?\.[a-z0-9-]+\.amazonaws\.com(\.cn)?`

	repositoryNameMin = 2
	repositoryNameMax = 256
	tagMax            = 300
)

// rules are the compiled patterns; one value per Registry, so that the package
// holds no variable.
type rules struct {
	repository, tag, digest, exclusion, ecrHost *regexp.Regexp
}

func compileRules() rules {
	whole := func(rule string) *regexp.Regexp { return regexp.MustCompile("^(?:" + rule + ")$") }
	return rules{
		repository: whole(repositoryNameRule),
		tag:        whole(tagRule),
		digest:     whole(digestRule),
		exclusion:  whole(exclusionFilterRule),
		ecrHost:    whole(ecrHostRule),
	}
}

func (r *Registry) checkName(name string) error {
	if len(name) < repositoryNameMin || len(name) > repositoryNameMax {
		return invalidParameter("repositoryName",
			fmt.Sprintf("must be between %d and %d characters", repositoryNameMin, repositoryNameMax))
	}
	if !r.rules.repository.MatchString(name) {
		return invalidParameter("repositoryName", "must satisfy regular expression '"+repositoryNameRule+"'")
	}
	return nil
}

func (r *Registry) checkTag(tag string) error {
	if len(tag) > tagMax {
		return invalidParameter("imageTag", fmt.Sprintf("must be between 1 and %d characters", tagMax))
	}
	if !r.rules.tag.MatchString(tag) {
		return invalidParameter("imageTag", "must satisfy regular expression '"+tagRule+"'")
	}
	return nil
}

// Reference is an image as a task definition names it, taken apart.
type Reference struct {
	Host       string // empty when the name has none
	Repository string
	Tag        string // "latest" when neither tag nor digest is given
	Digest     string
}

// Whose says whom an image reference belongs to.
type Whose int

// The owners of a reference.
const (
	Elsewhere Whose = iota // another registry, or another account's
	Ours                   // this registry, by ECR's name or by a loopback name
	Malformed              // not an image reference at all
)

// Parse takes an image reference apart and says whether this registry answers
// for it: by ECR's own host name of this account, in any Region, or by a
// loopback name, with any port (127.0.0.1:4599, localhost, [::1]:80).
func (r *Registry) Parse(image string) (Reference, Whose) {
	rest, digest, hasDigest := strings.Cut(image, "@")
	if hasDigest && !r.rules.digest.MatchString(digest) {
		return Reference{}, Malformed
	}
	ref := Reference{Digest: digest}
	if first, after, found := strings.Cut(rest, "/"); found &&
		(strings.ContainsAny(first, ".:") || first == "localhost") {
		ref.Host, rest = first, after
	}
	ref.Repository = rest
	if colon := strings.LastIndex(rest, ":"); colon > strings.LastIndex(rest, "/") {
		ref.Repository, ref.Tag = rest[:colon], rest[colon+1:]
		if r.checkTag(ref.Tag) != nil {
			return Reference{}, Malformed
		}
	}
	if !r.rules.repository.MatchString(ref.Repository) {
		return Reference{}, Malformed
	}
	if ref.Tag == "" && ref.Digest == "" {
		ref.Tag = "latest"
	}
	if r.owns(ref.Host) {
		return ref, Ours
	}
	return ref, Elsewhere
}

func (r *Registry) owns(host string) bool {
	if parts := r.rules.ecrHost.FindStringSubmatch(host); parts != nil {
		return parts[1] == r.account
	}
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.Trim(host, "[]")
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

// PullError says why an image that this registry answers for cannot be pulled,
// in the words that a stopped task carries after "CannotPullContainerError: "
// ([OBS] of both texts); nil when it can be pulled or is another registry's.
func (r *Registry) PullError(image string) error {
	ref, whose := r.Parse(image)
	switch whose {
	case Malformed:
		return fmt.Errorf("Error response from daemon: invalid reference format: %q", image)
	case Elsewhere:
		return nil
	}
	if _, found := r.Resolve(ref.Repository, ref.wanted()); found {
		return nil
	}
	if _, err := r.Repository(ref.Repository); err != nil {
		return fmt.Errorf("Error response from daemon: repository %s not found: name unknown: %s",
			ref.repositoryName(), asProtocol(err).message)
	}
	return fmt.Errorf("pull image manifest has been retried 1 time(s): failed to resolve ref %s: not found", ref)
}

// String is the reference in full, as the agent prints it.
func (ref Reference) String() string {
	text := ref.repositoryName()
	if ref.Tag != "" {
		text += ":" + ref.Tag
	}
	if ref.Digest != "" {
		text += "@" + ref.Digest
	}
	return text
}

func (ref Reference) repositoryName() string {
	if ref.Host == "" {
		return ref.Repository
	}
	return ref.Host + "/" + ref.Repository
}

func (ref Reference) wanted() string {
	if ref.Digest != "" {
		return ref.Digest
	}
	return ref.Tag
}
