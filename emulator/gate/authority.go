package gate

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// The files of an authority: what clients are told to trust, and the key, with
// the certificate that it is of.
const (
	certificateFile = "ca.pem"
	keyFile         = "ca.key"
)

// authorityLife is how long an authority is good for, and authorityLeft how much
// of that a server wants to see before it: whoever trusted it is not to find it
// ended.
const (
	authorityLife = 10 * 365 * 24 * time.Hour
	authorityLeft = 30 * 24 * time.Hour
)

// Authority is a certificate authority of one world's own. It can vouch for
// nothing but this machine: name constraints bind it to loopback addresses, to
// localhost and what is below it, to the names that containers have for their
// host, and to the hosts that it was made for.
type Authority struct {
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	now  func() time.Time
}

// OpenAuthority reads the authority in a folder, or makes it. One that has
// ended, or that may not vouch for one of the hosts, is replaced by one that may
// vouch for those that the old one was for, too. now is the real time.
func OpenAuthority(dir string, hosts []string, now func() time.Time) (*Authority, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the certificate authority: %w", err)
	}
	a := &Authority{dir: dir, now: now}
	err := a.read()
	if errors.Is(err, fs.ErrNotExist) {
		err = a.create(hosts, false)
	} else if err == nil && !a.serves(hosts) {
		err = a.create(append(a.hosts(), hosts...), true)
	}
	if err != nil {
		return nil, fmt.Errorf("the certificate authority in %s: %w", dir, err)
	}
	return a, a.publish()
}

// Path is the file that clients are told to trust.
func (a *Authority) Path() string { return PathOfAuthority(a.dir) }

// PathOfAuthority is where the authority of a folder has what clients trust.
func PathOfAuthority(dir string) string { return filepath.Join(dir, certificateFile) }

func (a *Authority) read() error {
	text, err := os.ReadFile(filepath.Join(a.dir, keyFile))
	if err != nil {
		return err
	}
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		switch block.Type {
		case "CERTIFICATE":
			if a.cert, err = x509.ParseCertificate(block.Bytes); err != nil {
				return err
			}
		case "EC PRIVATE KEY":
			if a.key, err = x509.ParseECPrivateKey(block.Bytes); err != nil {
				return err
			}
		}
	}
	if a.cert == nil || a.key == nil || !a.key.PublicKey.Equal(a.cert.PublicKey) {
		return fmt.Errorf("%s is damaged: delete it, and a fresh one is made", keyFile)
	}
	return nil
}

// serves reports whether the authority lives on, and may vouch for the hosts.
func (a *Authority) serves(hosts []string) bool {
	if a.now().Add(authorityLeft).After(a.cert.NotAfter) {
		return false
	}
	return !slices.ContainsFunc(hosts, func(host string) bool { return !permits(a.cert, host) })
}

// permits reports whether the name constraints of an authority let it vouch for
// a host.
func permits(cert *x509.Certificate, host string) bool {
	if ip := net.ParseIP(host); ip != nil {
		return slices.ContainsFunc(cert.PermittedIPRanges, func(n *net.IPNet) bool { return n.Contains(ip) })
	}
	host = strings.ToLower(host)
	return slices.ContainsFunc(cert.PermittedDNSDomains, func(domain string) bool {
		return host == domain || strings.HasSuffix(host, "."+domain)
	})
}

// ownNames are what every authority may vouch for. What stands below localhost
// is this machine everywhere (RFC 6761), and the words before the hyphen are put
// there by SDKs.
func ownNames() []string {
	return []string{"localhost", "stream-localhost", "data-localhost", "stream-127.0.0.1", "data-127.0.0.1", "host.docker.internal"}
}

func ownRanges() []*net.IPNet {
	return []*net.IPNet{
		{IP: net.IPv4(127, 0, 0, 0).To4(), Mask: net.CIDRMask(8, 32)},
		{IP: net.IPv6loopback, Mask: net.CIDRMask(128, 128)},
	}
}

// hosts are those that the authority was made for besides its own.
func (a *Authority) hosts() []string {
	var hosts []string
	for _, name := range a.cert.PermittedDNSDomains {
		if !slices.Contains(ownNames(), name) {
			hosts = append(hosts, name)
		}
	}
	for _, n := range a.cert.PermittedIPRanges {
		if !n.IP.IsLoopback() {
			hosts = append(hosts, n.IP.String())
		}
	}
	return hosts
}

// create makes an authority. Of two processes that do so at once the first one's
// stays.
func (a *Authority) create(hosts []string, replace bool) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return err
	}
	now := a.now().UTC()
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{Organization: []string{"gantry"}, CommonName: fmt.Sprintf("gantry emulator on this machine, %.8x", serial)},
		NotBefore:    now.Add(-time.Hour), NotAfter: now.Add(authorityLife),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage:                    x509.KeyUsageCertSign,
		ExtKeyUsage:                 []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		PermittedDNSDomainsCritical: true,
		PermittedDNSDomains:         ownNames(),
		PermittedIPRanges:           ownRanges(),
	}
	for _, host := range hosts {
		if permits(template, host) {
			continue
		}
		if ip := net.ParseIP(host); ip == nil {
			template.PermittedDNSDomains = append(template.PermittedDNSDomains, strings.ToLower(host))
		} else if v4 := ip.To4(); v4 != nil {
			template.PermittedIPRanges = append(template.PermittedIPRanges, &net.IPNet{IP: v4, Mask: net.CIDRMask(32, 32)})
		} else {
			template.PermittedIPRanges = append(template.PermittedIPRanges, &net.IPNet{IP: ip, Mask: net.CIDRMask(128, 128)})
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	secret, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	text = append(text, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret})...)
	if err := a.put(keyFile, text, 0o600, replace); errors.Is(err, fs.ErrExist) {
		return a.read()
	} else if err != nil {
		return err
	}
	return a.read()
}

// publish writes the file that clients read, unless it is there.
func (a *Authority) publish() error {
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
	if old, err := os.ReadFile(a.Path()); err == nil && bytes.Equal(old, text) {
		return nil
	}
	return a.put(certificateFile, text, 0o644, true)
}

// put writes a file whole, or not at all.
func (a *Authority) put(name string, text []byte, mode fs.FileMode, replace bool) (err error) {
	file, err := os.CreateTemp(a.dir, name+".*")
	if err != nil {
		return err
	}
	defer func() {
		if gone := os.Remove(file.Name()); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}()
	_, err = file.Write(text)
	if err = errors.Join(err, file.Chmod(mode), file.Close()); err != nil {
		return err
	}
	path := filepath.Join(a.dir, name)
	if replace {
		return os.Rename(file.Name(), path)
	}
	return os.Link(file.Name(), path)
}
