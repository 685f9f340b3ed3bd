package gate_test

import (
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gantry/emulator/gate"
)

func opened(t *testing.T, dir string, now time.Time, hosts ...string) *gate.Authority {
	t.Helper()
	a, err := gate.OpenAuthority(dir, hosts, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func trusted(t *testing.T, a *gate.Authority) *x509.CertPool {
	t.Helper()
	text, err := os.ReadFile(a.Path())
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "PRIVATE") {
		t.Fatal("the certificate comes with its key")
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		t.Fatal("no certificate")
	}
	return pool
}

func leafOf(t *testing.T, config *tls.Config) *x509.Certificate {
	t.Helper()
	return leafFor(t, config, "")
}

// leafFor is the certificate for a client that asks for a name.
func leafFor(t *testing.T, config *tls.Config, name string) *x509.Certificate {
	t.Helper()
	cert, err := config.GetCertificate(&tls.ClientHelloInfo{ServerName: name})
	if err != nil {
		t.Fatal(err)
	}
	return cert.Leaf
}

// A server is trusted under every name of this machine, and under no other.
func TestNamesOfTheServer(t *testing.T) {
	now := time.Now()
	a := opened(t, t.TempDir(), now, "127.0.0.9", "box.example")
	config, roots := a.Config([]string{"127.0.0.9", "box.example"}), trusted(t, a)
	for name, good := range map[string]bool{
		"127.0.0.1": true, "::1": true, "127.0.0.9": true, "localhost": true, "api.localhost": true, "box.example": true,
		"stream-127.0.0.1": true, "stream-localhost": true, "data-localhost": true, "host.docker.internal": true,
		"127.0.0.8": false, "10.0.0.1": false, "example": false, "ecs.us-east-1.amazonaws.com": false, "example.localhost.example": false, "a.b.localhost": true,
	} {
		_, err := leafFor(t, config, name).Verify(x509.VerifyOptions{DNSName: name, Roots: roots})
		if (err == nil) != good {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whoever has the key of the authority can vouch for no other host with it.
func TestAuthorityIsBound(t *testing.T) {
	a := opened(t, t.TempDir(), time.Now())
	roots := trusted(t, a)
	for _, host := range []string{"www.example.com", "ecs.us-east-1.amazonaws.com", "db.internal", "10.0.0.1", "notlocalhost"} {
		if _, err := leafOf(t, a.Config([]string{host})).Verify(x509.VerifyOptions{DNSName: host, Roots: roots}); err == nil {
			t.Errorf("the authority vouches for %s", host)
		}
	}
}

// The authority stays the same, its key a secret, until it ends soon or is to
// vouch for a host that it may not.
func TestAuthorityStays(t *testing.T) {
	dir, now := filepath.Join(t.TempDir(), "tls"), time.Now()
	first := opened(t, dir, now)
	key, err := os.Stat(filepath.Join(dir, "ca.key"))
	if err != nil || key.Mode().Perm() != 0o600 {
		t.Errorf("the key: %v, %v", key, err)
	}
	read := func() string {
		text, err := os.ReadFile(first.Path())
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	was := read()
	if opened(t, dir, now.Add(9*365*24*time.Hour), "localhost", "127.0.0.1"); read() != was {
		t.Error("another authority")
	}
	if err := os.Remove(first.Path()); err != nil {
		t.Fatal(err)
	}
	if opened(t, dir, now); read() != was {
		t.Error("the certificate did not come back")
	}
	if opened(t, dir, now, "box.example"); read() == was {
		t.Error("the authority was not made again for another host")
	}
	was = read()
	if opened(t, dir, now); read() != was {
		t.Error("another authority although the old one will do")
	}
	late := now.Add(10*365*24*time.Hour - 24*time.Hour)
	renewed := opened(t, dir, late)
	if read() == was {
		t.Error("an authority that ends tomorrow is used")
	}
	if _, err := leafOf(t, renewed.Config([]string{"box.example"})).Verify(x509.VerifyOptions{DNSName: "box.example", Roots: trusted(t, renewed), CurrentTime: late}); err != nil {
		t.Errorf("the new authority forgot a host: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "ca.key"), []byte("rubbish"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := gate.OpenAuthority(dir, nil, time.Now); err == nil || !strings.Contains(err.Error(), "ca.key is damaged: delete it") {
		t.Errorf("error %v", err)
	}
}

// A server that runs for long renews its certificate.
func TestLeafIsRenewed(t *testing.T) {
	now := time.Now()
	a, err := gate.OpenAuthority(t.TempDir(), nil, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	config := a.Config(nil)
	first := leafOf(t, config)
	now = now.Add(19 * 24 * time.Hour)
	if leafOf(t, config) != first {
		t.Error("renewed too early")
	}
	now = now.Add(2 * 24 * time.Hour)
	if leaf := leafOf(t, config); leaf == first || !leaf.NotAfter.After(first.NotAfter) {
		t.Error("not renewed")
	}
}

// HTTP/2 and HTTP/1.1 are spoken over TLS.
func TestProtocolsOfTLS(t *testing.T) {
	a := opened(t, t.TempDir(), time.Now())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := gate.NewServer(http.HandlerFunc(echo), gate.Limits{}, slog.New(slog.DiscardHandler))
	server.TLSConfig = a.Config(nil)
	go func() { _ = server.ServeTLS(listener, "", "") }()
	t.Cleanup(func() { _ = server.Close() })
	for _, http2 := range []bool{true, false} {
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted(t, a)}, ForceAttemptHTTP2: http2}
		t.Cleanup(transport.CloseIdleConnections)
		response, err := (&http.Client{Transport: transport}).Post("https://"+listener.Addr().String(), "", strings.NewReader("hello"))
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if (response.ProtoMajor == 2) != http2 || response.StatusCode != http.StatusOK {
			t.Errorf("%s %s", response.Proto, response.Status)
		}
	}
}
