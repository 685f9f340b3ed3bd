// Package gate stands between a port of this machine and a world: how large a
// request may be and how slow its client, the certificates of HTTPS, and with a
// pair of keys who may come in at all.
//
// Floor 6, inside of emulator. It knows the protocols, in which it refuses, and
// nothing of what a world holds. Whoever listens does so elsewhere:
//
//	server := gate.NewServer(handler, gate.Limits{}, log)
//	server.TLSConfig = authority.Config(hosts)
//
// Its time is the real one, never a world's: certificates, signatures and
// sockets live in it.
package gate
