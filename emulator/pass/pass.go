package pass

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"
)

// Key makes passes and knows them. It comes of a secret that it does not tell.
type Key []byte

// KeyOf is the key of a secret.
func KeyOf(secret string) Key { return Key(seal([]byte(secret), "gantry passes")) }

// Parse reads a key that String wrote; anything else is none.
func Parse(text string) (Key, bool) {
	key, err := hex.DecodeString(text)
	return key, err == nil && len(key) == sha256.Size
}

func (k Key) String() string { return hex.EncodeToString(k) }

// ErrExpired is the error about a pass that was good once.
var ErrExpired = errors.New("the pass has expired")

// ErrForeign is the error about what is no pass of this key's.
var ErrForeign = errors.New("not a pass of this gate")

// Credentials are temporary ones.
type Credentials struct{ AccessKeyID, SecretAccessKey, SessionToken string }

// Session makes temporary credentials of an access key that are good until then.
func (k Key) Session(accessKeyID string, until time.Time) Credentials {
	token := k.issue("session", accessKeyID, until)
	return Credentials{AccessKeyID: accessKeyID, SecretAccessKey: k.secret(token), SessionToken: token}
}

// Secret is the secret access key that goes with a session token.
func (k Key) Secret(accessKeyID, token string, now time.Time) (string, error) {
	if err := k.check("session", accessKeyID, token, now); err != nil {
		return "", err
	}
	return k.secret(token), nil
}

func (k Key) secret(token string) string {
	return base64.RawURLEncoding.EncodeToString(seal(k, "secret of "+token))
}

// Permit makes a password for something that is good until then.
func (k Key) Permit(what string, until time.Time) string { return k.issue("permit", what, until) }

// Permits is nil when a password is one for that.
func (k Key) Permits(what, password string, now time.Time) error {
	return k.check("permit", what, password, now)
}

// issue writes NONCE.EXPIRES.SEAL; what it is for is sealed, not told.
func (k Key) issue(kind, what string, until time.Time) string {
	nonce := make([]byte, 12)
	_, _ = rand.Read(nonce) // it never fails
	claim := base64.RawURLEncoding.EncodeToString(nonce) + "." + strconv.FormatInt(until.Unix(), 10)
	return claim + "." + base64.RawURLEncoding.EncodeToString(seal(k, kind+"\n"+what+"\n"+claim))
}

func (k Key) check(kind, what, pass string, now time.Time) error {
	end := strings.LastIndexByte(pass, '.')
	if end < 0 {
		return ErrForeign
	}
	claim := pass[:end]
	given, err := base64.RawURLEncoding.Strict().DecodeString(pass[end+1:])
	if err != nil || !hmac.Equal(given, seal(k, kind+"\n"+what+"\n"+claim)) {
		return ErrForeign
	}
	_, expires, _ := strings.Cut(claim, ".")
	if until, err := strconv.ParseInt(expires, 10, 64); err != nil || now.Unix() >= until {
		return ErrExpired
	}
	return nil
}

func seal(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	_, _ = mac.Write([]byte(text)) // it never fails
	return mac.Sum(nil)
}
