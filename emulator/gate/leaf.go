package gate

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"slices"
	"strings"
	"sync"
	"time"
)

// leafLife is how long a server's certificate is good for; a server that runs
// longer makes a new one when a third of that is left.
const leafLife = 30 * 24 * time.Hour

// mostLeaves bounds how many names below localhost a server remembers.
const mostLeaves = 100

// Config is what a server speaks HTTPS with: HTTP/2 and HTTP/1.1, and for each
// connection a certificate that is good for this machine and the hosts. Clients
// take no *.localhost, so each name below localhost gets a certificate of its own.
func (a *Authority) Config(hosts []string) *tls.Config {
	var mu sync.Mutex
	leaves := map[string]*tls.Certificate{}
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			mu.Lock()
			defer mu.Unlock()
			name := strings.ToLower(hello.ServerName)
			if !strings.HasSuffix(name, ".localhost") {
				name = ""
			}
			if leaf := leaves[name]; leaf != nil && a.now().Add(leafLife/3).Before(leaf.Leaf.NotAfter) {
				return leaf, nil
			}
			names := hosts
			if name != "" {
				names = append(slices.Clone(hosts), name)
			}
			leaf, err := a.leaf(names)
			if err != nil {
				return nil, err
			}
			if len(leaves) >= mostLeaves {
				clear(leaves)
			}
			leaves[name] = leaf
			return leaf, nil
		},
	}
}

// leaf makes the certificate of a server.
func (a *Authority) leaf(hosts []string) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	now := a.now().UTC()
	end := now.Add(leafLife)
	if end.After(a.cert.NotAfter) {
		end = a.cert.NotAfter
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "gantry emulator"},
		NotBefore: now.Add(-time.Hour), NotAfter: end,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
		DNSNames:    ownNames(),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else if !slices.Contains(template.DNSNames, host) {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return &tls.Certificate{Certificate: [][]byte{der, a.cert.Raw}, PrivateKey: key, Leaf: cert}, err
}
