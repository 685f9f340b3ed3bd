package scheduler

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"strconv"
)

// derive is 32 bytes that depend on the cluster, its seed and the parts alone:
// the source of every id and every choice, so that two runs which differ in
// one service agree on all others.
func (c *Cluster) derive(parts ...string) [sha256.Size]byte {
	buf := make([]byte, 0, 256)
	buf = binary.BigEndian.AppendUint64(buf, c.cfg.Seed)
	for _, p := range [...]string{c.cfg.Scope.Account, c.cfg.Scope.Region, string(c.cfg.Name)} {
		buf = appendPart(buf, p)
	}
	for _, p := range parts {
		buf = appendPart(buf, p)
	}
	return sha256.Sum256(buf)
}

// appendPart adds a part with its length, so that no two lists of parts give
// the same bytes.
func appendPart(buf []byte, part string) []byte {
	buf = strconv.AppendInt(buf, int64(len(part)), 10)
	buf = append(buf, ':')
	return append(buf, part...)
}

// id32 is 32 lower-case hex digits: the id of a task or container instance.
func (c *Cluster) id32(parts ...string) string {
	sum := c.derive(parts...)
	var out [32]byte
	hex.Encode(out[:], sum[:16])
	return string(out[:])
}

// id64 is 64 hex digits, as Docker names a container.
func (c *Cluster) id64(parts ...string) string {
	sum := c.derive(parts...)
	return hex.EncodeToString(sum[:])
}

func (c *Cluster) number(parts ...string) uint64 {
	sum := c.derive(parts...)
	return binary.BigEndian.Uint64(sum[:8])
}

// digits19 is a number of 19 digits, as in "ecs-svc/1234567890123456789".
func (c *Cluster) digits19(parts ...string) string {
	const least = 1_000_000_000_000_000_000
	return strconv.FormatUint(least+c.number(parts...)%(9*least-least), 10)
}

// id21 is 21 characters, the id of a service deployment.
func (c *Cluster) id21(parts ...string) string {
	sum := c.derive(parts...)
	return base64.RawURLEncoding.EncodeToString(sum[:16])[:21]
}

// uuid has the form of a random (version 4) UUID.
func (c *Cluster) uuid(parts ...string) string {
	b := c.derive(parts...)
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	out := make([]byte, 0, 36)
	for i, end := range [...]int{4, 6, 8, 10, 16} {
		if i > 0 {
			out = append(out, '-')
		}
		out = hex.AppendEncode(out, b[(len(out)-i)/2:end])
	}
	return string(out)
}

// key names a thing of this service, of this generation of its name.
func (s *service) key(kind string, ordinal int) []string {
	return []string{kind, string(s.Spec.Name), strconv.Itoa(s.Generation), strconv.Itoa(ordinal)}
}

// Number is a number derived from the cluster, its seed and the parts alone.
func (c *Cluster) Number(parts ...string) uint64 { return c.number(parts...) }
