package ecs

import "strings"

// ManagedDaemon is what a managed daemon is besides a DAEMON service: one task on
// each container instance of its capacity providers [API:CreateDaemon]. The
// engine keeps it as a service by a name that no service can have.
type ManagedDaemon struct {
	CapacityProviders []string `json:"capacityProviders"`
}

// daemonMark begins the group of a daemon's tasks, and the name by which the engine
// knows it.
const daemonMark = "daemon:"

// DaemonService is the name of a managed daemon as a service of the engine.
func DaemonService(name string) ServiceName { return ServiceName(daemonMark + name) }

// Daemon is the name of the managed daemon that a service of the engine is, if it
// is one.
func (n ServiceName) Daemon() (string, bool) { return strings.CutPrefix(string(n), daemonMark) }

// Group is the group of the tasks of a service: service:NAME, or daemon:NAME for a
// managed daemon (unconfirmed).
func (n ServiceName) Group() string {
	if _, ok := n.Daemon(); ok {
		return string(n)
	}
	return "service:" + string(n)
}
