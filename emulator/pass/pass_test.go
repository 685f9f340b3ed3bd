package pass_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gantry/emulator/pass"
)

// A pass is good for what it was made for, for whoever has the same secret, until
// it ends; anything else is none.
func TestPasses(t *testing.T) {
	key, other := pass.KeyOf("secret"), pass.KeyOf("secret ")
	now := time.Unix(1_800_000_000, 0)
	session := key.Session("ASIA1", now.Add(time.Hour))
	again, ok := pass.Parse(key.String())
	if !ok {
		t.Fatal("the key cannot be read back")
	}
	if secret, err := again.Secret("ASIA1", session.SessionToken, now); err != nil || secret != session.SecretAccessKey {
		t.Errorf("secret %q, %v", secret, err)
	}
	permit := key.Permit("registry", now.Add(time.Hour))
	for name, err := range map[string]error{
		"another key":        other.Permits("registry", permit, now),
		"another thing":      key.Permits("layer", permit, now),
		"a session":          key.Permits("ASIA1", session.SessionToken, now),
		"nothing":            key.Permits("registry", "", now),
		"dots":               key.Permits("registry", "..", now),
		"another access key": second(key.Secret("ASIA2", session.SessionToken, now)),
	} {
		if !errors.Is(err, pass.ErrForeign) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := key.Permits("registry", permit, now.Add(time.Hour)); !errors.Is(err, pass.ErrExpired) {
		t.Error(err)
	}
	for _, text := range []string{"", "00", strings.Repeat("x", 64)} {
		if _, ok := pass.Parse(text); ok {
			t.Errorf("%q is a key", text)
		}
	}
}

func second(_ string, err error) error { return err }

// No byte of a pass can be another one.
func TestChangedPasses(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	key := pass.KeyOf("secret")
	permit := key.Permit("registry", now.Add(time.Hour))
	rapid.Check(t, func(t *rapid.T) {
		changed := []byte(permit)
		changed[rapid.IntRange(0, len(changed)-1).Draw(t, "at")] ^= byte(rapid.IntRange(1, 255).Draw(t, "by"))
		if err := key.Permits("registry", string(changed), now); err == nil {
			t.Errorf("%q is one, too", changed)
		}
	})
}
