package cmd

import (
	"net"
	"os"
	"path/filepath"
	"time"

	"gantry/emulator"
	"gantry/emulator/gate"
)

// endpoint is where a world is served.
type endpoint struct {
	address string // as clients of this machine reach it
	outside string // as those of other machines do; "" is not at all
	trust   string // the certificate that clients are to trust; "" is plain HTTP
}

// endpointAt is where a listener is reached. One on all addresses is on loopback,
// too, and from elsewhere has this machine's name: no client dials 0.0.0.0 or [::].
func endpointAt(listen string) endpoint {
	host, port, err := net.SplitHostPort(listen)
	ip := net.ParseIP(host)
	switch {
	case err != nil, host == "localhost", ip != nil && ip.IsLoopback():
		return endpoint{address: listen}
	case host != "" && (ip == nil || !ip.IsUnspecified()):
		return endpoint{address: listen, outside: listen}
	}
	e := endpoint{address: net.JoinHostPort("127.0.0.1", port)}
	if name, err := os.Hostname(); err == nil {
		e.outside = net.JoinHostPort(name, port)
	}
	return e
}

func (e endpoint) url() string { return e.urlOf(e.address) }

func (e endpoint) urlOf(address string) string {
	if e.trust != "" {
		return "https://" + address
	}
	return "http://" + address
}

// trustDir is the folder of the certificate authority of a world: beside the
// world, or for one that leaves nothing behind beside all of them, so that it can
// be trusted once. "" is none that lasts.
func trustDir(world emulator.Options) string {
	switch {
	case world.Dir == "":
		return ""
	case world.Ephemeral:
		return filepath.Join(filepath.Dir(world.Dir), "tls")
	}
	return filepath.Join(world.Dir, world.World, "tls")
}

// authority is the one that vouches for the server.
func (o *serveOptions) authority(dir string) (*gate.Authority, error) {
	if dir == "" {
		made, err := os.MkdirTemp("", "gantry-tls-")
		if err != nil {
			return nil, err
		}
		o.f.closers = append(o.f.closers, func() error { return os.RemoveAll(made) })
		dir = made
	}
	return gate.OpenAuthority(dir, o.hosts(), time.Now)
}

// hosts are the names of the server that --listen says; of all addresses, those
// of this machine.
func (o *serveOptions) hosts() []string {
	host, _, err := net.SplitHostPort(o.listen)
	if ip := net.ParseIP(host); err == nil && host != "" && (ip == nil || !ip.IsUnspecified()) {
		return []string{host}
	}
	var hosts []string
	if name, err := os.Hostname(); err == nil {
		hosts = append(hosts, name)
	}
	addresses, _ := net.InterfaceAddrs() // whoever has none is reached by none
	for _, a := range addresses {
		if n, ok := a.(*net.IPNet); ok && !n.IP.IsLoopback() && !n.IP.IsLinkLocalUnicast() {
			hosts = append(hosts, n.IP.String())
		}
	}
	return hosts
}
