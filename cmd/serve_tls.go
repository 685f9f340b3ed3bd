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
	address string
	trust   string // the certificate that clients are to trust; "" is plain HTTP
}

func (e endpoint) url() string {
	if e.trust != "" {
		return "https://" + e.address
	}
	return "http://" + e.address
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
